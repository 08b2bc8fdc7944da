"""Degrees of freedom of few trials, and the limit at which clean trials are enough."""

from __future__ import annotations

import math

import pytest

from harness.analysis.intervals import (
    Interval,
    Moments,
    enough_clean,
    log_t_interval,
    mean_interval,
    moments,
    t_interval,
)

T_1, T_2 = 12.7062, 4.3027  # the 97.5 % points of Student's t with 1 and 2 degrees of freedom, from a printed table
T_2_OF_90 = 2.9200  # its 95 % point


@pytest.mark.parametrize(
    ("clean", "total", "enough"),
    [
        (2, 2, True),
        (2, 4, True),
        (2, 5, False),
        (3, 6, True),
        (3, 7, False),
        (1, 1, False),
        (1, 2, False),
        (0, 0, False),
    ],
)
def test_two_clean_trials_are_enough_if_they_are_half_of_all(clean: int, total: int, *, enough: bool) -> None:
    assert enough_clean(clean, total) is enough


@pytest.mark.parametrize(("trials", "freedom"), [(0, 1), (1, 1), (2, 1), (3, 2), (10, 9)])
def test_trials_have_one_degree_of_freedom_less_and_at_least_one(trials: int, freedom: int) -> None:
    assert moments(Interval(2.0, 1.0, 4.0), trials).freedom == freedom
    assert moments(Interval(2.0, 2.0, 2.0), trials) == Moments(math.log(2.0), 0.0, freedom)


def test_the_error_is_the_half_width_over_students_quantile() -> None:
    assert moments(Interval(2.0, 1.0, 4.0), 2).error == pytest.approx(math.log(2) / T_1, rel=1e-4)
    assert moments(Interval(2.0, 1.0, 4.0), 3).error == pytest.approx(math.log(2) / T_2, rel=1e-4)
    assert moments(Interval(2.0, 1.0, 4.0), 3, 0.9).error == pytest.approx(math.log(2) / T_2_OF_90, rel=1e-4)


def test_the_width_of_an_interval_depends_on_the_confidence() -> None:
    values = [math.exp(log) for log in (0.9, 1.0, 1.1)]
    assert math.log(log_t_interval(values).high) == pytest.approx(1 + T_2 * 0.1 / math.sqrt(3), rel=1e-4)
    assert math.log(log_t_interval(values, 0.9).high) == pytest.approx(1 + T_2_OF_90 * 0.1 / math.sqrt(3), rel=1e-4)


def test_values_of_any_sign_have_a_mean_and_a_half_width() -> None:
    mean, half = mean_interval([-1.0, 1.0, 3.0])
    assert (mean, half) == pytest.approx((1.0, T_2 * 2 / math.sqrt(3)), rel=1e-4)
    assert mean_interval([-1.0, 1.0, 3.0], 0.9)[1] == pytest.approx(T_2_OF_90 * 2 / math.sqrt(3), rel=1e-4)


def test_the_half_width_is_a_share_of_the_estimate() -> None:
    assert Interval(2.0, 1.0, 4.0).half_width == pytest.approx(1.0)
    assert Interval(2.0, 2.0, 2.0).half_width == 0.0


def test_ends_beyond_the_range_of_floats_are_infinite_and_zero() -> None:
    assert t_interval(Moments(0.0, 1e3, 1)) == Interval(1.0, 0.0, math.inf)
