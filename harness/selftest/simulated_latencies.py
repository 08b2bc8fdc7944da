"""Simulated durations of one load with a known truth: blocks that differ, and stalls in which many requests wait.

The rows that test the statistics use them. Everything is drawn from the seed; nothing here is measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.percentiles import Pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_STEP = 0.002  # width of a bin, as a logarithm
_EDGES = np.arange(np.log(0.05), np.log(300.0), _STEP)  # logarithms of durations in ms
_VALUES_S = np.exp((_EDGES[:-1] + _EDGES[1:]) / 2) / 1e3
_NUMBER = 0.03  # standard deviation of the number of requests of a block, as a share
_CLUMPING = 4.0  # shape of the number of stalls of a block: its variance is mean + mean²/shape
_STALL_SPREAD = 0.5  # standard deviation of the length of stalls, as a logarithm
_TRUE_BLOCKS = 4_000
_REACH = 5.0  # standard deviations within which all blocks lie
_SPREAD = 0.25  # of lognormal durations without a stall, if nothing else is said
_EXPONENTIAL_MS = (0.2, 25.0)  # of exponential durations: shorter ones count as 0.2 ms, longer ones are very rare


@dataclass(frozen=True, slots=True)
class StalledLoad:
    """The load of one block, and its stalls.

    Attributes:
        requests: The number of requests of a block.
        stalls: The mean number of stalls of a block.
        stall_ms: The median length of a stall.
        waiting_per_ms: Requests that wait, per millisecond of a stall: the rate of open load.
        connections: Requests that wait in each stall, of closed load; None for open load.
        block_spread: Standard deviation of the effect of one block on all of its durations, as a logarithm.
        spread: Standard deviation of the logarithm of the durations within a block, without stalls: they are lognormal;
            None for exponential durations. Their median is 1 ms.
    """

    requests: int
    stalls: float
    stall_ms: float
    waiting_per_ms: float = 1.0
    connections: int | None = None
    block_spread: float = 0.04
    spread: float | None = _SPREAD


def draw(
    random: np.random.Generator,
    runs: int,
    blocks: int,
    load: StalledLoad,
    machine: NDArray[np.float64] | float = 0.0,
) -> NDArray[np.int64]:
    """Draw the durations of runs, as counts of bins: one row for each run, block and bin.

    Args:
        random: The source of random numbers.
        runs: The number of runs.
        blocks: The number of blocks of each.
        load: The load of each block.
        machine: The effect of the machine on each block, as a logarithm, of shape (runs, blocks): targets that are
            driven in the same blocks have it in common, beside their own effects of blocks.
    """
    rows = runs * blocks
    shift = load.block_spread * random.standard_normal(rows) + np.ravel(machine)
    row, durations_ms = _waiting(random, shift, load)
    counts = np.zeros((rows, len(_VALUES_S)), dtype=np.int64)
    places = np.clip(((np.log(durations_ms) - _EDGES[0]) / _STEP).astype(int), 0, len(_VALUES_S) - 1)
    np.add.at(counts, (row, places), 1)
    requests = np.rint(load.requests * np.exp(_NUMBER * random.standard_normal(rows))).astype(int)
    others = np.maximum(requests - np.bincount(row, minlength=rows), 0)
    bins, shares = _without_stalls(load.spread)
    first = bins[0] + np.rint(shift / _STEP).astype(int)
    for of_row, start, of_bins in zip(counts, first, random.multinomial(others, shares), strict=True):
        of_row[start : start + len(bins)] += of_bins
    return counts.reshape(runs, blocks, -1)


@cache
def _without_stalls(spread: float | None) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the bins of requests that do not wait in a block of usual speed, and the share of requests in each."""
    if spread is None:
        shortest, longest = np.log(_EXPONENTIAL_MS)
        bins = np.flatnonzero((_EDGES[:-1] > shortest) & (_EDGES[:-1] < longest))
        below = 1 - 0.5 ** np.exp(_EDGES[[*bins, bins[-1] + 1]])
        below[0] = 0.0
    else:
        bins = np.flatnonzero(np.abs(_EDGES[:-1]) < 4 * spread)
        below = np.array([NormalDist(0, spread).cdf(edge) for edge in _EDGES[[*bins, bins[-1] + 1]]])
    return bins, np.diff(below) / (below[-1] - below[0])


def _waiting(
    random: np.random.Generator, shift: NDArray[np.float64], load: StalledLoad
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Draw the requests that wait for the end of a stall: their blocks and their durations in ms."""
    stalls = random.poisson(load.stalls * random.gamma(_CLUMPING, 1 / _CLUMPING, len(shift)))
    of_block = np.repeat(np.arange(len(shift)), stalls)
    length_ms = load.stall_ms * np.exp(_STALL_SPREAD * random.standard_normal(len(of_block)))
    if load.connections is None:
        waiting = random.poisson(load.waiting_per_ms * length_ms)
        share = random.random(waiting.sum())
    else:
        waiting = np.full(len(of_block), load.connections)
        share = random.uniform(0.9, 1.1, waiting.sum())
    row, waited_ms = np.repeat(of_block, waiting), share * np.repeat(length_ms, waiting)
    bins, shares = _without_stalls(load.spread)
    served = _EDGES[random.choice(bins, len(row), p=shares)]
    return row, waited_ms + np.exp(shift[row] + served)


def pool_of(counts: NDArray[np.int64]) -> Pool:
    """Return the pool of one run, from its counts: one row for each block."""
    used = np.flatnonzero(counts.any(axis=0))
    kept, values_s = counts[:, used], _VALUES_S[used]
    return Pool(tuple(range(len(counts))), values_s, kept, kept @ values_s)


def true_quantiles_s(random: np.random.Generator, load: StalledLoad, shares: Sequence[float]) -> list[float]:
    """Return quantiles of the durations of very many blocks: exact ones without stalls."""
    if not load.stalls:
        return _exact_quantiles_s(load, shares)
    pooled = np.sum([draw(random, _TRUE_BLOCKS // 100, 1, load).sum(axis=(0, 1)) for _ in range(100)], axis=0)
    cumulated = np.cumsum(pooled)
    return [float(one) for one in _VALUES_S[np.searchsorted(cumulated, np.multiply(shares, cumulated[-1]))]]


def _exact_quantiles_s(load: StalledLoad, shares: Sequence[float]) -> list[float]:
    bins, of_bins = _without_stalls(load.spread)
    reach = math.ceil(_REACH * load.block_spread / _STEP)
    normal = NormalDist(0, load.block_spread)
    of_blocks = np.diff([normal.cdf(edge) for edge in (np.arange(-reach, reach + 2) - 0.5) * _STEP])
    below = np.cumsum(np.convolve(of_bins, of_blocks))
    places = bins[0] - reach + np.searchsorted(below, np.multiply(shares, below[-1]))
    return [float(one) for one in _VALUES_S[places]]


def quantiles_of_blocks_s(of: Pool, share: float) -> list[float]:
    """Return the own quantile of each block of one run."""
    return [float(one) for one in of.values_s[(of.cumulated < share * of.cumulated[:, -1:]).sum(axis=1)]]
