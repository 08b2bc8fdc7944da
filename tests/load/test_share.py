"""Load shares of a slice: together they are the slice, and each is a load of the same kind."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.load.arrivals import schedule
from harness.load.share import WHOLE_LOAD, LoadShare
from harness.model import Load, LoadKind


def shares_of(of: int) -> list[LoadShare]:
    return [LoadShare(index, of) for index in range(of)]


@given(total=st.integers(1, 10_000), of=st.integers(1, 64))
def test_all_connections_are_divided_evenly(total: int, of: int) -> None:
    shares = [share.connections(total) for share in shares_of(of)]
    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1
    assert shares == sorted(shares, reverse=True)


@given(total=st.integers(1, 500), of=st.integers(1, 9), seed=st.integers(0, 2**63))
def test_the_first_sends_of_all_shares_interleave_one_in_each_part_of_the_probability(
    total: int, of: int, seed: int
) -> None:
    shares = [share.starts_ns(total, (0.0, 3.0), seed) for share in shares_of(of)]
    assert [len(starts) for starts in shares] == [share.connections(total) for share in shares_of(of)]
    whole = WHOLE_LOAD.starts_ns(total, (0.0, 3.0), seed)
    for number in range(total):
        assert shares[number % of][number // of] == whole[number]
        assert number - 1e-6 <= whole[number] * total / 3e9 <= number + 1 + 1e-6


def test_first_sends_are_interpolated_between_the_quantiles() -> None:
    starts_s = np.array(WHOLE_LOAD.starts_ns(1000, (0.0, 0.1, 0.1, 0.9), 4)) / 1e9
    assert np.quantile(starts_s, [1 / 6, 1 / 3, 1 / 2, 2 / 3, 5 / 6]) == pytest.approx(
        [0.05, 0.1, 0.1, 0.1, 0.5], abs=3e-3
    )


def test_the_start_of_a_single_connection_follows_the_seed_and_has_the_whole_distribution() -> None:
    starts_s = [WHOLE_LOAD.starts_ns(1, (0.0, 1.0), seed)[0] / 1e9 for seed in range(2000)]
    assert stats.kstest(starts_s, stats.uniform.cdf).pvalue > 0.01
    assert WHOLE_LOAD.starts_ns(1, (0.0, 1.0), 7) == WHOLE_LOAD.starts_ns(1, (0.0, 1.0), 7)


def test_without_quantiles_all_connections_begin_at_once() -> None:
    assert WHOLE_LOAD.starts_ns(3, (), 1) == [0, 0, 0]
    assert LoadShare(1, 2).starts_ns(3, (), 1) == [0]


@given(
    kind=st.sampled_from([LoadKind.CONSTANT, LoadKind.POISSON]),
    rate_per_s=st.floats(1, 3000),
    seed=st.integers(0, 2**63),
    of=st.integers(1, 5),
)
def test_the_shares_of_a_schedule_together_are_exactly_the_schedule(
    kind: LoadKind, rate_per_s: float, seed: int, of: int
) -> None:
    load = Load(kind, 8, rate_per_s)
    shares = [list(schedule(load, 1.0, seed, share)) for share in shares_of(of)]
    assert all(share == sorted(share) for share in shares)
    assert list(heapq.merge(*shares)) == list(schedule(load, 1.0, seed))


def test_a_share_of_a_constant_rate_is_evenly_spaced() -> None:
    load = Load(LoadKind.CONSTANT, 8, 1000.0)
    due = [list(schedule(load, 0.01, 1, share)) for share in shares_of(3)]
    assert [[when // 1_000_000 for when in share] for share in due] == [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8]]


@pytest.mark.parametrize("share", shares_of(3))
def test_a_third_of_a_poisson_process_is_a_poisson_process_with_a_third_of_the_rate(share: LoadShare) -> None:
    due = np.array(list(schedule(Load(LoadKind.POISSON, 8, 3000.0), 20.0, 7, share)))
    assert abs(len(due) - 20_000) < 4 * 20_000**0.5
    gaps_s = np.diff(due) / 1e9
    assert stats.kstest(gaps_s, stats.expon(scale=1 / 1000).cdf).pvalue > 0.01


def test_the_shares_of_a_poisson_process_are_not_correlated() -> None:
    load = Load(LoadKind.POISSON, 8, 4000.0)
    one, two = (
        np.histogram(list(schedule(load, 20.0, 3, share)), bins=2000, range=(0, 20e9))[0] for share in shares_of(2)
    )
    assert abs(np.corrcoef(one, two)[0, 1]) < 4 / 2000**0.5


def test_a_single_share_is_the_whole_load() -> None:
    load = Load(LoadKind.POISSON, 8, 1000.0)
    assert list(schedule(load, 1.0, 5, LoadShare(0, 1))) == list(schedule(load, 1.0, 5))
    assert WHOLE_LOAD.connections(7) == 7


@pytest.mark.parametrize(("index", "of"), [(1, 1), (-1, 2), (0, 0)])
def test_an_impossible_share_is_refused(index: int, of: int) -> None:
    with pytest.raises(ValueError, match="share"):
        LoadShare(index, of)
