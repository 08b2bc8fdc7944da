"""Check that 95 % of the 95 % intervals contain the truth, for a value and for a ratio, in each profile's own design.

The rounds of a trial are correlated, and bursts of a neighbour hit single slices, as on a real machine. The negative
control treats each round as a trial. Its intervals are too narrow, and they must miss the truth too often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.intervals import CONFIDENCE, log_t_interval
from harness.analysis.pairing import round_ratio
from harness.selftest.checks import Check, Findings, Row, at_least
from harness.selftest.designs import designs
from harness.selftest.simulated_rates import HALF_THE_TIME, REPETITIONS, Machine, chunks, draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.selftest.designs import Design
    from harness.selftest.rig import Lab

LIMIT = 0.02
MACHINE = Machine(bursts=HALF_THE_TIME)
_RATIO = 1.3
_CONTROL_RUNS = REPETITIONS // 4


def coverage(values: NDArray[np.float64], truth: float) -> float:
    """Return the share of runs whose interval contains the truth.

    Args:
        values: One row per run, one value per trial.
        truth: The true value.
    """
    intervals = (log_t_interval(of_run.tolist()) for of_run in values)
    return float(np.mean([interval.low <= truth <= interval.high for interval in intervals]))


def judge(of_designs: Sequence[Design], seed: int) -> tuple[Check, ...]:
    """Check the coverage of every cell against the nominal one, and that the negative control's is far lower."""
    random = np.random.default_rng(seed)
    checks = []
    for design in of_designs:
        drawn = [draw(random, size, design, MACHINE, ratio=_RATIO) for size in chunks(REPETITIONS, design)]
        values = np.concatenate([rates.reference.mean(axis=-1) for rates in drawn])
        ratios = np.concatenate([round_ratio(rates.subject, rates.reference) for rates in drawn])
        covered = {"value": coverage(values, MACHINE.bursts.mean_speed), "ratio": coverage(ratios, _RATIO)}
        checks += [Check(f"{design}, {of}", CONFIDENCE, share, LIMIT) for of, share in covered.items()]
    pooled = draw(random, _CONTROL_RUNS, of_designs[-1], MACHINE).reference.reshape(_CONTROL_RUNS, -1)
    missed = 1 - coverage(pooled, MACHINE.bursts.mean_speed)
    return (*checks, at_least("negative control that pools rounds: misses the truth", 2 * (1 - CONFIDENCE), missed))


def run(lab: Lab) -> Findings:
    """Draw runs, compute their intervals, and count those that contain the truth."""
    return Findings(
        judge(designs(), lab.seed),
        f"{REPETITIONS:,} runs of each profile's blocks and rounds; the rounds are correlated, and a neighbour takes "
        "half of the core in bursts, half of the time; nominal 95 %.",
    )


ROW = Row("interval_coverage", run, live=False)
