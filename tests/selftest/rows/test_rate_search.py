"""The row fails for a search with a wrong rate or without one, and for a negative control with a correct rate."""

from dataclasses import replace

import numpy as np
import pytest

from harness.measure.search import Ending, Found
from harness.selftest.rows import rate_search
from harness.selftest.rows.queue import lindley
from harness.selftest.rows.rate_search import BLIND, REPETITIONS, SERVICE_S, TERMS, judge, response_s, searches
from tests.selftest.made import broken

CORRECT = Found(Ending.CONFIRMED, 99.0, 101.0, 20)
WRONG = replace(CORRECT, level=40.0)
ALL_CORRECT = (CORRECT,) * REPETITIONS
BLIND_FOUND = (CORRECT, WRONG)


def test_the_vectorised_queue_equals_lindleys_recursion() -> None:
    gaps_s = np.random.default_rng(1).exponential(1 / 120, 999)
    due_s = np.concatenate([[0.0], np.cumsum(gaps_s)])
    assert response_s(120, 1000, np.random.default_rng(1)) == pytest.approx(lindley(due_s, SERVICE_S))


def test_the_p99_of_the_simulated_queue_at_the_true_rate_is_the_objective() -> None:
    """Half a million arrivals at 100/s have a p99 of 21.68 ms."""
    p99_s = np.quantile(response_s(100, 500_000, np.random.default_rng(1)), 0.99)
    assert p99_s == pytest.approx(rate_search.OBJECTIVE_S, rel=0.02)


@pytest.mark.program
def test_searches_find_the_true_rate_and_a_search_of_the_negative_control_does_not() -> None:
    assert all(95 <= (one.level or 0) <= 105 for one in searches(TERMS, 1, 5))
    assert any(not 90 <= (one.level or 0) <= 110 for one in searches(BLIND, 1, 20))


def test_rates_near_the_truth_pass() -> None:
    assert broken(judge(ALL_CORRECT, BLIND_FOUND)) == []


@pytest.mark.parametrize(("rate_per_s", "fails"), [(95.1, False), (94.9, True), (104.9, False), (105.1, True)])
def test_one_search_more_than_five_percent_off_fails(rate_per_s: float, *, fails: bool) -> None:
    found = (replace(CORRECT, level=rate_per_s), *ALL_CORRECT[1:])
    assert broken(judge(found, BLIND_FOUND)) == ["the worst rate found"] * fails


def test_a_search_without_a_rate_fails() -> None:
    found = (Found(Ending.OUT_OF_ATTEMPTS, None, None, 80), *ALL_CORRECT[1:])
    assert broken(judge(found, BLIND_FOUND)) == ["searches that ended with a rate"]


def test_a_wrong_objective_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_search, "OBJECTIVE_S", 0.025)
    assert "the worst rate found" in broken(judge(searches(TERMS, 1, 3), BLIND_FOUND))


def test_a_negative_control_with_correct_rates_fails() -> None:
    assert broken(judge(ALL_CORRECT, ALL_CORRECT)) == ["negative control: error of single attempts"]
