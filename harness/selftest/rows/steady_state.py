"""Check where the warm-up is cut, and whether drift is detected, on shapes with a known steady rate.

The rounds of a trial are flat, approach the steady rate, jump to it, or drift. The negative control cuts nothing. Its
bias must be too large, or the shapes prove nothing.
"""

from __future__ import annotations

import itertools
from collections import Counter
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
_DRIFT_NOISES = (0.01, 0.02, 0.04)
_LEAST_TESTED = REPETITIONS // 20  # of fewer trials, a share says little


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


def trials(shape: NDArray[np.float64], random: np.random.Generator, noise: float = _NOISE) -> NDArray[np.float64]:
    """Draw trials of one shape with noise, one row per trial."""
    return shape * (1 + noise * random.standard_normal((REPETITIONS, len(shape))))


def bias(rates: NDArray[np.float64], cut: Callable[[NDArray[np.float64]], int]) -> float:
    """Return the mean rate after the cut, over all trials, minus the steady rate 1."""
    return float(np.mean([trial[cut(trial) :].mean() for trial in rates]) - 1)


def count_steadiness(rates: NDArray[np.float64]) -> Counter[Steadiness]:
    """Return how many trials are steady, not steady, or not testable."""
    return Counter(map(steadiness, rates))


def uncut(_rates: NDArray[np.float64]) -> int:
    """Return 0, a cut of no rounds: the negative control."""
    return 0


def judge(cut: Callable[[NDArray[np.float64]], int], rounds: Sequence[int], seed: int) -> tuple[Check, ...]:
    """Check the bias of every shape, and that the negative control is biased.

    Args:
        cut: Returns how many rounds of a trial are warm-up.
        rounds: The numbers of rounds.
        seed: The seed.
    """
    random = np.random.default_rng(seed)
    drawn = {
        f"{name}, {count} rounds": trials(shape, random) for count in rounds for name, shape in warm_ups(count).items()
    }
    worst = max(abs(bias(of_shape, uncut)) for of_shape in drawn.values())
    return (
        *(Check(f"{label}: bias", 0.0, bias(of_shape, cut), BIAS_LIMIT) for label, of_shape in drawn.items()),
        at_least("negative control that cuts nothing: largest bias", BIAS_LIMIT, worst),
    )


def judge_drift(rounds: Sequence[int], seed: int) -> tuple[Check, ...]:
    """Check how often a drift of 10 % is found where a trial can be tested, and how often one is found without a drift.

    Args:
        rounds: The numbers of rounds.
        seed: The seed.
    """
    random = np.random.default_rng(seed)
    checks: list[Check] = []
    for count, noise in itertools.product(rounds, _DRIFT_NOISES):
        label = f"{count} rounds, noise {noise:.0%}: called not steady"
        found = count_steadiness(trials(drift(count), random, noise))
        tested = found[Steadiness.STEADY] + found[Steadiness.NOT_STEADY]
        if tested >= _LEAST_TESTED:
            share = found[Steadiness.NOT_STEADY] / tested
            checks.append(at_least(f"drift of 10 %, {label}, of those tested", FOUND_LEAST, share))
        flat = count_steadiness(trials(np.ones(count), random, noise))
        checks.append(Check(f"flat, {label}", 0.0, flat[Steadiness.NOT_STEADY] / REPETITIONS, FALSE_LIMIT))
    return (*checks, happened("a drift can be tested", did=len(checks) > len(rounds) * len(_DRIFT_NOISES)))


def run(lab: Lab) -> Findings:
    """Draw trials of every shape, cut their warm-up, and check bias and drift."""
    rounds = sorted({design.rounds for design in designs()})
    return Findings(
        (*judge(warm_up_cut, rounds, lab.seed), *judge_drift(rounds, lab.seed)),
        f"{REPETITIONS:,} trials of each shape with each profile's rounds ({', '.join(map(str, rounds))}); noise of "
        f"{_NOISE:.0%}, and up to {_DRIFT_NOISES[-1]:.0%} for drift, which is looked for in trials that can be tested.",
    )


ROW = Row("steady_state", run, live=False)
