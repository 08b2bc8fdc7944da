"""Coverage of the intervals of ratios of percentiles, where whole blocks differ in speed or few stalls decide.

Both targets are driven in the same blocks: the speed of the machine is common to both, and one start of a target
changes its own block by 3 %. Their durations within a block may be of unlike shape, and one of them may have stalls.
The negative control takes Student's t of the ratios of the blocks' own percentiles, and must miss the truth too often.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.comparison import ratio_interval
from harness.analysis.intervals import CONFIDENCE
from harness.analysis.latencies import Estimator
from harness.analysis.percentiles import Pooled
from harness.metrics.names import Quantile
from harness.metrics.words import percentile as in_words
from harness.selftest.checks import Check, at_least
from harness.selftest.simulated_latencies import StalledLoad, draw, pool_of, quantiles_of_blocks_s, true_quantiles_s

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.analysis.intervals import Interval
    from harness.analysis.percentiles import Pool

RUNS = 500
LIMIT = 0.02
QUANTILES = (Quantile.P50, Quantile.P99, Quantile.P999)
START = 0.03  # spread of the starts of a target, a part of the spread of its blocks
_ALIKE, _UNLIKE = 0.04, 0.20
_MOSTLY = 0.85  # share of runs that have a number
_CHUNK = 10


@dataclass(frozen=True, slots=True)
class RatioCell:
    """One design of the simulation.

    Attributes:
        title: The loads, in words.
        blocks: The number of blocks of its runs.
        spread: The spread of the blocks, of the machine and of the start together.
        loads: The load of a block of the subject, and that of the reference.
    """

    title: str
    blocks: int
    spread: float
    loads: tuple[StalledLoad, StalledLoad]

    def draw(self, random: np.random.Generator, runs: int) -> Iterator[tuple[Pool, Pool]]:
        """Draw the durations of both targets in several runs."""
        own = [replace(load, block_spread=START) for load in self.loads]
        for start in range(0, runs, _CHUNK):
            count = min(_CHUNK, runs - start)
            machine = math.sqrt(self.spread**2 - START**2) * random.standard_normal((count, self.blocks))
            subject, reference = (draw(random, count, self.blocks, load, machine) for load in own)
            yield from ((pool_of(one), pool_of(other)) for one, other in zip(subject, reference, strict=True))

    def truths(self, random: np.random.Generator) -> list[float]:
        """Return the true ratio of each percentile."""
        shares = [quantile.share for quantile in QUANTILES]
        of_both = [true_quantiles_s(random, replace(load, block_spread=self.spread), shares) for load in self.loads]
        return [one / other for one, other in zip(*of_both, strict=True)]


def ratio_cells() -> tuple[RatioCell, ...]:
    """Return cells of unlike shapes with unlike blocks, and of frequent stalls, in the profiles' numbers of blocks."""
    narrow, usual, wide = (StalledLoad(10_000, 0.0, 10.0, spread=spread) for spread in (0.05, 0.25, None))
    calm, stalled = (StalledLoad(2_100, stalls * 2.1, 3.0) for stalls in (0.0, 3.0))
    return (
        *(
            RatioCell("durations within 5 % over 25 %, blocks that differ by 20 %", blocks, _UNLIKE, (narrow, usual))
            for blocks in (6, 10, 20)
        ),
        RatioCell("durations within 25 % of both, blocks that differ by 20 %", 6, _UNLIKE, (usual, usual)),
        RatioCell("exponential durations over 25 %, blocks that differ by 20 %", 10, _UNLIKE, (wide, usual)),
        RatioCell("3 stalls of 3 ms a second of both", 20, _ALIKE, (stalled, stalled)),
        RatioCell("3 stalls of 3 ms a second over none", 20, _ALIKE, (stalled, calm)),
    )


def ratio_of(pools: tuple[Pool, Pool], quantile: Quantile) -> Interval | None:
    """Return the ratio of a percentile of two targets, as a report has it; None if one of both has no number."""
    estimators = [Estimator.of(pool, quantile) for pool in pools]
    found = [one.over() for one in estimators]
    values = [list(one.by_block.values()) for one in found if isinstance(one, Pooled)]
    if len(values) < len(found):
        return None
    return estimators[0].ratio(estimators[1], pools[0].blocks) or ratio_interval(*values)


def judge(of_cells: Sequence[RatioCell], seed: int, runs: int = RUNS) -> tuple[Check, ...]:
    """Check the intervals of every cell and percentile, and that the negative control misses the truth."""
    random = np.random.default_rng(seed)
    checks: list[Check] = []
    missed = 0.0
    for cell in of_cells:
        truths = cell.truths(random)
        drawn = [_one_run(pools, truths) for pools in cell.draw(random, runs)]
        for place, quantile in enumerate(QUANTILES):
            contains = [of_run[place][0] for of_run in drawn]
            checks.append(_check(f"{cell.blocks} blocks, {cell.title}, ratio of the {in_words(quantile)}", contains))
            missed = max(missed, float(np.mean([of_run[place][1] for of_run in drawn])))
    control = "negative control that takes the ratio of the blocks' own percentiles: misses the truth in the worst cell"
    return (*checks, at_least(control, 2 * (1 - CONFIDENCE), missed))


def _check(title: str, contains: Sequence[bool | None]) -> Check:
    with_number = [one for one in contains if one is not None]
    if len(with_number) >= _MOSTLY * len(contains):
        return at_least(f"{title}: contains the truth", CONFIDENCE - LIMIT, float(np.mean(with_number)))
    wrong = with_number.count(False) / len(contains)
    title = f"{title}, a number in {len(with_number) / len(contains):.0%} of the runs: wrong in so many of all"
    return Check(title, 0.0, wrong, 1 - CONFIDENCE + LIMIT)


def _one_run(pools: tuple[Pool, Pool], truths: Sequence[float]) -> list[tuple[bool | None, bool]]:
    """Return whether each ratio contains the truth, None without a number, and whether the control misses it."""
    found = []
    for quantile, truth in zip(QUANTILES, truths, strict=True):
        interval, own = ratio_of(pools, quantile), _of_own(pools, quantile)
        contains = None if interval is None else interval.low <= truth <= interval.high
        found.append((contains, not own.low <= truth <= own.high))
    return found


def _of_own(pools: tuple[Pool, Pool], quantile: Quantile) -> Interval:
    return ratio_interval(*(quantiles_of_blocks_s(pool, quantile.share) for pool in pools))
