"""A difference that is there is found: +5 % and +10 % in ten blocks of a drifting machine, and never the wrong way.

The negative control does not pair: it compares what was measured in different blocks, and must be seen to miss what the
pairs show.
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
# By true ratio, how often it must be found.
EFFECTS = {1.05: 0.80, 1.10: 0.95}
_DRIFT = 0.3


def paired(rates: Rates) -> NDArray[np.float64]:
    """Return the ratios of each run by block, of what was driven side by side."""
    return round_ratio(rates.subject, rates.reference)


def unpaired(rates: Rates) -> NDArray[np.float64]:
    """Return ratios of what was driven in other blocks, in reverse: the negative control."""
    return round_ratio(rates.subject, rates.reference[:, ::-1])


def shares(ratios: NDArray[np.float64]) -> tuple[float, float]:
    """Return the shares of runs in which the subject is called higher, and lower."""
    verdicts = [difference(log_t_interval(of_run.tolist())) for of_run in ratios]
    higher, lower = (verdicts.count(claim) / len(verdicts) for claim in (Difference.HIGHER, Difference.LOWER))
    return higher, lower


def judge(pair: Callable[[Rates], NDArray[np.float64]], seed: int) -> tuple[Check, ...]:
    """Return how often each effect is found, how often with the wrong sign, and what the negative control misses."""
    random = np.random.default_rng(seed)
    checks: list[Check] = []
    for effect, least in EFFECTS.items():
        higher, lower = shares(pair(draw(random, REPETITIONS, BLOCKS, ratio=effect, drift=_DRIFT)))
        checks += [
            at_least(f"{effect - 1:+.0%}: found", least, higher),
            exactly(f"{effect - 1:+.0%}: wrong way", 0, lower),
        ]
    smallest, least = min(EFFECTS.items())
    missed = 1 - shares(unpaired(draw(random, REPETITIONS, BLOCKS, ratio=smallest, drift=_DRIFT)))[0]
    return (*checks, at_least("negative control that does not pair: misses the smaller effect", 1 - least, missed))


def run(lab: Lab) -> Findings:
    """Draw, compare, count."""
    return Findings(
        judge(paired, lab.seed),
        f"{REPETITIONS:,} runs of {BLOCKS} blocks for each effect, in which the machine loses {_DRIFT:.0%} from the "
        "first block to the last.",
    )


ROW = Row("known_effect", run, live=False)
