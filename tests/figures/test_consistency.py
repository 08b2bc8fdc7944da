"""Contradictions within a page."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.figures.consistency import disjoint, find_contradictions
from harness.figures.printed import UNITS
from harness.figures.published import Contradiction, Figure, FigureSet, Rule


def figure(  # noqa: PLR0913 - every argument is a key of a figures file
    printed: str,
    low: float,
    high: float | None = None,
    *,
    target: str = "flask_app",
    label: str = "Speed",
    section: str = "Facts",
    of: str | None = None,
    conditions: tuple[str, ...] = (),
    rounding: float = 0.5,
) -> Figure:
    return Figure(
        id=f"{section}.{label}.{target}.{printed}",
        label=label,
        printed=printed,
        section=section,
        target=target,
        metric=None,
        unit=UNITS["% difference" if "%" in printed else "x" if of else "req/s"],
        low=low,
        high=low if high is None else high,
        rounding=rounding,
        of=of,
        quantity="throughput",
        conditions=conditions,
    )


def contradictions(*figures: Figure) -> tuple[Contradiction, ...]:
    return find_contradictions(FigureSet("T", "S", "Jun 2026", Path("page.toml"), figures))


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [((1, 2), (3, 4), True), ((1, 2), (2, 3), False), ((1, 9), (3, 4), False), ((12, math.inf), (0, 11), True)],
)
def test_intervals_without_a_common_number_are_disjoint(
    one: tuple[float, float], other: tuple[float, float], *, apart: bool
) -> None:
    assert disjoint(one, other) is apart
    assert disjoint(other, one) is apart


def test_two_values_of_one_quantity_are_a_contradiction_with_all_their_sections() -> None:
    here, again, there = figure("10", 10), figure("10", 10, section="Full"), figure("20", 20, label="Rate")
    assert contradictions(here, again, there) == (
        Contradiction(
            Rule.ONE_QUANTITY,
            "Of flask_app the page prints throughput as '10' req/s (Facts, Full) and '20' req/s (Facts); "
            "these can't all hold.",
            (here, again, there),
        ),
    )


def test_a_value_that_agrees_with_all_others_is_not_part_of_the_contradiction() -> None:
    low, middle, high = figure("10", 10), figure("5-25", 5, 25), figure("20", 20)
    (contradiction,) = contradictions(low, middle, high)
    assert contradiction.figures == (low, high)


def test_values_with_overlapping_rounding_agree() -> None:
    assert contradictions(figure("10", 10, rounding=1), figure("12", 12, rounding=1)) == ()


def test_a_number_with_a_plus_agrees_with_every_larger_number_and_no_smaller_one() -> None:
    plus = figure("12+", 12, math.inf)
    assert contradictions(plus, figure("900", 900)) == ()
    assert len(contradictions(plus, figure("9", 9))) == 1


def test_figures_of_different_targets_do_not_contradict_each_other() -> None:
    assert contradictions(figure("10", 10), figure("20", 20, target="gin_app")) == ()


def test_different_numbers_agree_only_if_both_state_different_conditions() -> None:
    idle, loaded = figure("10", 10, conditions=("Idle",)), figure("20", 20, conditions=("loaded",))
    assert contradictions(idle, loaded) == ()
    assert len(contradictions(idle, figure("20", 20))) == 1
    assert len(contradictions(idle, figure("20", 20, conditions=("idle", "per instance")))) == 1


def test_a_difference_must_fit_the_two_numbers_of_its_row() -> None:
    flask, gin = figure("1,200", 1200), figure("20,000", 20_000, target="gin_app")
    right = figure("-94%", 0.06, of="gin_app", rounding=0.005)
    wrong = figure("-90%", 0.10, of="gin_app", rounding=0.005)
    assert contradictions(flask, gin, right) == ()
    assert contradictions(flask, gin, wrong) == (
        Contradiction(
            Rule.DIFFERENCE,
            "'1,200' req/s over '20,000' req/s is -94.0%, and the page prints '-90%' (Facts).",
            (wrong, flask, gin),
        ),
    )


def test_a_difference_of_two_bounds_is_computed_from_the_bounds() -> None:
    flask, gin = figure("12+", 12, math.inf), figure("9+", 9, math.inf, target="gin_app")
    assert contradictions(flask, gin, figure("+33%", 1.33, of="gin_app", rounding=0.005)) == ()
    assert len(contradictions(flask, gin, figure("+50%", 1.50, of="gin_app", rounding=0.005))) == 1


def test_a_ratio_must_be_possible_in_every_row_of_its_quantity() -> None:
    ratio = figure("20x", 20, target="gin_app", of="flask_app", section="Pros")
    flask, gin = figure("500-1,500", 500, 1500), figure("15,000-25,000", 15_000, 25_000, target="gin_app")
    same = figure("30,000", 30_000, label="Rate"), figure("30,000", 30_000, label="Rate", target="gin_app")
    assert contradictions(ratio, flask, gin) == ()
    by_rule = {c.rule: c for c in contradictions(ratio, *same)}
    assert by_rule.keys() == {Rule.RATIO}
    assert by_rule[Rule.RATIO].figures == (*same, ratio)
    assert by_rule[Rule.RATIO].message == (
        "The page prints throughput as '30,000' req/s for flask_app and '30,000' req/s for gin_app (Rate, Facts), "
        "which leaves no room for '20x' (Pros)."
    )


def test_a_ratio_under_different_conditions_is_no_contradiction() -> None:
    ratio = figure("20x", 20, target="gin_app", of="flask_app", section="Pros", conditions=("tuned",))
    same = (
        figure("30", 30, label="Rate", conditions=("plain",)),
        figure("30", 30, label="Rate", target="gin_app", conditions=("plain",)),
    )
    assert contradictions(ratio, *same) == ()


def test_a_row_without_both_targets_does_not_contradict_a_ratio() -> None:
    assert contradictions(figure("20x", 20, target="gin_app", of="flask_app"), figure("10", 10)) == ()


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)).map(lambda ends: (min(ends), max(ends))), max_size=8))
def test_contradictions_do_not_depend_on_the_order_of_figures(ends: list[tuple[float, float]]) -> None:
    figures = [figure(str(place), low, high, label=str(place)) for place, (low, high) in enumerate(ends)]
    forward, backward = contradictions(*figures), contradictions(*reversed(figures))
    assert [set(c.figures) for c in forward] == [set(c.figures) for c in backward]
