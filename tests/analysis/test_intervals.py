"""Intervals, checked with hand-computed ones and with the truth in simulated trials."""

import math
import random
import statistics
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.analysis.intervals import (
    CONFIDENCE,
    LEAST_TRIALS,
    Interval,
    Moments,
    log_t_interval,
    mean_interval,
    moments,
    standard_error,
    t_interval,
)

# The 97.5 % points of Student's t, from a printed table, by degrees of freedom.
T_TABLE = {1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 9: 2.2622, 19: 2.0930}

values_of_trials = st.lists(st.floats(1e-6, 1e9), min_size=LEAST_TRIALS, max_size=12)


def exp_of(logs: Sequence[float]) -> list[float]:
    return [math.exp(log) for log in logs]


@pytest.mark.parametrize(
    ("logs", "center", "standard_error"),
    [
        ([-1, 1], 0, 1),  # standard deviation sqrt(2), over sqrt(2)
        ([-1, 0, 1], 0, 1 / math.sqrt(3)),
        ([2, 3, 4], 3, 1 / math.sqrt(3)),
        ([1, 2, 3, 4], 2.5, math.sqrt(5 / 12)),  # squares 5, over 3, over 4
        ([1, 2, 3, 4, 5], 3, math.sqrt(1 / 2)),  # squares 10, over 4, over 5
        (range(10), 4.5, math.sqrt(82.5 / 90)),
        ([-0.5, 0.5] * 10, 0, math.sqrt(5 / 380)),
    ],
)
def test_the_interval_is_students_t_on_the_logarithm(
    logs: Sequence[float], center: float, standard_error: float
) -> None:
    interval = log_t_interval(exp_of(logs))
    half = T_TABLE[len(logs) - 1] * standard_error
    assert interval.estimate == pytest.approx(math.exp(center))
    assert math.log(interval.low) == pytest.approx(center - half, abs=2e-4)
    assert math.log(interval.high) == pytest.approx(center + half, abs=2e-4)


def test_another_confidence_uses_another_quantile_of_t() -> None:
    interval = log_t_interval(exp_of([-1, 0, 1]), confidence=0.90)
    assert math.log(interval.high) == pytest.approx(2.9200 / math.sqrt(3), abs=1e-4)
    assert CONFIDENCE == 0.95


def test_the_estimate_is_the_geometric_mean() -> None:
    assert log_t_interval([100.0, 400.0]).estimate == pytest.approx(200.0)
    assert log_t_interval([1.0, 10.0, 100.0]).estimate == pytest.approx(10.0)


def test_the_interval_of_equal_trials_has_no_width() -> None:
    interval = log_t_interval([6123.4] * 5)
    assert interval.low == interval.estimate == interval.high == pytest.approx(6123.4)


def test_the_half_width_is_a_share_of_the_estimate() -> None:
    assert Interval(6.0, 4.0, 9.0).half_width == pytest.approx(0.5)
    assert Interval(6.0, 6.0, 6.0).half_width == 0


@pytest.mark.parametrize("confidence", [0.90, 0.95])
def test_the_moments_of_an_interval_are_those_that_it_was_made_from(confidence: float) -> None:
    interval = log_t_interval(exp_of([1, 2, 3, 4, 5]), confidence)
    made_of = moments(interval, 5, confidence)
    assert (made_of.mean, made_of.error, made_of.freedom) == pytest.approx((3, math.sqrt(1 / 2), 4))
    again = t_interval(made_of, confidence)
    assert (again.estimate, again.low, again.high) == pytest.approx((interval.estimate, interval.low, interval.high))


def test_values_of_any_sign_have_a_mean_and_students_half_width() -> None:
    """The mean is 1, the standard deviation sqrt(16 / 3) = 2.3094, and t(3, 97.5 %) = 3.1824."""
    mean, half = mean_interval([-1.0, 3.0, 3.0, -1.0])
    assert mean == pytest.approx(1.0)
    assert half == pytest.approx(3.1824 * 2.3094 / 2, rel=1e-4)


def test_an_exact_number_has_no_error() -> None:
    assert moments(Interval(1.0, 1.0, 1.0), 1, 1.0) == Moments(0.0, 0.0, 1)


@given(values=values_of_trials)
def test_the_estimate_lies_inside_the_interval_and_all_limits_are_positive(values: list[float]) -> None:
    interval = log_t_interval(values)
    assert 0 < interval.low <= interval.estimate <= interval.high < math.inf
    assert min(values) * (1 - 1e-9) <= interval.estimate <= max(values) * (1 + 1e-9)


@given(values=values_of_trials, factor=st.floats(1e-3, 1e3))
def test_scaling_the_values_scales_the_interval(values: list[float], factor: float) -> None:
    before, after = log_t_interval(values), log_t_interval([value * factor for value in values])
    assert after.estimate == pytest.approx(before.estimate * factor)
    assert after.low == pytest.approx(before.low * factor, rel=1e-4)
    assert after.high == pytest.approx(before.high * factor, rel=1e-4)


@given(values=values_of_trials)
def test_the_interval_of_inverse_values_is_the_inverse_interval(values: list[float]) -> None:
    interval, inverse = log_t_interval(values), log_t_interval([1 / value for value in values])
    assert inverse.estimate == pytest.approx(1 / interval.estimate)
    assert inverse.low == pytest.approx(1 / interval.high, rel=1e-4)
    assert inverse.high == pytest.approx(1 / interval.low, rel=1e-4)


@given(values=values_of_trials, order=st.randoms(use_true_random=False))
def test_the_order_of_trials_does_not_matter(values: list[float], order: random.Random) -> None:
    shuffled = list(values)
    order.shuffle(shuffled)
    interval, same = log_t_interval(values), log_t_interval(shuffled)
    assert (same.estimate, same.low, same.high) == pytest.approx((interval.estimate, interval.low, interval.high))


@pytest.mark.parametrize("values", [[], [6123.4]])
def test_one_trial_has_no_interval(values: list[float]) -> None:
    with pytest.raises(ValueError, match=f"{len(values)} values, but an interval needs 2"):
        log_t_interval(values)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_a_value_without_a_finite_logarithm_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not positive and finite"):
        log_t_interval([1.0, value, 2.0])


def coverage(interval_of: Callable[[Sequence[float]], Interval], trials: int, repetitions: int = 2_000) -> float:
    """Return the share of intervals that contain the truth, for runs with lognormal trials around it."""
    truth, spread = 6_000.0, 0.1
    drawn = np.random.default_rng(20260131 + trials).lognormal(math.log(truth), spread, (repetitions, trials))
    intervals = [interval_of(values.tolist()) for values in drawn]
    return sum(one.low <= truth <= one.high for one in intervals) / repetitions


@pytest.mark.parametrize("trials", [5, 10, 20])
def test_95_percent_of_the_intervals_contain_the_truth(trials: int) -> None:
    assert 0.93 <= coverage(log_t_interval, trials) <= 0.97


def test_the_simulation_finds_an_interval_that_ignores_the_number_of_trials() -> None:
    def normal_interval(values: Sequence[float]) -> Interval:
        logs = np.log(values)
        center, half = logs.mean(), stats.norm.ppf(0.975) * stats.sem(logs)
        return Interval(math.exp(center), math.exp(center - half), math.exp(center + half))

    assert coverage(normal_interval, 5) < 0.90


@given(values=values_of_trials)
def test_the_standard_error_is_that_of_exact_fractions(values: list[float]) -> None:
    exact = statistics.stdev(values) / math.sqrt(len(values))
    assert standard_error(values) == pytest.approx(exact, rel=1e-9, abs=1e-15 * max(values))


@given(value=st.floats(1e-6, 1e9), count=st.integers(LEAST_TRIALS, 30))
def test_the_standard_error_of_equal_values_is_exactly_0(value: float, count: int) -> None:
    assert standard_error([value] * count) == 0
