"""One quantity of one target, printed twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.figures.published import Contradiction, Figure, Rule
from tests.figures.consistency.pages import GIN, at_least, contradictions, figure, rules


def test_two_values_of_one_quantity_are_a_contradiction_with_both_places_and_the_arithmetic() -> None:
    here, again, there = figure("10.0"), figure("10.0", section="Full"), figure("20.0", label="Rate")
    assert contradictions(here, again, there) == (
        Contradiction(
            Rule.ONE_QUANTITY,
            "Of flask_app the page prints throughput as '10.0' req/s (Facts, Full: Speed) and '20.0' req/s (Facts: "
            "Rate); these can't all hold: '10.0' req/s allows 9.95 req/s to 10.1 req/s, and '20.0' req/s allows 19.9 "
            "req/s to 20.1 req/s.",
            (here, again, there),
            "For flask_app the page gives throughput as 10.0 req/s and 20.0 req/s",
        ),
    )


def test_a_value_that_agrees_with_all_others_is_not_part_of_the_contradiction() -> None:
    low, middle, high = figure("10"), figure("5-25", value=(5, 25)), figure("20")
    (contradiction,) = contradictions(low, middle, high)
    assert contradiction.figures == (low, high)


def test_figures_that_exclude_each_other_under_different_conditions_are_different_contradictions() -> None:
    idle = [figure(text, conditions=("idle",)) for text in ("10", "20")]
    loaded = [figure(text, conditions=("loaded",)) for text in ("50", "90", "200")]
    assert [one.figures for one in contradictions(*idle, *loaded)] == [tuple(idle), tuple(loaded)]


@pytest.mark.parametrize(
    ("one", "other"), [("7.7 s", "7.79 s"), ("12,000", "11,960"), ("12,000", "12,999"), ("3", "3.4")]
)
def test_a_number_agrees_with_its_rounded_and_its_cut_form(one: str, other: str) -> None:
    assert rules(figure(one), figure(other)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (figure("7.2 ms", "ms", quantity="start"), figure("0.0072 s", "s", quantity="start")),
        (figure("10 MB", "MB"), figure("10,490 KB", "KB")),
    ],
)
def test_a_value_in_another_unit_is_the_same_value(one: Figure, other: Figure) -> None:
    assert rules(one, other) == []


def test_a_unit_that_was_mixed_up_is_found() -> None:
    assert rules(figure("7.2 ms", "ms", quantity="start"), figure("7.2 s", "s", quantity="start")) == [
        Rule.ONE_QUANTITY
    ]


def test_numbers_of_different_kinds_are_not_compared() -> None:
    assert rules(figure("7 ms", "ms", quantity="speed"), figure("900", "req/s", quantity="speed")) == []


def test_a_number_with_a_plus_agrees_with_every_larger_number_and_no_smaller_one() -> None:
    plus = at_least("12+", 12, "req/s")
    assert rules(plus, figure("900")) == []
    assert rules(plus, figure("9")) == [Rule.ONE_QUANTITY]


def test_up_to_agrees_with_every_smaller_number() -> None:
    assert rules(figure("up to 175,923"), figure("9")) == []
    assert rules(figure("up to 100"), figure("9,000")) == [Rule.ONE_QUANTITY]


def test_figures_of_different_targets_or_quantities_do_not_contradict_each_other() -> None:
    assert rules(figure("10"), figure("20", target=GIN)) == []
    assert rules(figure("10"), figure("20", quantity="other"), figure("30", quantity=None)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("4 workers", "JSON"), ("4 workers", "Plain Text")),
        (("idle",), ()),
        (("concurrency 64",), ("concurrency 256",)),
        (("p50",), ("p99",)),
        (("gunicorn",), ("uvicorn",)),
        (("Python 3.9",), ("Python 3.11",)),
    ],
)
def test_different_conditions_explain_different_numbers(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert rules(figure("10", conditions=one), figure("20", conditions=other)) == []


@pytest.mark.parametrize(
    "labels", [("Speed (64)", "Speed (256)"), ("Latency", "p99"), ("JSON", "Plain Text"), ("GitHub API", "Parse API")]
)
def test_labels_that_name_different_columns_explain_different_numbers(labels: tuple[str, str]) -> None:
    assert rules(*(figure(text, label=label) for text, label in zip(("10", "20"), labels, strict=True))) == []


def test_equal_conditions_in_other_words_or_order_explain_nothing() -> None:
    one = figure("10", conditions=("4 workers", "concurrency 64"))
    assert rules(one, figure("20", conditions=("64 connections", "4 worker processes"))) == [Rule.ONE_QUANTITY]


def test_text_is_held_against_the_setup_of_the_whole_table() -> None:
    table = [
        figure(text, target=target, conditions=("100 connections",)) for text, target in (("10", "a"), ("20", "b"))
    ]
    text = figure("50", target="a", section="Top", label="[claim]")
    assert rules(*table, text) == [Rule.ONE_QUANTITY]


def test_text_that_agrees_with_one_of_two_tables_is_not_accused_by_the_other() -> None:
    tables = [
        figure(text, target=target, section=f"{load} clients", conditions=(f"{load} connections",))
        for load, numbers in (("10", ("10", "20")), ("100", ("50", "60")))
        for text, target in zip(numbers, "ab", strict=True)
    ]
    assert rules(*tables, figure("50", target="a", section="Top", label="[claim]")) == []
    assert rules(*tables, figure("900", target="a", section="Top", label="[claim]")) == [Rule.ONE_QUANTITY]


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)).map(sorted), max_size=8))
def test_contradictions_do_not_depend_on_the_order_of_figures(ends: list[list[int]]) -> None:
    figures = [figure(f"{low} to {high}", value=(low, high), conditions=("idle",)) for low, high in ends]
    forward, backward = contradictions(*figures), contradictions(*reversed(figures))
    assert [set(c.figures) for c in forward] == [set(c.figures) for c in backward]


WORDS = ("idle", "JSON", "100 connections", "4 workers", "gunicorn", "on a laptop")


@given(
    st.lists(st.tuples(st.sampled_from(("10", "20", "40")), st.sets(st.sampled_from(WORDS))), min_size=2, max_size=5),
    st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_a_further_condition_of_some_figures_adds_no_contradiction(
    rows: list[tuple[str, set[str]]], chosen: list[bool]
) -> None:
    def page(*, more: bool) -> list[Figure]:
        return [
            figure(text, label="Rate", conditions=(*sorted(words), *(["with tracing"] if more and which else [])))
            for (text, words), which in zip(rows, chosen, strict=False)
        ]

    accused = {one.printed for found in contradictions(*page(more=False)) for one in found.figures}
    assert {one.printed for found in contradictions(*page(more=True)) for one in found.figures} <= accused
