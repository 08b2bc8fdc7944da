"""The readings of printed ratios."""

import math

import pytest

from harness.figures.consistency.readings import (
    Reading,
    computed,
    fits,
    fits_points,
    fits_somehow,
    quotient,
    read,
    readings_of,
)
from tests.figures.consistency.pages import difference, times

RATE = "throughput.closed.*"


@pytest.mark.parametrize(
    ("top", "bottom", "over"),
    [
        ((40, 60), (10, 20), (2, 6)),
        ((40, 60), (0, 20), (2, math.inf)),
        ((-math.inf, 60), (10, 20), (0, 6)),
        ((40, 60), (0, 0), (math.inf, math.inf)),
    ],
)
def test_a_quotient_has_the_smallest_and_the_largest_ratio(
    top: tuple[float, float], bottom: tuple[float, float], over: tuple[float, float]
) -> None:
    assert quotient(top, bottom) == over


def test_a_ratio_of_a_rate_has_the_direction_of_its_words() -> None:
    assert readings_of(times("6.1x faster", metric=RATE)) == (Reading.OVER,)
    assert readings_of(times("6.1x slower", metric=RATE)) == (Reading.REVERSED,)
    assert readings_of(times("6.1x", metric=RATE)) == (Reading.OVER, Reading.REVERSED)
    assert readings_of(times("0.35x slower", metric=RATE)) == (Reading.OVER,)


def test_words_fix_the_direction_of_times_and_sizes_too() -> None:
    assert readings_of(times("6.1x faster", metric="latency.*")) == (Reading.REVERSED,)
    assert readings_of(times("6.1x slower", metric="latency.*")) == (Reading.OVER,)
    assert readings_of(times("6 times less", metric="memory.*")) == (Reading.REVERSED,)
    assert readings_of(times("6 times less")) == (Reading.REVERSED,)


def test_a_multiple_of_something_is_target_over_reference_unless_it_is_of_speed() -> None:
    assert readings_of(times("3x the throughput", metric=RATE)) == (Reading.OVER,)
    assert readings_of(times("2x the latency", metric="latency.*")) == (Reading.OVER,)
    assert readings_of(times("2x the speed", metric="latency.*")) == (Reading.REVERSED,)
    assert readings_of(times("2x the speed", metric=RATE)) == (Reading.OVER,)


def test_a_good_word_of_an_unknown_metric_and_a_small_ratio_of_a_time_stay_open() -> None:
    for one in (times("6.1x faster"), times("0.5x slower", metric="latency.*")):
        assert readings_of(one) == (Reading.OVER, Reading.REVERSED)


@pytest.mark.parametrize(("over", "is_possible"), [(6.1, True), (1 / 6.1, True), (1 / 9.2, False), (9.2, False)])
def test_a_ratio_without_a_direction_is_held_in_both(over: float, *, is_possible: bool) -> None:
    assert fits_somehow(times("6.1x"), (over, over)) is is_possible


@pytest.mark.parametrize(
    ("reading", "over", "is_possible"),
    [
        (Reading.OVER, 0.83, True),
        (Reading.OVER, 1.17, False),
        (Reading.OWN_SIDE, 1 / 1.17, True),
        (Reading.OWN_SIDE, 0.83, False),
        (Reading.REVERSED, 1 / 0.83, True),
        (Reading.REVERSED, 0.83, False),
    ],
)
def test_a_difference_is_relative_to_one_side_or_the_other(reading: Reading, over: float, *, is_possible: bool) -> None:
    assert fits(difference("-17 %", -17), (over, over), reading) is is_possible


def test_words_give_the_sign_that_a_difference_lacks() -> None:
    assert fits_somehow(difference("17 % less", 17), (0.83, 0.83))
    assert fits_somehow(difference("50-65% less", (50, 65)), (0.4, 0.4))
    assert not fits(difference("+17 %", 17), (0.83, 0.83), Reading.OVER)
    assert fits(difference("+17 %", 17, label="Improvement"), (0.83, 0.83), Reading.OVER)


def test_a_difference_of_percentages_may_be_in_points() -> None:
    assert fits_points(difference("-62.40 %", -62.40), (0.0922, 0.0922), (0.7162, 0.7162))
    assert not fits_points(difference("-52.40 %", -52.40), (0.0922, 0.0922), (0.7162, 0.7162))
    assert not fits_points(times("0.376x"), (0.0922, 0.0922), (0.7162, 0.7162))


def test_an_interval_is_read_from_its_lower_to_its_upper_end() -> None:
    for reading in Reading:
        low, high = read((2.0, 4.0), reading)
        assert low < high
    assert read((0.0, math.inf), Reading.REVERSED) == (0.0, math.inf)


@pytest.mark.parametrize(
    ("reading", "text"),
    [
        (Reading.OVER, "30 / 20 - 1 = +50.0%"),
        (Reading.OWN_SIDE, "1 - 20 / 30 = +33.3%"),
        (Reading.REVERSED, "20 / 30 - 1 = -33.3%"),
    ],
)
def test_the_arithmetic_of_a_difference_is_that_of_its_reading(reading: Reading, text: str) -> None:
    assert computed(difference("+50%", 50), "30", "20", 1.5, reading) == text


def test_the_arithmetic_of_a_ratio_is_in_its_direction() -> None:
    assert computed(times("2x"), "30", "20", 1.5, Reading.OVER) == "30 / 20 = 1.50"
    assert computed(times("2x"), "30", "20", 1.5, Reading.REVERSED) == "20 / 30 = 0.667"
