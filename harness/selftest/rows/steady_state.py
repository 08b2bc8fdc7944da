"""Check where the warm-up is cut, and whether drift is detected, on shapes with a known steady rate.

The rounds of a trial are flat, approach the steady rate, jump to it, or drift. The negative control cuts nothing. Its
bias must be too large, or the shapes prove nothing.
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
# Shape: the rates of a trial's rounds divided by the steady rate.
WARM_UPS = {
    "flat": np.ones(ROUNDS),
    "exponential": 1 - 0.2 * np.exp(-_PLACES / 2),
    "step": np.where(_PLACES < ROUNDS // 5, 0.8, 1.0),
}
DRIFT = 1 + 0.1 * _PLACES / (ROUNDS - 1)


def trials(shape: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Draw trials of one shape with noise, one row per trial."""
    return shape * (1 + _NOISE * random.standard_normal((REPETITIONS, ROUNDS)))


def bias(rates: NDArray[np.float64], cut: Callable[[NDArray[np.float64]], int]) -> float:
    """Return the mean rate after the cut, over all trials, minus the steady rate 1."""
    return float(np.mean([trial[cut(trial) :].mean() for trial in rates]) - 1)


def drifting(rates: NDArray[np.float64]) -> float:
    """Return the share of trials that are called not steady."""
    return float(np.mean([not is_steady(trial) for trial in rates]))


def uncut(_rates: NDArray[np.float64]) -> int:
    """Return 0, a cut of no rounds: the negative control."""
    return 0


def judge(cut: Callable[[NDArray[np.float64]], int], seed: int) -> tuple[Check, ...]:
    """Check the bias of every shape, and the share of trials that are called not steady."""
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
    """Draw trials of every shape, cut their warm-up, and check bias and drift."""
    return Findings(
        judge(warm_up_cut, lab.seed),
        f"{REPETITIONS:,} trials of each shape, {ROUNDS} rounds each with noise of {_NOISE:.0%}.",
    )


ROW = Row("steady_state", run, live=False)
