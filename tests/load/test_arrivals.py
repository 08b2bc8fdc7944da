from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.load.arrivals import constant, poisson, schedule
from harness.model import Load, LoadKind


def test_constant_arrivals_are_evenly_spaced_from_zero() -> None:
    assert list(constant(4, 1.0)) == [0, 250_000_000, 500_000_000, 750_000_000]


def test_due_times_of_any_constant_rate_are_exact_to_half_a_nanosecond() -> None:
    due = list(constant(3, 1000.0))
    assert len(due) == 3000
    assert due[2999] == round(2999 * 1e9 / 3)


@pytest.mark.parametrize(
    ("rate_per_s", "duration_s", "count"), [(1000, 2, 2000), (10, 0.3, 3), (10, 0.31, 4), (1, 0.5, 1)]
)
def test_constant_arrivals_fill_exactly_the_duration(rate_per_s: float, duration_s: float, count: int) -> None:
    due = list(constant(rate_per_s, duration_s))
    assert len(due) == count
    assert due[-1] < duration_s * 1e9


@given(st.floats(1, 5000), st.floats(0.01, 2), st.integers(0, 1 << 32))
def test_poisson_arrivals_ascend_within_the_duration_and_repeat_with_the_seed(
    rate_per_s: float, duration_s: float, seed: int
) -> None:
    due = list(poisson(rate_per_s, duration_s, seed))
    assert due == sorted(due) == list(poisson(rate_per_s, duration_s, seed))
    assert not due or 0 <= due[0] <= due[-1] < round(duration_s * 1e9)
    assert all(type(due_ns) is int for due_ns in due)


def test_poisson_gaps_are_exponential() -> None:
    gaps = [np.diff(list(poisson(1000, 2, seed))) / 1e9 for seed in range(200)]
    rejected = sum(stats.kstest(some, "expon", args=(0, 1 / 1000)).pvalue < 0.05 for some in gaps)
    assert 2 <= rejected <= 20  # a true null hypothesis is rejected in 1 of 20 cases


def test_different_seeds_give_different_arrivals() -> None:
    assert list(poisson(100, 1, 1)) != list(poisson(100, 1, 2))


def test_poisson_counts_have_the_mean_and_variance_of_their_rate() -> None:
    counts = [len(list(poisson(1000, 1, seed))) for seed in range(2000)]
    assert np.mean(counts) == pytest.approx(1000, rel=0.01)
    assert np.var(counts) == pytest.approx(1000, rel=0.1)


def test_a_schedule_has_the_kind_and_rate_of_its_load() -> None:
    steady, random = Load(LoadKind.CONSTANT, 8, 50), Load(LoadKind.POISSON, 8, 50)
    assert list(schedule(steady, 2, 1)) == list(constant(50, 2))
    assert list(schedule(random, 2, 1)) == list(poisson(50, 2, 1))


def test_closed_load_has_no_schedule() -> None:
    with pytest.raises(ValueError, match="no schedule"):
        schedule(Load(LoadKind.CLOSED, 8), 2, 1)
