"""Which rows and ratios are held against each other, exactly at the ends of their claims."""

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


def found(*figures: Figure) -> tuple[Contradiction, ...]:
    return find_contradictions(FigureSet("T", "S", "Jun 2026", Path("page.toml"), figures))


def rules(*figures: Figure) -> list[Rule]:
    return [one.rule for one in found(*figures)]


class TestRatios:
    """A row of 10 to 20 and 40 to 60 leaves room for ratios from 2 to 6."""

    ROW = (figure(10, 20, label="Row"), figure(40, 60, target=GIN, label="Row"))

    @pytest.mark.parametrize(
        ("ratio", "is_possible"), [(1.9, False), (2.0, True), (4.0, True), (6.0, True), (6.1, False)]
    )
    def test_it_lies_between_the_least_and_the_most_that_the_claims_give(
        self, ratio: float, *, is_possible: bool
    ) -> None:
        assert rules(*self.ROW, figure(ratio, target=GIN, of=FLASK)) == ([] if is_possible else [Rule.RATIO])

    @pytest.mark.parametrize(("ratio", "is_possible"), [(1 / 6.1, False), (1 / 6, True), (0.5, True), (0.52, False)])
    def test_it_may_be_the_other_way_round(self, ratio: float, *, is_possible: bool) -> None:
        assert rules(*self.ROW, figure(ratio, of=GIN)) == ([] if is_possible else [Rule.RATIO])

    def test_a_denominator_that_may_be_zero_leaves_room_for_any_large_ratio(self) -> None:
        row = figure(0, 20, label="Row"), figure(40, 60, target=GIN, label="Row")
        assert rules(*row, figure(1e9, target=GIN, of=FLASK)) == []
        assert rules(*row, figure(1.9, target=GIN, of=FLASK)) == [Rule.RATIO]

    def test_a_denominator_below_one_is_divided_by_as_any_other(self) -> None:
        row = figure(0.5, label="Row"), figure(40, target=GIN, label="Row")
        assert rules(*row, figure(80.0, target=GIN, of=FLASK)) == []
        assert rules(*row, figure(81.0, target=GIN, of=FLASK)) == [Rule.RATIO]

    def test_a_numerator_that_may_be_below_zero_counts_from_zero(self) -> None:
        row = figure(10, 20, label="Row"), figure(-math.inf, 60, target=GIN, label="Row")
        assert rules(*row, figure(0.001, target=GIN, of=FLASK)) == []
        assert rules(*row, figure(-0.1, target=GIN, of=FLASK)) == [Rule.RATIO]

    @pytest.mark.parametrize("change", [{"quantity": "memory"}, {"of": NULL}, {"target": NULL}])
    def test_another_quantity_or_target_is_not_held_against_it(self, change: dict[str, str]) -> None:
        plain: dict[str, str] = {"target": GIN, "of": FLASK, **change}
        assert rules(*self.ROW, figure(99.0, **plain)) == []  # type: ignore[arg-type]  # all of them are texts

    def test_conditions_of_one_cell_are_enough_to_explain_it(self) -> None:
        row = figure(10, 20, label="Row"), figure(40, 60, target=GIN, label="Row", conditions=("tuned",))
        assert rules(*row, figure(99.0, target=GIN, of=FLASK, conditions=("plain",))) == []
        assert rules(*row, figure(99.0, target=GIN, of=FLASK, conditions=("tuned",))) == [Rule.RATIO]

    def test_the_message_names_all_ratios_of_a_row(self) -> None:
        ratios = [figure(one, target=GIN, of=FLASK, section="Pros", printed=f"{one}x") for one in (7, 8, 9)]
        (one,) = found(*self.ROW, *ratios)
        assert one.figures == (*self.ROW, *ratios)
        assert one.message.endswith("leaves no room for '7x' (Pros), '8x' (Pros) and '9x' (Pros).")


class TestDifferences:
    def test_a_ratio_in_the_same_row_is_of_the_printed_numbers_alone(self) -> None:
        row = figure(10, rounding=5), figure(40, target=GIN, rounding=5)
        assert rules(*row, figure(4.0, target=GIN, of=FLASK)) == []
        assert rules(*row, figure(5.0, target=GIN, of=FLASK)) == [Rule.DIFFERENCE]
        assert rules(*row, figure(5.0, target=GIN, of=FLASK, rounding=1.0)) == []

    def test_a_denominator_of_zero_makes_it_endless(self) -> None:
        row = figure(0), figure(40, target=GIN)
        assert rules(*row, figure(5.0, target=GIN, of=FLASK)) == [Rule.DIFFERENCE]

    @pytest.mark.parametrize(("label", "section"), [("Rate", "Facts"), ("Speed", "Pros")])
    def test_a_ratio_elsewhere_is_none_of_the_row(self, label: str, section: str) -> None:
        row = figure(10), figure(40, target=GIN)
        assert rules(*row, figure(5.0, target=GIN, of=FLASK, label=label, section=section)) == [Rule.RATIO]

    def test_a_row_that_lacks_a_number_does_not_hide_the_next(self) -> None:
        lonely = figure(10, label="Lonely")
        row = figure(10), figure(40, target=GIN)
        first = figure(9.0, target=GIN, of=FLASK, label="Lonely", rounding=9)
        assert rules(lonely, *row, first, figure(5.0, target=GIN, of=FLASK)) == [Rule.DIFFERENCE]


class TestQuantities:
    def test_figures_without_a_quantity_are_not_held_against_each_other(self) -> None:
        assert rules(figure(1, quantity=None), figure(9, quantity=None)) == []
        assert rules(figure(5, quantity=None), figure(1), figure(9)) == [Rule.ONE_QUANTITY]

    def test_claims_that_touch_agree(self) -> None:
        assert rules(figure(1, rounding=1), figure(3, rounding=1)) == []
        assert rules(figure(1, rounding=1), figure(3.1, rounding=1)) == [Rule.ONE_QUANTITY]

    @pytest.mark.parametrize(("printed", "text"), [("9", "'9' req/s"), ("9 a", "'9 a'"), ("9%", "'9%'")])
    def test_a_bare_number_is_quoted_with_its_unit(self, printed: str, text: str) -> None:
        (one,) = found(figure(1, printed="1"), figure(9, printed=printed))
        assert one.message == (
            f"Of flask_app the page prints throughput as '1' req/s (Facts) and {text} (Facts); these can't all hold."
        )
