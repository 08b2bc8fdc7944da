"""Exact probabilities, and claims exactly at their limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.analysis.comparison import _all_signs, _drawn_signs, _drawn_sums, adjust_headlines, holm, sign_flip_p
from harness.analysis.intervals import CONFIDENCE
from harness.model import BetweenRuns, Difference
from tests.trials import GIN

AS_MANY = 2**14
LOGS = [0.9, -0.4, 1.3, 0.2, -1.1, 0.7, 0.5, -0.3, 1.9, 0.1, -0.8, 0.6, 1.2, -0.2, 0.4, 0.8]


def a_claim(p: float) -> BetweenRuns:
    return BetweenRuns(GIN, "memory.loaded", None, "b", "a", 1.1, 1.05, 1.15, p, Difference.HIGHER, ("before",))


@pytest.mark.parametrize("count", [1, 2, 13, 14])
def test_up_to_14_signs_all_patterns_are_listed(count: int) -> None:
    signs = _all_signs(count)
    assert signs.shape == (2**count, count)
    assert set(signs.ravel().tolist()) == {-1.0, 1.0}
    assert len({tuple(row) for row in signs.tolist()}) == 2**count


@pytest.mark.parametrize("count", [15, 16, 17, 30])
def test_the_sums_of_drawn_patterns_are_those_of_the_matrix_of_their_signs(count: int) -> None:
    drawn = np.random.default_rng(0).integers(0, 2, (AS_MANY, count))
    values = np.random.default_rng(count).normal(size=count)
    assert _drawn_sums(values) == pytest.approx(np.where(drawn, -1.0, 1.0) @ values, abs=1e-12)
    assert _drawn_signs(count).nbytes == AS_MANY * math.ceil(count / 8)


def test_the_observed_pattern_counts_as_one_of_the_drawn_patterns() -> None:
    assert sign_flip_p([1.5] * 20) == 1 / (AS_MANY + 1)


def test_drawn_patterns_do_not_change_between_versions() -> None:
    """The exact probability of these sixteen is 0.0996."""
    assert sign_flip_p([math.exp(log) for log in LOGS]) == 1632 / (AS_MANY + 1)


def test_a_claim_with_a_probability_of_exactly_5_percent_is_taken_back() -> None:
    limit = 1 - CONFIDENCE
    [at] = adjust_headlines([a_claim(limit)], {0: limit})
    [below] = adjust_headlines([a_claim(limit)], {0: math.nextafter(limit, 0)})
    assert (at.verdict, below.verdict) == (Difference.NO_DIFFERENCE_SHOWN, Difference.HIGHER)
    assert at.warnings == ("before", "may be chance: one of 1 headline comparisons (Holm's p is 0.05)")
    assert below.warnings == ("before",)


def test_only_the_headlines_are_adjusted_each_at_its_place() -> None:
    found = adjust_headlines([a_claim(0.01), a_claim(0.04), a_claim(0.01)], {1: 0.04, 2: 0.01})
    assert [one.p_holm for one in found] == [None, pytest.approx(0.04), pytest.approx(0.02)]
    assert [one.verdict for one in found] == [Difference.HIGHER] * 3


def test_an_adjusted_probability_is_at_most_one() -> None:
    assert holm((0.9, 0.3, 0.5)) == pytest.approx((1.0, 0.9, 1.0))
