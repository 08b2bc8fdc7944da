"""Coverage of the intervals of percentiles, in each profile's own numbers of blocks and requests, with stalls.

Requests that wait in one stall are not independent. A percentile above which too few independent requests lie has no
number; where that is mostly so, a lucky run has one nevertheless. So there are two checks. Where a percentile mostly
has a number, 95 % of the intervals contain the truth. Elsewhere few of all runs have a wrong interval. Blocks that are
unlike only in their speed must not cost a number: then nearly all runs have one, and at least 93 % contain the truth.
The negative control takes the interval of the blocks' own percentiles, and must miss the truth too often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.intervals import CONFIDENCE, log_t_interval
from harness.analysis.percentiles import percentile
from harness.manifest import load_profiles
from harness.metrics.names import Quantile
from harness.metrics.words import percentile as in_words
from harness.selftest.checks import Check, at_least
from harness.selftest.simulated_latencies import (
    StalledLoad,
    draw,
    pool_of,
    quantiles_of_blocks_s,
    true_quantiles_s,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.model import Profile

RUNS = 1_000
LIMIT = 0.02
QUANTILES = (Quantile.P50, Quantile.P99, Quantile.P999)
_MOSTLY = 0.85  # share of runs that have a number
# Machines on which whole blocks differ: the spread of durations within a block, and of the blocks.
_UNLIKE = ((0.25, 0.10), (0.25, 0.20), (0.05, 0.10), (0.05, 0.20))
_NEARLY_ALL = 0.98  # share of such runs that must have a number
_CHUNK = 20
_MANY_BLOCKS = 20
_CLOSED_PER_S = {"quick": 5_000, "full": 20_000}
_CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Cell:
    """One design of the simulation.

    Attributes:
        title: The load, in words.
        blocks: The numbers of blocks of its runs.
        load: The load of a block.
        unlike: Whether blocks are unlike only in their speed: then a percentile must have a number.
    """

    title: str
    blocks: tuple[int, ...]
    load: StalledLoad
    unlike: bool = False


def cells() -> tuple[Cell, ...]:
    """Return open load with rare stalls and with frequent ones, and closed load, each in quick and in full."""
    profiles = load_profiles()
    return tuple(
        cell
        for name in _CLOSED_PER_S
        for cell in _cells(profiles[name], tuple(dict.fromkeys((_least(profiles[name]), *_more(profiles[name])))))
    )


def _least(profile: Profile) -> int:
    return profile.least_blocks or profile.blocks


def _more(profile: Profile) -> tuple[int, ...]:
    return (_MANY_BLOCKS,) if profile.least_blocks else ()


def _cells(profile: Profile, blocks: tuple[int, ...]) -> Iterator[Cell]:
    per_s, open_s = max(profile.open_rates_per_s), profile.open_rounds * (profile.open_slice_s - profile.open_discard_s)
    requests = round(per_s * open_s)
    at_a_rate = f"{profile.name}, {requests:,} at a rate"
    if profile.least_blocks is None:  # a stall or two in a whole run: no method finds those that it does not have
        yield Cell(f"{at_a_rate}, no stalls", blocks, StalledLoad(requests, 0.0, 10.0, per_s / 1e3))
    else:
        rare = StalledLoad(requests, 0.5 * open_s, 10.0, per_s / 1e3)
        yield Cell(f"{at_a_rate}, a stall of 10 ms every 2 s", blocks, rare)
        yield Cell(
            f"{at_a_rate}, 3 stalls of 3 ms a second", blocks, StalledLoad(requests, 3 * open_s, 3.0, per_s / 1e3)
        )
    closed_s = profile.headline_s or profile.level_s
    requests = round(_CLOSED_PER_S[profile.name] * closed_s)
    closed = StalledLoad(requests, 0.5 * closed_s, 10.0, connections=_CONNECTIONS)
    over = f"{profile.name}, {requests:,} over 32 connections"
    yield Cell(f"{over}, a stall of 10 ms every 2 s", blocks, closed)
    for spread, block_spread in _UNLIKE:
        unlike = StalledLoad(requests, 0.0, 10.0, connections=_CONNECTIONS, block_spread=block_spread, spread=spread)
        how = f"durations within {spread:.0%}, blocks that differ by {block_spread:.0%}"
        yield Cell(f"{over}, no stalls, {how}", blocks[:1], unlike, unlike=True)


def judge(of_cells: Sequence[Cell], seed: int, runs: int = RUNS) -> tuple[Check, ...]:
    """Check the intervals of every cell and percentile, and that the negative control misses the truth."""
    random = np.random.default_rng(seed)
    checks: list[Check] = []
    missed = 0.0
    for cell in of_cells:
        truths_s = true_quantiles_s(random, cell.load, [quantile.share for quantile in QUANTILES])
        for blocks in cell.blocks:
            drawn = [_one_run(counts, truths_s) for counts in _runs(random, runs, blocks, cell.load)]
            for place, quantile in enumerate(QUANTILES):
                title = f"{blocks} blocks, {cell.title}, {in_words(quantile)}"
                contains = [of_run[0][place] for of_run in drawn]
                checks += _of_unlike(title, contains) if cell.unlike else [_check(title, contains)]
            missed = max(missed, float(np.mean([of_run[1] for of_run in drawn])))
    control = "negative control that takes the blocks' own p99.9: misses the truth in the worst cell"
    return (*checks, at_least(control, 2 * (1 - CONFIDENCE), missed))


def _runs(random: np.random.Generator, runs: int, blocks: int, load: StalledLoad) -> Iterator[np.ndarray]:
    for start in range(0, runs, _CHUNK):
        yield from draw(random, min(_CHUNK, runs - start), blocks, load)


def _one_run(counts: np.ndarray, truths_s: Sequence[float]) -> tuple[list[bool | None], bool]:
    """Return whether each percentile contains the truth, None without a number, and whether the control misses it."""
    pool = pool_of(counts)
    found = [percentile(pool, quantile) for quantile in QUANTILES]
    contains = [
        None if isinstance(one, str) else one.interval.low <= truth_s <= one.interval.high
        for one, truth_s in zip(found, truths_s, strict=True)
    ]
    own = log_t_interval(quantiles_of_blocks_s(pool, QUANTILES[-1].share))
    return contains, not own.low <= truths_s[-1] <= own.high


def _check(title: str, contains: Sequence[bool | None]) -> Check:
    with_number = [one for one in contains if one is not None]
    if len(with_number) >= _MOSTLY * len(contains):
        return Check(f"{title}: contains the truth", CONFIDENCE, float(np.mean(with_number)), LIMIT)
    wrong = with_number.count(False) / len(contains)
    title = f"{title}, a number in {len(with_number) / len(contains):.0%} of the runs: wrong in so many of all"
    return Check(title, 0.0, wrong, 1 - CONFIDENCE + LIMIT)


def _of_unlike(title: str, contains: Sequence[bool | None]) -> list[Check]:
    with_number = [one for one in contains if one is not None]
    covered = float(np.mean(with_number)) if with_number else 0.0
    return [
        at_least(f"{title}: has a number", _NEARLY_ALL, len(with_number) / len(contains)),
        at_least(f"{title}: contains the truth", CONFIDENCE - LIMIT, covered),
    ]
