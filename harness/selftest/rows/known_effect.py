"""Check that a real difference is found, and never with the wrong sign: +5 % and +10 % in ten blocks with drift.

The negative control does not pair: it compares rates of different blocks. It must miss the smaller difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.comparison import difference
from harness.analysis.intervals import log_t_interval
from harness.analysis.pairing import round_ratio
from harness.model import Difference
from harness.selftest.checks import Check, Findings, Row, at_least, exactly
from harness.selftest.simulated_rates import REPETITIONS, draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.selftest.rig import Lab
    from harness.selftest.simulated_rates import Rates

BLOCKS = 10
# True ratio: the share of runs that must find it.
EFFECTS = {1.05: 0.80, 1.10: 0.95}
_DRIFT = 0.3


def paired(rates: Rates) -> NDArray[np.float64]:
    """Return the ratios of each run by block. Both rates of a ratio come from the same rounds."""
    return round_ratio(rates.subject, rates.reference)


def unpaired(rates: Rates) -> NDArray[np.float64]:
    """Return ratios of rates from different blocks, in reverse order: the negative control."""
    return round_ratio(rates.subject, rates.reference[:, ::-1])


def shares(ratios: NDArray[np.float64]) -> tuple[float, float]:
    """Return the share of runs that call the subject higher, and the share that call it lower."""
    verdicts = [difference(log_t_interval(of_run.tolist())) for of_run in ratios]
    higher, lower = (verdicts.count(claim) / len(verdicts) for claim in (Difference.HIGHER, Difference.LOWER))
    return higher, lower


def judge(pair: Callable[[Rates], NDArray[np.float64]], seed: int) -> tuple[Check, ...]:
    """Check how often each effect is found, how often with the wrong sign, and how often the control misses it."""
    random = np.random.default_rng(seed)
    checks: list[Check] = []
    for effect, least in EFFECTS.items():
        higher, lower = shares(pair(draw(random, REPETITIONS, BLOCKS, ratio=effect, drift=_DRIFT)))
        checks += [
            at_least(f"{effect - 1:+.0%}: found", least, higher),
            exactly(f"{effect - 1:+.0%}: wrong sign", 0, lower),
        ]
    smallest, least = min(EFFECTS.items())
    missed = 1 - shares(unpaired(draw(random, REPETITIONS, BLOCKS, ratio=smallest, drift=_DRIFT)))[0]
    return (*checks, at_least("negative control that does not pair: misses the smaller effect", 1 - least, missed))


def run(lab: Lab) -> Findings:
    """Draw runs, compare the two targets in each, and count the effects found."""
    return Findings(
        judge(paired, lab.seed),
        f"{REPETITIONS:,} runs of {BLOCKS} blocks for each effect; the machine loses {_DRIFT:.0%} of its speed from "
        "the first block to the last.",
    )


ROW = Row("known_effect", run, live=False)
