"""Contradictions within a page, at the exact limits of the claims."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from harness.figures.consistency import find_contradictions
from harness.figures.printed import UNITS
from harness.figures.published import Contradiction, Figure, FigureSet, Rule

FLASK, GIN, NULL = "flask_app", "gin_app", "null_app"


def figure(  # noqa: PLR0913 - every argument is a key of a figures file
    low: float,
    high: float | None = None,
    *,
    target: str = FLASK,
    label: str = "Speed",
    section: str = "Facts",
    of: str | None = None,
    quantity: str | None = "throughput",
    printed: str | None = None,
    conditions: tuple[str, ...] = (),
    rounding: float = 0.0,
) -> Figure:
    top = low if high is None else high
    text = printed or f"{low:g}-{top:g}"
    return Figure(
        id=f"{section}.{label}.{target}.{of}.{text}",
        label=label,
        printed=text,
        section=section,
        target=target,
        metric=None,
        unit=UNITS["x" if of else "req/s"],
        low=low,
        high=top,
        rounding=rounding,
        of=of,
        quantity=quantity,
        conditions=conditions,
    )


def contradictions(*figures: Figure) -> tuple[Contradiction, ...]:
    return find_contradictions(FigureSet("T", "S", "Jun 2026", Path("page.toml"), figures))


def rules(*figures: Figure) -> list[Rule]:
    return [one.rule for one in contradictions(*figures)]


class TestRatios:
    """A row of 10 to 20 and 40 to 60 allows ratios from 2 to 6."""

    ROW = (figure(10, 20, label="Row"), figure(40, 60, target=GIN, label="Row"))

    @pytest.mark.parametrize(
        ("ratio", "is_possible"), [(1.9, False), (2.0, True), (4.0, True), (6.0, True), (6.1, False)]
    )
    def test_a_ratio_must_be_between_the_smallest_and_the_largest_of_the_claims(
        self, ratio: float, *, is_possible: bool
    ) -> None:
        assert rules(*self.ROW, figure(ratio, target=GIN, of=FLASK)) == ([] if is_possible else [Rule.RATIO])

    @pytest.mark.parametrize(("ratio", "is_possible"), [(1 / 6.1, False), (1 / 6, True), (0.5, True), (0.52, False)])
    def test_an_inverted_ratio_must_be_between_the_inverted_limits(self, ratio: float, *, is_possible: bool) -> None:
        assert rules(*self.ROW, figure(ratio, of=GIN)) == ([] if is_possible else [Rule.RATIO])

    def test_a_denominator_that_can_be_zero_allows_any_large_ratio(self) -> None:
        row = figure(0, 20, label="Row"), figure(40, 60, target=GIN, label="Row")
        assert rules(*row, figure(1e9, target=GIN, of=FLASK)) == []
        assert rules(*row, figure(1.9, target=GIN, of=FLASK)) == [Rule.RATIO]

    def test_a_denominator_below_one_is_used_like_any_other(self) -> None:
        row = figure(0.5, label="Row"), figure(40, target=GIN, label="Row")
        assert rules(*row, figure(80.0, target=GIN, of=FLASK)) == []
        assert rules(*row, figure(81.0, target=GIN, of=FLASK)) == [Rule.RATIO]

    def test_a_numerator_that_can_be_negative_counts_from_zero(self) -> None:
        row = figure(10, 20, label="Row"), figure(-math.inf, 60, target=GIN, label="Row")
        assert rules(*row, figure(0.001, target=GIN, of=FLASK)) == []
        assert rules(*row, figure(-0.1, target=GIN, of=FLASK)) == [Rule.RATIO]

    @pytest.mark.parametrize("change", [{"quantity": "memory"}, {"of": NULL}, {"target": NULL}])
    def test_a_ratio_of_another_quantity_or_target_is_no_contradiction(self, change: dict[str, str]) -> None:
        plain: dict[str, str] = {"target": GIN, "of": FLASK, **change}
        assert rules(*self.ROW, figure(99.0, **plain)) == []  # type: ignore[arg-type]  # all values are strings

    def test_different_conditions_of_one_cell_explain_a_ratio(self) -> None:
        row = figure(10, 20, label="Row"), figure(40, 60, target=GIN, label="Row", conditions=("tuned",))
        assert rules(*row, figure(99.0, target=GIN, of=FLASK, conditions=("plain",))) == []
        assert rules(*row, figure(99.0, target=GIN, of=FLASK, conditions=("tuned",))) == [Rule.RATIO]

    def test_the_message_names_all_ratios_of_a_row(self) -> None:
        ratios = [figure(one, target=GIN, of=FLASK, section="Pros", printed=f"{one}x") for one in (7, 8, 9)]
        (one,) = contradictions(*self.ROW, *ratios)
        assert one.figures == (*self.ROW, *ratios)
        assert one.message.endswith("leaves no room for '7x' (Pros), '8x' (Pros) and '9x' (Pros).")


class TestDifferences:
    def test_a_ratio_in_the_same_row_is_compared_with_the_unwidened_numbers(self) -> None:
        row = figure(10, rounding=5), figure(40, target=GIN, rounding=5)
        assert rules(*row, figure(4.0, target=GIN, of=FLASK)) == []
        assert rules(*row, figure(5.0, target=GIN, of=FLASK)) == [Rule.DIFFERENCE]
        assert rules(*row, figure(5.0, target=GIN, of=FLASK, rounding=1.0)) == []

    def test_a_finite_ratio_with_a_denominator_of_zero_is_a_contradiction(self) -> None:
        row = figure(0), figure(40, target=GIN)
        assert rules(*row, figure(5.0, target=GIN, of=FLASK)) == [Rule.DIFFERENCE]

    @pytest.mark.parametrize(("label", "section"), [("Rate", "Facts"), ("Speed", "Pros")])
    def test_a_ratio_with_another_label_or_section_is_not_in_the_row(self, label: str, section: str) -> None:
        row = figure(10), figure(40, target=GIN)
        assert rules(*row, figure(5.0, target=GIN, of=FLASK, label=label, section=section)) == [Rule.RATIO]

    def test_a_row_without_both_numbers_does_not_hide_the_next_row(self) -> None:
        lonely = figure(10, label="Lonely")
        row = figure(10), figure(40, target=GIN)
        first = figure(9.0, target=GIN, of=FLASK, label="Lonely", rounding=9)
        assert rules(lonely, *row, first, figure(5.0, target=GIN, of=FLASK)) == [Rule.DIFFERENCE]


class TestQuantities:
    def test_figures_without_a_quantity_do_not_contradict_each_other(self) -> None:
        assert rules(figure(1, quantity=None), figure(9, quantity=None)) == []
        assert rules(figure(5, quantity=None), figure(1), figure(9)) == [Rule.ONE_QUANTITY]

    def test_claims_that_touch_agree(self) -> None:
        assert rules(figure(1, rounding=1), figure(3, rounding=1)) == []
        assert rules(figure(1, rounding=1), figure(3.1, rounding=1)) == [Rule.ONE_QUANTITY]

    @pytest.mark.parametrize(("printed", "text"), [("9", "'9' req/s"), ("9 a", "'9 a'"), ("9%", "'9%'")])
    def test_a_bare_number_is_quoted_with_its_unit(self, printed: str, text: str) -> None:
        (one,) = contradictions(figure(1, printed="1"), figure(9, printed=printed))
        assert one.message == (
            f"Of flask_app the page prints throughput as '1' req/s (Facts) and {text} (Facts); these can't all hold."
        )
