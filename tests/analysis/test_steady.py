"""The end of the warm-up, and drift after it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.steady import drift, is_steady, warm_up_cut

NOISE = np.array([0.01, -0.01] * 10)


def test_rounds_before_a_step_are_cut() -> None:
    assert warm_up_cut(np.array([50.0, 60.0, *(100 + NOISE)])) == 2


def test_constant_rates_are_not_cut() -> None:
    assert warm_up_cut(np.full(10, 7.0)) == 0


@given(rates=st.lists(st.floats(1, 1e6), min_size=1, max_size=40))
def test_at_most_half_of_the_rounds_are_cut(rates: list[float]) -> None:
    assert 0 <= warm_up_cut(np.array(rates)) <= len(rates) // 2


def test_the_change_of_a_line_is_its_rise_over_its_mean() -> None:
    found = drift(np.array([90.0, 100.0, 110.0]))
    assert found.change == pytest.approx(0.2)
    assert found.p < 1e-6


def test_a_change_and_its_probability_equal_hand_computed_ones() -> None:
    # slope 0.6, residual sum of squares 2.4 with 3 degrees of freedom: t = 2.1213, p = 0.124
    found = drift(np.array([2.0, 4.0, 5.0, 4.0, 5.0]))
    assert found.change == pytest.approx(0.6 * 4 / 4)
    assert found.p == pytest.approx(0.1240, abs=1e-4)


@pytest.mark.parametrize(("rise", "steady"), [(0.0, True), (0.02, True), (0.1, False), (-0.1, False)])
def test_a_drift_of_more_than_two_percent_is_not_steady(rise: float, steady: bool) -> None:  # noqa: FBT001
    assert is_steady((1 + rise * np.linspace(0, 1, 20)) * (1 + NOISE / 10)) is steady


def test_two_rounds_count_as_steady() -> None:
    assert is_steady(np.array([1.0, 2.0]))
