"""Ratios against their own row, and against the other rows of the page."""

import math
from dataclasses import replace

import pytest

from harness.figures.published import Contradiction, Figure, Rule
from tests.figures.consistency.pages import FLASK, GIN, at_least, contradictions, difference, figure, rules, times

RATE = "throughput.closed.*"


def row(flask: str, gin: str, label: str = "Speed", unit: str = "req/s", **changes: str) -> tuple[Figure, Figure]:
    cells = (flask, FLASK), (gin, GIN)
    one, other = (figure(text, unit, target=target, label=label, **changes) for text, target in cells)  # type: ignore[arg-type]
    return one, other


def memory_ratio(
    printed: str, section: str, unit: str = "x", value: float | tuple[float, float] | None = None
) -> Figure:
    one = figure(printed, unit, value, target=GIN, of=FLASK, section=section, label="[memory]", quantity="memory")
    return replace(one, metric="memory.*")


class TestOwnRow:
    def test_a_ratio_must_be_that_of_its_row_and_the_accusation_has_the_arithmetic(self) -> None:
        flask, gin = row("3,245", "19,929", label="Plain Text")
        assert rules(flask, gin, times("6.1x", section="Facts", label="Plain Text")) == []
        wrong = times("9.2x", section="Facts", label="Plain Text")
        assert contradictions(flask, gin, wrong) == (
            Contradiction(
                Rule.DIFFERENCE,
                "19,929 / 3,245 = 6.14 (Facts: Plain Text), and the page prints '9.2x' (Facts: Plain Text).",
                (wrong, gin, flask),
            ),
        )

    @pytest.mark.parametrize("printed", ["0.16x", "6.1x", "6.2x", "6.14x slower"])
    def test_a_ratio_stands_in_either_direction(self, printed: str) -> None:
        assert rules(*row("3,245", "20,000"), times(printed, section="Facts", label="Speed")) == []

    @pytest.mark.parametrize(
        ("flask", "gin", "printed", "percent"),
        [
            ("33.2", "7.7", "-76.85 %", -76.85),
            ("27.5", "90.3", "+228.51 %", 228.51),
            ("900", "1092", "+21.33 %", 21.33),
            ("900", "1092", "+17.6 %", 17.6),
            ("20,000", "1,200", "-94%", -94),
        ],
    )
    def test_a_difference_may_come_from_unrounded_numbers(
        self, flask: str, gin: str, printed: str, percent: float
    ) -> None:
        assert rules(*row(flask, gin), difference(printed, percent)) == []

    def test_a_difference_with_a_wrong_sign_is_found(self) -> None:
        (found,) = contradictions(*row("33.2", "7.7"), difference("+76.85 %", 76.85))
        assert found.message == (
            "7.7 / 33.2 - 1 = -76.8% (Facts: Speed), and the page prints '+76.85 %' (Facts: Speed)."
        )

    def test_the_differences_of_a_column_are_computed_alike(self) -> None:
        rows = [*row("100", "200", "A"), *row("100", "400", "B"), *row("100", "150", "C")]
        own_side = [difference("+50%", 50, label="A"), difference("+75%", 75, label="B")]
        assert rules(*rows, *own_side, difference("+33%", 33, label="C")) == []
        assert rules(*rows, *own_side, difference("+50%", 50, label="C")) == [Rule.DIFFERENCE]

    def test_a_column_may_be_relative_to_the_other_target(self) -> None:
        rows = [*row("1,200", "20,000", "A"), *row("75", "10", "B")]
        columns = [difference("-94%", -94, label="A"), difference("+650%", 650, label="B")]
        assert rules(*rows, *columns) == []
        assert rules(*rows, columns[0], difference("-650%", -650, label="B")) == [Rule.DIFFERENCE]

    def test_points_are_no_per_cent(self) -> None:
        cells = row("71.62 %", "9.22 %", unit="%", quantity="stability")
        for printed, expected in (("-62.40 %", []), ("-87.13 %", []), ("-41.60 %", [Rule.DIFFERENCE])):
            assert rules(*cells, difference(printed, float(printed[:-2]), quantity="stability")) == expected

    def test_a_difference_of_two_bounds_is_computed_from_the_bounds(self) -> None:
        flask, gin = (
            at_least("12+", 12, "years", quantity="age"),
            at_least("9+", 9, "years", quantity="age", target=GIN),
        )
        right = figure("+33%", "% difference", 33, of=GIN, quantity="age")
        assert rules(flask, gin, right) == []
        wrong = figure("+50%", "% difference", 50, of=GIN, quantity="age")
        assert rules(flask, gin, wrong) == [Rule.DIFFERENCE]

    def test_a_label_with_several_columns_is_held_by_their_conditions(self) -> None:
        cells = [
            figure(text, target=target, conditions=(load,))
            for load, numbers in (("64 connections", ("10", "20")), ("256 connections", ("10", "80")))
            for text, target in zip(numbers, (FLASK, GIN), strict=True)
        ]
        ratio = figure("8x", "x", target=GIN, of=FLASK, conditions=("256 connections",))
        assert rules(*cells, ratio) == []
        other = figure("8x", "x", target=GIN, of=FLASK, conditions=("64 connections",))
        assert rules(*cells, other) == [Rule.DIFFERENCE]

    def test_cells_with_conditions_of_their_own_make_one_row(self) -> None:
        cells = (
            figure("10", conditions=("gunicorn",)),
            figure("80", target=GIN, conditions=("release mode",)),
        )
        assert rules(*cells, figure("4x", "x", target=GIN, of=FLASK)) == [Rule.DIFFERENCE]

    def test_a_denominator_near_zero_allows_large_ratios_alone(self) -> None:
        assert rules(*row("0.0", "40"), times("5x", section="Facts", label="Speed")) == [Rule.DIFFERENCE]
        assert rules(*row("0.0", "40"), times("5000x", section="Facts", label="Speed")) == []

    def test_a_row_without_both_numbers_decides_nothing(self) -> None:
        assert rules(figure("10"), times("5x", section="Facts", label="Speed")) == []
        assert rules(*row("10", "40"), times("9x", quantity="memory")) == []


class TestOtherRows:
    def test_a_ratio_must_be_possible_in_every_row_of_its_conditions(self) -> None:
        ranges = (
            figure("500-1,500", value=(500, 1500)),
            figure("15,000-25,000", value=(15_000, 25_000), target=GIN),
        )
        same = row("30,000", "30,000", label="Rate")
        ratio = times("20x faster")
        assert rules(ratio, *ranges) == []
        (found,) = (one for one in contradictions(ratio, *ranges, *same) if one.rule is Rule.RATIO)
        assert found.figures == (ratio, same[1], same[0])
        assert found.message == "30,000 / 30,000 = 1.00 (Facts: Rate), and the page prints '20x faster' (Text)."

    TABLE = (
        *row("3,245", "19,929", label="Plain Text"),
        *row("3,241", "17,595", label="JSON"),
        *row("3,251", "175,923", label="Dynamic Path"),
    )

    @pytest.mark.parametrize("printed", ["54x", "54.1x", "6x", "up to 54x", "about 50x", "20x on average"])
    def test_a_ratio_without_conditions_must_be_that_of_a_row_or_between_the_rows(self, printed: str) -> None:
        assert rules(*self.TABLE, times(printed)) == []

    @pytest.mark.parametrize("printed", ["81x", "2.1x", "130x faster"])
    def test_a_ratio_without_conditions_beyond_all_rows_is_accused(self, printed: str) -> None:
        (found,) = contradictions(*self.TABLE, times(printed))
        assert found.rule is Rule.RATIO
        assert "175,923 / 3,251 = 54.1 (Facts: Dynamic Path)" in found.message

    @pytest.mark.parametrize("printed", ["50x+ faster", "over 50x", "at least 50 times"])
    def test_a_lower_bound_without_conditions_must_hold_in_every_row(self, printed: str) -> None:
        (found,) = contradictions(*self.TABLE, times(printed))
        assert found.message == (
            f"19,929 / 3,245 = 6.14 (Facts: Plain Text) and 17,595 / 3,241 = 5.43 (Facts: JSON), and the page prints "
            f"'{printed}' (Text)."
        )
        assert rules(*self.TABLE, times(printed.replace("50", "5"))) == []

    def test_a_ratio_with_conditions_is_held_against_their_row(self) -> None:
        stated = {"target": GIN, "of": FLASK, "section": "Text", "label": "[faster]", "conditions": ("Dynamic Path",)}
        assert rules(*self.TABLE, figure("54x", "x", **stated)) == []  # type: ignore[arg-type]
        assert rules(*self.TABLE, figure("36x", "x", **stated)) == [Rule.RATIO]  # type: ignore[arg-type]

    def test_a_cut_ratio_is_no_contradiction(self) -> None:
        assert rules(*row("2,029", "175,923"), times("86x faster")) == []
        assert rules(*row("2,029", "175,923"), times("88x faster")) == [Rule.RATIO]

    def test_the_words_of_a_rate_give_its_direction(self) -> None:
        assert rules(*row("10", "40"), times("4x faster", metric=RATE)) == []
        assert rules(*row("40", "10"), times("4x faster", metric=RATE)) == [Rule.RATIO]
        assert rules(*row("40", "10"), times("4x slower", metric=RATE)) == []

    @pytest.mark.parametrize(
        ("metric", "printed", "unit_of_ratio", "is_so"),
        [
            ("latency.*", "4x faster", "x", True),
            ("latency.*", "4x slower", "x", False),
            ("memory.*", "4 times less", "x", True),
            ("memory.*", "4x more", "x", False),
            ("memory.*", "75% less", "%", True),
            ("memory.*", "75% more", "%", False),
            ("memory.*", "30% less", "%", False),
            ("latency.*", "75% faster", "%", True),
            ("latency.*", "300% faster", "%", True),
            ("throughput.*", "0.25x slower", "x", True),
            ("throughput.*", "75% slower", "%", True),
        ],
    )
    def test_the_words_of_a_time_and_of_a_size_give_the_direction_too(
        self, metric: str, printed: str, unit_of_ratio: str, *, is_so: bool
    ) -> None:
        unit = {"latency.*": "ms", "memory.*": "MB"}.get(metric, "req/s")
        cells = row("40", "10", metric=metric, unit=unit)
        assert rules(*cells, times(printed, unit=unit_of_ratio, metric=metric)) == ([] if is_so else [Rule.RATIO])

    def test_a_ratio_that_one_of_two_tables_gives_is_not_accused_by_the_other(self) -> None:
        tables = [*row("10", "20", section="On a laptop"), *row("30", "90", section="On a server")]
        assert rules(*tables, times("3x")) == []
        assert rules(*tables, times("5x")) == [Rule.RATIO]

    def test_different_conditions_explain_a_ratio(self) -> None:
        stated = {"target": GIN, "of": FLASK, "section": "Text", "conditions": ("tuned",)}
        cells = [
            figure(text, target=target, conditions=("unoptimized",)) for text, target in (("3", FLASK), ("3", GIN))
        ]
        assert rules(*cells, figure("20x", "x", **stated)) == []  # type: ignore[arg-type]

    def test_a_bound_of_zero_leaves_room_for_any_large_ratio(self) -> None:
        cells = figure("up to 20"), figure("40-60", value=(40, 60), target=GIN)
        assert rules(*cells, times("900x faster", metric=RATE)) == []
        assert rules(*cells, times("1.5x faster", metric=RATE)) == [Rule.RATIO]


class TestRatiosAlone:
    def test_two_ratios_of_the_same_targets_must_agree(self) -> None:
        one, other = times("20x"), times("30x", section="Pros")
        assert rules(one, times("20.4x", section="Pros")) == []
        (found,) = contradictions(one, other)
        assert found.message == "the page prints '30x' (Pros), and the page prints '20x' (Text)."
        assert rules(one, times("30x", section="Pros", quantity="memory")) == []

    @pytest.mark.parametrize(
        "printed", ["6 times less", "0.17x", "5.9x", "6x lower", "83% less", "-83%", "more than 5x less"]
    )
    def test_one_ratio_printed_in_two_ways_is_no_contradiction(self, printed: str) -> None:
        unit = "% difference" if printed.startswith("-") else "%" if "%" in printed else "x"
        value = -83.0 if printed.startswith("-") else (5, math.inf) if printed.startswith("more") else None
        one = memory_ratio("6 times less", "Text")
        assert rules(one, memory_ratio(printed, "Pros", unit, value)) == []
        assert rules(one, memory_ratio("60% less", "Pros", "%")) == [Rule.RATIO]
        assert rules(one, memory_ratio("6 times more", "Pros")) == [Rule.RATIO]

    def test_a_lower_bound_must_hold_for_every_printed_ratio(self) -> None:
        column = [
            times(text, section="Facts", label=label) for text, label in (("6.1x", "Plain Text"), ("54x", "JSON"))
        ]
        assert rules(*column, times("50x+ faster")) == [Rule.RATIO]
        assert rules(*column, times("50x faster")) == []
