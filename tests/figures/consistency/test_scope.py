"""Which figures of a page speak of the same thing."""

from dataclasses import replace

import pytest

from harness.figures.consistency.scope import Page, Relation, scope_of
from harness.figures.published import Figure
from tests.figures.consistency.pages import GIN, contradictions, figure, rules


def facts(label: str = "Speed", *conditions: str) -> set[str]:
    return {f"{value}" for _, value in scope_of(figure("1", label=label, conditions=conditions)).facts}


@pytest.mark.parametrize(
    ("label", "stated"),
    [
        ("Requests Per Second (Benchmark) (req/s)", set()),
        ("Average Throughput", set()),
        ("Flask app", set()),
        ("[at 64 connections]", set()),
        ("Speed (64)", {"64"}),
        ("Latency p99 (ms)", {"p99"}),
        ("JSON", {"JSON"}),
        ("Multiple queries", {"multiple", "queries"}),
        ("Requests Per Second (Concurrent Load) (RPS)", {"True"}),
    ],
)
def test_the_words_of_a_label_that_name_more_than_the_quantity_are_conditions(label: str, stated: set[str]) -> None:
    assert facts(label) == stated


@pytest.mark.parametrize(
    ("label", "condition", "stated"),
    [
        ("Speed (64)", "concurrency 64", {"64"}),
        ("JSON", "JSON serialization", {"JSON"}),
        ("Speed", "per instance", set()),
        ("Speed", "Global", set()),
        ("Speed", "on our laptop", {"laptop"}),
    ],
)
def test_a_condition_that_label_and_file_state_is_one(label: str, condition: str, stated: set[str]) -> None:
    assert facts(label, condition) == stated


def relation(one: Figure, other: Figure, *more: Figure) -> Relation:
    page = Page([one, other, *more])
    found = page.relation(page.scope(one), page.scope(other))
    assert page.relation(page.scope(other), page.scope(one)) is found
    return found


def test_figures_with_equal_conditions_speak_of_the_same() -> None:
    assert relation(figure("1"), figure("2", section="Full")) is Relation.SAME
    one, other = (figure("1", conditions=(words, "JSON")) for words in ("64 connections", "concurrency of 64"))
    assert relation(one, other) is Relation.SAME


def test_figures_that_differ_in_one_of_their_conditions_speak_of_different_things() -> None:
    one, other = (figure("1", conditions=("4 workers", "100 connections", path)) for path in ("JSON", "Plain Text"))
    assert relation(one, other) is Relation.OTHER


def test_rows_of_one_table_differ_by_a_condition_that_one_of_them_lacks() -> None:
    assert relation(figure("1", label="Latency"), figure("2", label="Latency p99")) is Relation.OTHER
    assert (
        relation(figure("1", section="Text", label="Speed idle"), figure("2", conditions=("tuned",))) is Relation.OTHER
    )


def test_the_text_implies_the_setup_that_a_whole_table_states() -> None:
    setup = ("4 workers", "100 connections")
    rows = figure("1", conditions=("JSON", *setup)), figure("2", conditions=("Plain Text", *setup))
    text = figure("3", section="Top", label="[x]", conditions=("JSON",))
    assert relation(text, rows[0], rows[1]) is Relation.IMPLIED
    assert relation(text, rows[1], rows[0]) is Relation.OTHER


def test_text_without_conditions_is_general_to_the_rows_of_a_table() -> None:
    rows = figure("1", label="JSON"), figure("2", label="Plain Text")
    assert relation(figure("3", label="[x]"), *rows) is Relation.GENERAL
    assert relation(figure("3", section="Top"), *rows) is Relation.GENERAL
    assert relation(figure("3"), *rows) is Relation.OTHER


@pytest.mark.parametrize(
    ("first", "second", "relation_of_both"),
    [("Round 21", "Round 22", Relation.OTHER), ("Facts", "Round 22", Relation.SAME), ("Facts", "Pros", Relation.SAME)],
)
def test_numbers_in_titles_are_conditions(first: str, second: str, relation_of_both: Relation) -> None:
    assert relation(figure("1", section=first), figure("2", section=second)) is relation_of_both


def test_titles_with_other_words_explain_different_numbers_of_tables() -> None:
    one, other = figure("10", section="Flask on gunicorn"), figure("20", section="Flask on waitress")
    assert relation(one, other) is Relation.OTHER
    assert relation(one, figure("20", section="Elsewhere")) is Relation.SAME
    assert relation(one, figure("20", section="On waitress", label="[x]")) is Relation.SAME
    agreeing = (
        figure("7", section="Flask on gunicorn", target=GIN),
        figure("7", section="Flask on waitress", target=GIN),
    )
    assert relation(one, other, *agreeing) is Relation.SAME


def tables(first: str, second: str) -> list[Figure]:
    return [
        figure(printed, section=section, target=target)
        for section, numbers in ((first, ("10", "20")), (second, ("50", "60")))
        for target, printed in zip(("flask_app", GIN), numbers, strict=True)
    ]


def test_two_tables_of_the_same_rows_with_other_numbers_have_titles_that_explain_them() -> None:
    assert contradictions(*tables("On a laptop", "On a server")) == ()
    assert len(contradictions(*tables("Facts", "Summary"))) == 2


def test_two_tables_that_share_one_row_or_agree_in_most_are_one_claim() -> None:
    one, _, other, _ = tables("On a laptop", "On a server")
    assert len(rules(one, replace(other, section="Summary"))) == 1
    agreeing = [figure("7", section=f"On a {where}", target=name) for where in ("laptop", "server") for name in "ab"]
    assert len(rules(one, other, *agreeing)) == 1
