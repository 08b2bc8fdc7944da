"""Check the rate of false positives between two copies of one target, on a machine that drifts and has bursts.

The runs have each profile's own numbers of blocks and rounds. The negative control treats each round as a trial. It
must find differences between the copies too often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.comparison import difference
from harness.analysis.intervals import log_t_interval
from harness.model import Difference
from harness.selftest.checks import Check, Findings, Row, at_least
from harness.selftest.designs import designs
from harness.selftest.simulated_rates import HALF_THE_TIME, NO_BURSTS, REPETITIONS, Machine, block_ratios, draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.selftest.designs import Design
    from harness.selftest.rig import Lab

LIMIT = 0.06
MACHINE = Machine(drift=0.3, bursts=HALF_THE_TIME)
_RUNS = 2 * REPETITIONS  # 5 % are expected, and with 2,000 runs the share scatters by half a percent
_CONTROL_RUNS = REPETITIONS // 4


def share_different(ratios: NDArray[np.float64]) -> float:
    """Return the share of runs in which two equal targets are called higher or lower.

    Args:
        ratios: One row per run. Each value is the ratio that the interval treats as one trial.
    """
    verdicts = (difference(log_t_interval(of_run.tolist())) for of_run in ratios)
    return float(np.mean([verdict in (Difference.HIGHER, Difference.LOWER) for verdict in verdicts]))


def judge(of_designs: Sequence[Design], seed: int) -> tuple[Check, ...]:
    """Check the share of false positives in every design, and the negative control's."""
    random = np.random.default_rng(seed)
    checks = [
        Check(
            f"{design}: called different",
            0.0,
            share_different(block_ratios(random, _RUNS, design, MACHINE)),
            LIMIT,
        )
        for design in of_designs
    ]
    rates = draw(random, _CONTROL_RUNS, of_designs[0], Machine(MACHINE.drift, NO_BURSTS))
    pooled = (rates.subject / rates.reference).reshape(_CONTROL_RUNS, -1)
    return (
        *checks,
        at_least("negative control that pools rounds: called different", 2 * LIMIT, share_different(pooled)),
    )


def run(lab: Lab) -> Findings:
    """Draw runs, compare the two copies in each, and count the differences found."""
    return Findings(
        judge(designs(), lab.seed),
        f"{_RUNS:,} runs of each profile's blocks and rounds; the machine loses {MACHINE.drift:.0%} of its speed from "
        "the first block to the last, and a neighbour takes half of the core in bursts, half of the time; nominal 5 %.",
    )


ROW = Row("a_a", run, live=False)
