"""Measure how often the intervals of percentiles contain the truth where whole blocks differ in speed, by simulation.

    .venv/bin/python benchmarks/percentiles.py [--json] [--runs 400] [--seed 1] [--requests 5000] [--blocks 6,10,20]

Each cell has a spread of the durations within a block and a spread of the blocks. In each run two targets are driven in
the same blocks: the speed of the machine is common to both, and one start of a target changes its own block by 3 %. The
second target has durations like the first one, or (a row "over 25 %") lognormal durations of 25 %. The truth is the
percentile of very many blocks. The table shows the share of the intervals of the first target that contain it, with the
median of the upper over the lower limit; then the same for the ratio of the two targets, paired by block. A share of
runs with a number stands behind it where it is below 99 %. The exit code is always 0: `harness selftest
interval_coverage` judges.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.percentiles import percentile
from harness.metrics.names import Quantile
from harness.metrics.words import percentile as in_words
from harness.selftest.ratio_coverage import ratio_of
from harness.selftest.simulated_latencies import StalledLoad, draw, pool_of, true_quantiles_s

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.analysis.intervals import Interval

WITHIN: tuple[float | None, ...] = (0.05, 0.25, None)  # spreads of durations within a block; None: exponential
UNLIKE = (0.04, 0.10, 0.20)  # spreads of the blocks
QUANTILES = (Quantile.P50, Quantile.P90, Quantile.P99, Quantile.P999)
START = 0.03  # spread of the starts of a target, a part of the spread of its blocks
USUAL = 0.25
CHUNK = 10
NEARLY_ALL = 0.99


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the table: the spreads of durations within a block, of its two targets, and the spread of the blocks.

    A spread of None has exponential durations.
    """

    blocks: int
    unlike: float
    within: float | None
    other: float | None

    def __str__(self) -> str:
        within, other = ("exponential" if one is None else f"{one:.0%}" for one in (self.within, self.other))
        over = "" if self.within == self.other else f" over {other}"
        return f"{self.blocks} blocks, {within}{over}, blocks {self.unlike:.0%}"

    def loads(self, requests: int) -> tuple[StalledLoad, StalledLoad]:
        """Return the loads of the two targets, with their own effects of blocks only."""
        own = StalledLoad(requests, 0.0, 1.0, block_spread=START, spread=self.within)
        return own, replace(own, spread=self.other)


@dataclass(frozen=True, slots=True)
class Covered:
    """The intervals of one percentile in one cell, as shares of runs; `width` is the median upper over lower limit."""

    numbers: float
    contains: float | None
    width: float | None


def cells(blocks: Sequence[int]) -> Iterator[Cell]:
    """Yield all cells: the targets are alike, or the first one is compared with one of the usual spread."""
    for count in blocks:
        for within in WITHIN:
            for unlike in UNLIKE:
                for other in dict.fromkeys((within, USUAL)):
                    yield Cell(count, unlike, within, other)


def measured(cell: Cell, requests: int, runs: int, random: np.random.Generator) -> dict[str, Covered]:
    """Return the coverage of each percentile of a cell, and of each ratio, by its name."""
    loads = cell.loads(requests)
    shares = [quantile.share for quantile in QUANTILES]
    truths_s = [true_quantiles_s(random, replace(load, block_spread=cell.unlike), shares) for load in loads]
    found: dict[str, list[tuple[Interval | None, float]]] = defaultdict(list)
    for start in range(0, runs, CHUNK):
        count = min(CHUNK, runs - start)
        machine = math.sqrt(cell.unlike**2 - START**2) * random.standard_normal((count, cell.blocks))
        drawn = [draw(random, count, cell.blocks, load, machine) for load in loads]
        for one, other in zip(*drawn, strict=True):
            pools = pool_of(one), pool_of(other)
            for place, quantile in enumerate(QUANTILES):
                own, name = percentile(pools[0], quantile), in_words(quantile)
                found[name].append((None if isinstance(own, str) else own.interval, truths_s[0][place]))
                truth = truths_s[0][place] / truths_s[1][place]
                found[f"ratio of {name}"].append((ratio_of(pools, quantile), truth))
    return {name: covered(intervals) for name, intervals in found.items()}


def covered(found: Sequence[tuple[Interval | None, float]]) -> Covered:
    """Return the coverage of intervals, each with its truth; None is a run without a number."""
    known = [(interval, truth) for interval, truth in found if interval is not None]
    if not known:
        return Covered(0.0, None, None)
    contains = float(np.mean([interval.low <= truth <= interval.high for interval, truth in known]))
    width = float(np.median([interval.high / interval.low for interval, _ in known]))
    return Covered(len(known) / len(found), contains, width)


def in_a_table(one: Covered) -> str:
    """Return the words of a table's cell."""
    if one.contains is None:
        return "no number"
    of = "" if one.numbers >= NEARLY_ALL else f" of {one.numbers:.0%}"
    return f"{one.contains:.0%}{of}, {one.width:.2f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all cells, and print a row for each as soon as it is known, or a document at the end."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print a document instead of a table")
    parser.add_argument("--runs", type=int, default=400, help="runs of each cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--requests", type=int, default=5_000, help="requests of a block")
    parser.add_argument("--blocks", default="6,10,20", help="numbers of blocks")
    options = parser.parse_args(arguments)
    random = np.random.default_rng(options.seed)
    document = {}
    for cell in cells([int(one) for one in options.blocks.split(",")]):
        found = measured(cell, options.requests, options.runs, random)
        if not options.json and not document:
            show(["cell", *found])
            show(["---"] * (1 + len(found)))
        document[str(cell)] = {name: asdict(one) for name, one in found.items()}
        if not options.json:
            show([str(cell), *map(in_a_table, found.values())])
    if options.json:
        print(json.dumps(document, indent=2))  # noqa: T201 - the result
    return 0


def show(row: Sequence[str]) -> None:
    """Print a row of the table."""
    print(f"| {' | '.join(row)} |", flush=True)  # noqa: T201 - the result


if __name__ == "__main__":
    sys.exit(main())
