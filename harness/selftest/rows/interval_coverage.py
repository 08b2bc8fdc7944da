"""Check that 95 % of the 95 % intervals contain the truth, for a value and for a ratio, in each profile's own design.

The rounds of a trial are correlated, and bursts of a neighbour hit single slices, as on a real machine. The negative
control treats each round as a trial. Its intervals are too narrow, and they must miss the truth too often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.intervals import CONFIDENCE, log_t_interval
from harness.analysis.pairing import round_ratio
from harness.manifest import load_profiles
from harness.selftest import percentile_coverage, ratio_coverage
from harness.selftest.checks import Check, Findings, Row, at_least
from harness.selftest.designs import designs, headline_designs
from harness.selftest.simulated_rates import (
    A_TENTH_OF_THE_TIME,
    HALF_THE_TIME,
    REPETITIONS,
    Machine,
    chunks,
    draw,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from harness.selftest.designs import Design
    from harness.selftest.rig import Lab

LIMIT = 0.02
MACHINE = Machine(bursts=HALF_THE_TIME)
STOPPING_MACHINE = Machine(bursts=A_TENTH_OF_THE_TIME)  # here a run stops after ten blocks or more, not always at last
_ADAPTIVE = "full"
_RATIO = 1.3
_CONTROL_RUNS = REPETITIONS // 4


def coverage(values: NDArray[np.float64], truth: float) -> float:
    """Return the share of runs whose interval contains the truth.

    Args:
        values: One row per run, one value per trial.
        truth: The true value.
    """
    return float(np.mean([_contains(of_run, truth) for of_run in values.tolist()]))


def _contains(values: Sequence[float], truth: float) -> bool:
    interval = log_t_interval(values)
    return interval.low <= truth <= interval.high


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
    checks += _stopped(random)
    longest = max(of_designs, key=lambda design: design.rounds)
    pooled = draw(random, _CONTROL_RUNS, longest, MACHINE).reference.reshape(_CONTROL_RUNS, -1)
    missed = 1 - coverage(pooled, MACHINE.bursts.mean_speed)
    return (*checks, at_least("negative control that pools rounds: misses the truth", 2 * (1 - CONFIDENCE), missed))


def _stopped(random: np.random.Generator) -> Iterator[Check]:
    """Yield the coverage of runs that stop when they are precise: the decision to stop must not make it smaller."""
    profile = load_profiles()[_ADAPTIVE]
    least, most = headline_designs(_ADAPTIVE)
    drawn = [draw(random, size, most, STOPPING_MACHINE, ratio=_RATIO) for size in chunks(REPETITIONS, most)]
    values = np.concatenate([rates.reference.mean(axis=-1) for rates in drawn])
    ratios = np.concatenate([round_ratio(rates.subject, rates.reference) for rates in drawn])
    target = profile.precision.throughput if profile.precision else 0.0
    ends = [blocks_until(of_run, least.blocks, target) for of_run in values.tolist()]
    for of, drawn_values, truth in (("value", values, STOPPING_MACHINE.bursts.mean_speed), ("ratio", ratios, _RATIO)):
        share = np.mean([_contains(one[:end], truth) for one, end in zip(drawn_values.tolist(), ends, strict=True)])
        yield Check(f"{_ADAPTIVE}, stopped when precise, {of}", CONFIDENCE, float(share), LIMIT)


def blocks_until(values: Sequence[float], least: int, half_width: float) -> int:
    """Return the number of blocks after which a run stops: the least at which the interval is narrow enough, or all."""
    ends = range(least, len(values) + 1)
    return next((end for end in ends if log_t_interval(values[:end]).half_width <= half_width), len(values))


def run(lab: Lab) -> Findings:
    """Draw runs, compute their intervals, and count those that contain the truth."""
    return Findings(
        (
            *judge(designs(), lab.seed),
            *percentile_coverage.judge(percentile_coverage.cells(), lab.seed),
            *ratio_coverage.judge(ratio_coverage.ratio_cells(), lab.seed),
        ),
        f"{REPETITIONS:,} runs of each profile's blocks and rounds; the rounds are correlated, and a neighbour takes "
        "half of the core in bursts, half of the time; nominal 95 %. Runs of `full` that stop when they are precise "
        f"have bursts in a tenth of the time. Percentiles: {percentile_coverage.RUNS:,} runs of each profile's blocks "
        "and requests, with stalls in which many requests wait. Ratios of percentiles: "
        f"{ratio_coverage.RUNS:,} runs of two targets in the same blocks.",
    )


ROW = Row("interval_coverage", run, live=False)
