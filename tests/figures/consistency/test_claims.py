"""The values that a printed number allows."""

import math
from dataclasses import replace

import pytest

from harness.figures.consistency.claims import Reach, as_printed, disjoint, in_any_unit, possible, reach
from harness.figures.published import Figure
from tests.figures.consistency.pages import at_least, figure


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [((1, 2), (3, 4), True), ((1, 2), (2, 3), False), ((1, 9), (3, 4), False), ((12, math.inf), (0, 11), True)],
)
def test_intervals_without_a_common_number_are_disjoint(
    one: tuple[float, float], other: tuple[float, float], *, apart: bool
) -> None:
    assert disjoint(one, other) is apart
    assert disjoint(other, one) is apart


@pytest.mark.parametrize(
    ("one", "low", "high"),
    [
        (figure("86x", "x"), 85.5, 87),
        (figure("6.1x", "x"), 6.05, 6.2),
        (figure("78,200"), 78_150, 78_300),
        (figure("500-1,500", value=(500, 1500)), 450, 1600),
        (figure("0"), -0.5, 0.5),
    ],
)
def test_a_number_may_be_rounded_or_cut(one: Figure, low: float, high: float) -> None:
    assert possible(one) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("printed", "value", "ratio"),
    [("-76.85 %", -76.85, (0.2314, 0.23155)), ("-17 %", -17, (0.82, 0.835)), ("+21 %", 21, (1.205, 1.22))],
)
def test_a_negative_difference_is_cut_towards_zero(printed: str, value: float, ratio: tuple[float, float]) -> None:
    assert possible(figure(printed, "% difference", value)) == pytest.approx(ratio)


@pytest.mark.parametrize("printed", ["~50x", "about 50x", "roughly 50x", "nearly 50 times", "≈ 50x", "approx. 50x"])
def test_an_approximate_number_allows_a_tenth_on_each_side(printed: str) -> None:
    assert possible(figure(printed, "x")) == pytest.approx((45, 55))


def test_an_approximate_factor_in_words_is_as_wide_as_one_in_digits() -> None:
    for printed in ("about twice as fast", "about 2x as fast"):
        assert possible(replace(figure("2x", "x"), printed=printed)) == pytest.approx((1, 3))


def test_an_approximate_number_of_one_digit_allows_a_unit_of_it_on_each_side() -> None:
    assert possible(figure("around 5 s", "s")) == pytest.approx((4, 6))


@pytest.mark.parametrize(
    ("printed", "side"),
    [
        ("50x+", Reach.AT_LEAST),
        ("50+ times", Reach.AT_LEAST),
        ("over 50x", Reach.AT_LEAST),
        ("more than 50 times", Reach.AT_LEAST),
        ("50x or more", Reach.AT_LEAST),
        ("≥ 50x", Reach.AT_LEAST),
        ("up to 50x", Reach.AT_MOST),
        ("Up to ~50x", Reach.AT_MOST),
        ("at most 50x", Reach.AT_MOST),
        ("< 50x", Reach.AT_MOST),
        ("Performance ceiling of ~50x", Reach.AT_MOST),
        ("less than 50x", Reach.AT_MOST),
        ("up to 50+ times", Reach.OPEN),
        ("50x", Reach.CLOSED),
        ("+50 %", Reach.CLOSED),
        ("50% less than Flask", Reach.CLOSED),
        ("50x more than 2 years ago", Reach.AT_LEAST),
    ],
)
def test_words_open_a_claim_on_one_side(printed: str, side: Reach) -> None:
    assert reach(figure(printed, "x")) is side


def test_a_bound_has_no_other_end() -> None:
    assert possible(figure("over 50x", "x")) == pytest.approx((49.5, math.inf))
    assert possible(figure("up to 50x", "x")) == pytest.approx((0, 51))
    assert possible(figure("up to 76+", "x")) == (0, math.inf)
    assert possible(at_least("12+", 12)) == pytest.approx((11.5, math.inf))


def test_a_bound_of_a_fall_is_a_bound_of_its_size() -> None:
    assert possible(figure("at least 50 % less", "% difference", -50)) == pytest.approx((-math.inf, 0.505))
    assert possible(figure("up to 50 % less", "% difference", -50)) == pytest.approx((0.49, 1.0))


def test_a_label_that_is_not_the_pages_opens_the_claim_too() -> None:
    assert reach(figure("175,923", label="[up to]")) is Reach.AT_MOST
    assert reach(figure("175,923", label="Up to")) is Reach.CLOSED


def test_a_row_computes_from_the_bare_number() -> None:
    assert as_printed(at_least("12+", 12)) == (12, 12)
    assert as_printed(figure("~1,200")) == pytest.approx((1_150, 1_300))


def test_a_decimal_byte_unit_may_be_meant_as_a_binary_one() -> None:
    assert in_any_unit(figure("10.0 MB", "MB")) == pytest.approx((9.95e6, 10.1 * 2**20))
    assert in_any_unit(figure("10 ms", "ms")) == pytest.approx((0.0095, 0.011))


@pytest.mark.parametrize(
    ("printed", "side"),
    [
        ("no more than 40", Reach.AT_MOST),
        ("no less than 40", Reach.AT_LEAST),
        ("more than 40", Reach.AT_LEAST),
        ("less than 40", Reach.AT_MOST),
    ],
)
def test_a_bound_that_is_denied_is_the_other_one(printed: str, side: Reach) -> None:
    assert reach(figure(printed)) is side
