"""Check where the warm-up is cut, and whether drift is detected, on shapes with a known steady rate.

The rounds of a trial are flat, approach the steady rate, jump to it, or drift. The negative control cuts nothing. Its
bias must be too large, or the shapes prove nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.steady import steadiness, warm_up_cut
from harness.model import Steadiness
from harness.selftest.checks import Check, Findings, Row, at_least, happened
from harness.selftest.designs import designs
from harness.selftest.simulated_rates import REPETITIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from harness.selftest.rig import Lab

BIAS_LIMIT = 0.002
FALSE_LIMIT = 0.03
FOUND_LEAST = 0.90
_NOISE = 0.01


def warm_ups(rounds: int) -> dict[str, NDArray[np.float64]]:
    """Return the shapes: the rates of a trial's rounds divided by the steady rate."""
    places = np.arange(rounds)
    return {
        "flat": np.ones(rounds),
        "exponential": 1 - 0.2 * np.exp(-places / (0.08 * rounds)),
        "step": np.where(places < rounds // 5, 0.8, 1.0),
    }


def drift(rounds: int) -> NDArray[np.float64]:
    """Return the shape that rises by 10 % from the first round to the last."""
    return 1 + 0.1 * np.arange(rounds) / (rounds - 1)


def trials(shape: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Draw trials of one shape with noise, one row per trial."""
    return shape * (1 + _NOISE * random.standard_normal((REPETITIONS, len(shape))))


def bias(rates: NDArray[np.float64], cut: Callable[[NDArray[np.float64]], int]) -> float:
    """Return the mean rate after the cut, over all trials, minus the steady rate 1."""
    return float(np.mean([trial[cut(trial) :].mean() for trial in rates]) - 1)


def drifting(rates: NDArray[np.float64]) -> float | None:
    """Return the share of trials that are called not steady, of those that can be tested; None if few can."""
    found = [steadiness(trial) for trial in rates]
    testable = [one for one in found if one is not Steadiness.NOT_TESTABLE]
    return testable.count(Steadiness.NOT_STEADY) / len(testable) if 2 * len(testable) > len(found) else None


def uncut(_rates: NDArray[np.float64]) -> int:
    """Return 0, a cut of no rounds: the negative control."""
    return 0


def judge(cut: Callable[[NDArray[np.float64]], int], rounds: Sequence[int], seed: int) -> tuple[Check, ...]:
    """Check the bias of every shape, and the share of trials that are called not steady.

    Args:
        cut: Returns how many rounds of a trial are warm-up.
        rounds: The numbers of rounds.
        seed: The seed.
    """
    random = np.random.default_rng(seed)
    checks: list[Check] = []
    tested, worst = False, 0.0
    for count in rounds:
        drawn = {name: trials(shape, random) for name, shape in warm_ups(count).items()}
        checks += [
            Check(f"{name}, {count} rounds: bias", 0.0, bias(of_shape, cut), BIAS_LIMIT)
            for name, of_shape in drawn.items()
        ]
        found, flat = drifting(trials(drift(count), random)), drifting(drawn["flat"])
        if found is not None:
            checks.append(at_least(f"drift of 10 %, {count} rounds: called not steady", FOUND_LEAST, found))
        if flat is not None:
            checks.append(Check(f"flat, {count} rounds: called not steady", 0.0, flat, FALSE_LIMIT))
        tested = tested or found is not None
        worst = max(worst, *(abs(bias(of_shape, uncut)) for of_shape in drawn.values()))
    return (
        *checks,
        happened("the drift of some trials can be tested", did=tested),
        at_least("negative control that cuts nothing: largest bias", BIAS_LIMIT, worst),
    )


def run(lab: Lab) -> Findings:
    """Draw trials of every shape, cut their warm-up, and check bias and drift."""
    rounds = sorted({design.rounds for design in designs()})
    return Findings(
        judge(warm_up_cut, rounds, lab.seed),
        f"{REPETITIONS:,} trials of each shape with each profile's rounds ({', '.join(map(str, rounds))}); noise of "
        f"{_NOISE:.0%}. A drift is only looked for in trials that have enough rounds.",
    )


ROW = Row("steady_state", run, live=False)
