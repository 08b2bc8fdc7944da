"""Of a hundred 95 % intervals, 95 hold the truth: of a single value, and of a ratio, whatever the number of blocks.

Rounds of a trial are correlated, as on a real machine. The negative control takes each of them for a trial of its own:
it claims far more than it knows, and must be caught.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.intervals import CONFIDENCE, log_t_interval
from harness.analysis.pairing import round_ratio
from harness.selftest.checks import Check, Findings, Row, at_least
from harness.selftest.simulated_rates import REPETITIONS, ROUNDS, draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.selftest.rig import Lab

BLOCKS = (5, 10, 20)
LIMIT = 0.02
_RATIO = 1.3


def coverage(values: NDArray[np.float64], truth: float) -> float:
    """Return the share of runs whose interval holds the truth.

    Args:
        values: A row a run, one value a trial.
        truth: What they scatter around.
    """
    intervals = (log_t_interval(of_run.tolist()) for of_run in values)
    return float(np.mean([interval.low <= truth <= interval.high for interval in intervals]))


def judge(blocks: Sequence[int], seed: int) -> tuple[Check, ...]:
    """Hold the coverage of every cell against what was promised, and the negative control's far below it."""
    random = np.random.default_rng(seed)
    checks = []
    for count in blocks:
        drawn = draw(random, REPETITIONS, count, ratio=_RATIO)
        covered = {
            "value": coverage(drawn.reference.mean(axis=-1), 1.0),
            "ratio": coverage(round_ratio(drawn.subject, drawn.reference), _RATIO),
        }
        checks += [Check(f"{count} blocks, {of}", CONFIDENCE, share, LIMIT) for of, share in covered.items()]
    pooled = draw(random, REPETITIONS // 4, blocks[0]).reference.reshape(REPETITIONS // 4, -1)
    missed = 1 - coverage(pooled, 1.0)
    return (*checks, at_least("negative control that pools rounds: misses the truth", 2 * (1 - CONFIDENCE), missed))


def run(lab: Lab) -> Findings:
    """Draw, estimate, count."""
    return Findings(
        judge(BLOCKS, lab.seed),
        f"{REPETITIONS:,} runs of each number of blocks, {ROUNDS} correlated rounds in each block; nominal 95 %.",
    )


ROW = Row("interval_coverage", run, live=False)
