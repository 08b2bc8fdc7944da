"""Warm-up is cut where it ends, and what drifts is called so: shapes whose steady rate is known.

A trial's rounds are flat, approach the steady rate, jump to it, or never reach one. The negative control does not cut:
it must be seen to be wrong, or the shapes prove nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.steady import is_steady, warm_up_cut
from harness.selftest.checks import Check, Findings, Row, at_least
from harness.selftest.simulated_rates import REPETITIONS, ROUNDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.selftest.rig import Lab

BIAS_LIMIT = 0.002
FALSE_LIMIT = 0.03
FOUND_LEAST = 0.90
_NOISE = 0.01
_PLACES = np.arange(ROUNDS)
# By name, the rates of a trial's rounds over the steady rate.
WARM_UPS = {
    "flat": np.ones(ROUNDS),
    "exponential": 1 - 0.2 * np.exp(-_PLACES / 2),
    "step": np.where(_PLACES < ROUNDS // 5, 0.8, 1.0),
}
DRIFT = 1 + 0.1 * _PLACES / (ROUNDS - 1)


def trials(shape: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Draw trials of one shape, a row each."""
    return shape * (1 + _NOISE * random.standard_normal((REPETITIONS, ROUNDS)))


def bias(rates: NDArray[np.float64], cut: Callable[[NDArray[np.float64]], int]) -> float:
    """Return how far the mean of what a cut leaves lies from the steady rate, 1, over all trials."""
    return float(np.mean([trial[cut(trial) :].mean() for trial in rates]) - 1)


def drifting(rates: NDArray[np.float64]) -> float:
    """Return the share of trials that are called not steady."""
    return float(np.mean([not is_steady(trial) for trial in rates]))


def uncut(_rates: NDArray[np.float64]) -> int:
    """Cut nothing: the negative control."""
    return 0


def judge(cut: Callable[[NDArray[np.float64]], int], seed: int) -> tuple[Check, ...]:
    """Hold the bias of every shape, and what is called steady, against the truth."""
    random = np.random.default_rng(seed)
    drawn = {name: trials(shape, random) for name, shape in WARM_UPS.items()}
    biases = (Check(f"{name}: bias", 0.0, bias(rates, cut), BIAS_LIMIT) for name, rates in drawn.items())
    negative = max(abs(bias(rates, uncut)) for rates in drawn.values())
    return (
        *biases,
        at_least("drift of 10 %: called not steady", FOUND_LEAST, drifting(trials(DRIFT, random))),
        Check("flat: called not steady", 0.0, drifting(drawn["flat"]), FALSE_LIMIT),
        at_least("negative control that cuts nothing: largest bias", BIAS_LIMIT, negative),
    )


def run(lab: Lab) -> Findings:
    """Draw, cut, judge."""
    return Findings(
        judge(warm_up_cut, lab.seed),
        f"{REPETITIONS:,} trials of each shape, {ROUNDS} rounds with noise of {_NOISE:.0%} each.",
    )


ROW = Row("steady_state", run, live=False)
