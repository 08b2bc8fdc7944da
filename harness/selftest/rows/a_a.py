"""Check the rate of false positives between two copies of one target, on a machine that drifts.

The negative control treats each round as a trial. It must find differences between the copies too often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.comparison import difference
from harness.analysis.intervals import log_t_interval
from harness.analysis.pairing import round_ratio
from harness.model import Difference
from harness.selftest.checks import Check, Findings, Row, at_least
from harness.selftest.simulated_rates import REPETITIONS, draw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.selftest.rig import Lab

BLOCKS = (5, 10, 20)
LIMIT = 0.06
_DRIFT = 0.3
_RUNS = 4 * REPETITIONS  # 5 % are expected, and with 2,000 runs the share scatters by half a percent


def share_different(ratios: NDArray[np.float64]) -> float:
    """Return the share of runs in which two equal targets are called higher or lower.

    Args:
        ratios: One row per run. Each value is the ratio that the interval treats as one trial.
    """
    verdicts = (difference(log_t_interval(of_run.tolist())) for of_run in ratios)
    return float(np.mean([verdict in (Difference.HIGHER, Difference.LOWER) for verdict in verdicts]))


def judge(seed: int) -> tuple[Check, ...]:
    """Check the share of false positives for every number of blocks, and the negative control's."""
    random = np.random.default_rng(seed)
    checks = []
    for blocks in BLOCKS:
        drawn = draw(random, _RUNS, blocks, drift=_DRIFT)
        share = share_different(round_ratio(drawn.subject, drawn.reference))
        checks.append(Check(f"{blocks} blocks: called different", 0.0, share, LIMIT))
    drawn = draw(random, REPETITIONS // 4, BLOCKS[0], drift=_DRIFT)
    pooled = (drawn.subject / drawn.reference).reshape(REPETITIONS // 4, -1)
    return (
        *checks,
        at_least("negative control that pools rounds: called different", 2 * LIMIT, share_different(pooled)),
    )


def run(lab: Lab) -> Findings:
    """Draw runs, compare the two copies in each, and count the differences found."""
    return Findings(
        judge(lab.seed),
        f"{_RUNS:,} runs of each number of blocks; the machine loses {_DRIFT:.0%} of its speed from the first block to "
        "the last; nominal 5 %.",
    )


ROW = Row("a_a", run, live=False)
