"""Exponential gaps pass, and others fail."""

import numpy as np
import pytest

from harness.analysis.exponential import exponential_distance
from harness.load.arrivals import constant, poisson


def test_exponential_gaps_fail_in_one_sample_of_a_hundred() -> None:
    random = np.random.default_rng(5)
    distances = np.array([exponential_distance(random.exponential(0.005, 300)) for _ in range(1000)])
    assert 3 <= np.count_nonzero(distances > 1) <= 20


def test_the_unit_of_gaps_does_not_matter() -> None:
    gaps_s = np.random.default_rng(1).exponential(0.005, 300)
    assert exponential_distance(gaps_s) == pytest.approx(exponential_distance(gaps_s * 1e3))


def test_the_distance_equals_a_hand_computed_one() -> None:
    # gaps 1 and 3, mean 2, F = 1 - exp(-x/2): A² = -2 - ½[ln F1 + ln(1-F2) + 3 ln F2 + 3 ln(1-F1)] = 0.3451
    assert exponential_distance(np.array([1.0, 3.0])) == pytest.approx(0.34510 * 1.3 / 1.957, rel=1e-3)


@pytest.mark.parametrize("rate_per_s", [200, 5000])
def test_planned_poisson_arrivals_pass_and_constant_arrivals_fail(rate_per_s: float) -> None:
    assert exponential_distance(np.diff(list(poisson(rate_per_s, 20, seed=1))) / 1e9) < 1
    assert exponential_distance(np.diff(list(constant(rate_per_s, 20))) / 1e9) > 100


def test_gaps_with_a_minimum_fail() -> None:
    gaps_s = np.random.default_rng(2).exponential(0.005, 4000)
    assert exponential_distance(np.maximum(gaps_s, 0.0005)) > 1
