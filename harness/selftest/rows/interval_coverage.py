"""Check that 95 % of the 95 % intervals contain the truth, for a value and for a ratio, at each number of blocks.

The rounds of a trial are correlated, as on a real machine. The negative control treats each round as a trial. Its
intervals are too narrow, and they must miss the truth too often.
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
    """Return the share of runs whose interval contains the truth.

    Args:
        values: One row per run, one value per trial.
        truth: The true value.
    """
    intervals = (log_t_interval(of_run.tolist()) for of_run in values)
    return float(np.mean([interval.low <= truth <= interval.high for interval in intervals]))


def judge(blocks: Sequence[int], seed: int) -> tuple[Check, ...]:
    """Check the coverage of every cell against the nominal one, and that the negative control's is far lower."""
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
    """Draw runs, compute their intervals, and count those that contain the truth."""
    return Findings(
        judge(BLOCKS, lab.seed),
        f"{REPETITIONS:,} runs of each number of blocks, {ROUNDS} correlated rounds in each block; nominal 95 %.",
    )


ROW = Row("interval_coverage", run, live=False)
