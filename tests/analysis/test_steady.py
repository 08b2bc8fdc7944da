"""The end of the warm-up, and drift after it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from harness.analysis.steady import drift, power, steadiness, warm_up_cut
from harness.model import Steadiness

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


@pytest.mark.parametrize(
    ("rise", "found"),
    [
        (0.0, Steadiness.STEADY),
        (0.02, Steadiness.STEADY),
        (0.1, Steadiness.NOT_STEADY),
        (-0.1, Steadiness.NOT_STEADY),
    ],
)
def test_a_drift_of_more_than_two_percent_is_not_steady(rise: float, found: Steadiness) -> None:
    assert steadiness((1 + rise * np.linspace(0, 1, 20)) * (1 + NOISE / 10)) is found


@pytest.mark.parametrize("rates", [[], [1.0], [1.0, 2.0], [0.0] * 12])
def test_too_few_rounds_and_rounds_without_answers_are_not_testable(rates: list[float]) -> None:
    assert steadiness(np.array(rates)) is Steadiness.NOT_TESTABLE


@pytest.mark.parametrize(
    ("rounds", "noise", "testable"),
    [(4, 0.02, 0.0), (9, 0.05, 0.0), (25, 0.01, 1.0), (53, 0.01, 1.0), (25, 0.1, 0.0)],
)
def test_trials_in_which_a_drift_of_10_percent_would_not_show_are_not_testable(
    rounds: int, noise: float, testable: float
) -> None:
    random = np.random.default_rng(rounds)
    drawn = [steadiness(1 + noise * random.standard_normal(rounds)) for _ in range(300)]
    share = sum(one is not Steadiness.NOT_TESTABLE for one in drawn) / len(drawn)
    assert share == pytest.approx(testable, abs=0.1)


@pytest.mark.parametrize(("rounds", "noise"), [(9, 0.01), (14, 0.01), (20, 0.01), (25, 0.02), (25, 0.01), (53, 0.03)])
def test_no_more_drifting_trials_are_missed_than_the_power_says(rounds: int, noise: float) -> None:
    random = np.random.default_rng(rounds)
    drawn = 1 + 0.1 * np.linspace(0, 1, rounds) + noise * random.standard_normal((1000, rounds))
    found = np.mean([steadiness(trial) is Steadiness.NOT_STEADY for trial in drawn])
    assert found >= power(noise, rounds) - 0.03


def test_the_power_grows_with_rounds_and_falls_with_noise() -> None:
    assert power(0.01, 4) == 0.0  # two rounds are left
    assert power(0.0, 5) == 1.0
    assert power(0.01, 10) < power(0.01, 20) < power(0.01, 40)
    assert power(0.05, 20) < power(0.02, 20)


@given(noise=st.floats(1e-3, 10), rounds=st.integers(5, 200))
def test_the_power_is_that_of_the_noncentral_t_distribution(noise: float, rounds: int) -> None:
    left = rounds - rounds // 2
    limit = special.stdtrit(left - 2, 0.995)
    shift = 0.1 / (rounds - 1) / (noise / np.sqrt(left * (left**2 - 1) / 12))
    assert power(noise, rounds) == pytest.approx(float(stats.nct.sf(limit, left - 2, shift)), abs=1e-12)
