"""The row fails for response times that differ from those of the queue."""

import numpy as np
import pytest

from harness.load.arrivals import poisson
from harness.selftest.rows.queue import judge, lindley
from tests.selftest.made import broken, result

DUE_S = np.array(list(poisson(100, 20, seed=1))) / 1e9
PREDICTED_S = lindley(DUE_S, 0.005)


def test_lindleys_recursion_by_hand() -> None:
    assert lindley(np.array([0.0, 1.0, 2.0, 9.0, 9.5]), 3.0) == pytest.approx([3, 5, 7, 3, 5.5])
    assert lindley(np.array([]), 3.0).tolist() == []


def test_the_mean_response_time_at_half_load_is_that_of_pollaczek_and_khinchine() -> None:
    due_s = np.array(list(poisson(100, 3000, seed=2))) / 1e9
    assert lindley(due_s, 0.005).mean() == pytest.approx(0.0075, rel=0.02)  # S + rho S / 2 (1 - rho)


def measured(response_s: np.ndarray) -> list[str]:
    return broken(judge(PREDICTED_S, result(len(response_s), response=response_s)))


def test_the_predicted_times_pass_in_any_order() -> None:
    assert measured(PREDICTED_S + 60e-6) == []
    assert measured(np.random.default_rng(1).permutation(PREDICTED_S)) == []


def test_a_constant_error_fails_the_median_and_the_mean() -> None:
    assert measured(PREDICTED_S + 0.29e-3) == []
    assert measured(PREDICTED_S + 0.31e-3) == ["residual at p50", "residual of the mean"]


def test_an_error_in_the_tail_fails_p99() -> None:
    changed = np.sort(PREDICTED_S)
    changed[-30:] += 1.5e-3
    assert measured(changed) == ["residual at p99"]


def test_service_times_instead_of_response_times_fail() -> None:
    assert {"residual at p99", "residual of the mean"} <= set(measured(np.full(len(PREDICTED_S), 0.005)))


def test_a_missing_response_time_fails() -> None:
    assert "response times" in measured(PREDICTED_S[:-1])


def test_a_slice_without_response_times_fails() -> None:
    assert len(broken(judge(PREDICTED_S, result(1, response=None)))) == 4
