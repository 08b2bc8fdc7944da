"""Steadiness of a trial: the end of its warm-up, and drift after it.

These are pure functions of the rates of a trial's rounds, in the order in which they were driven. Drift becomes a
warning and never changes a value; docs/decisions.md has the reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from harness.model import Steadiness

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_DRIFT = 0.02
SIGNIFICANCE = 0.01
TESTED_DRIFT = 0.1
LEAST_POWER = 0.9
_LEAST_ROUNDS = 3  # two points always lie on a line


@dataclass(frozen=True, slots=True)
class Drift:
    """The straight line through the rates of consecutive rounds.

    Attributes:
        change: The change from the first round to the last, over the mean; 0.1 is a rise of 10 %.
        p: The two-sided probability of a slope as steep if there is no drift.
        noise: The standard deviation of the rounds around the line, over the mean.
    """

    change: float
    p: float
    noise: float


def warm_up_cut(rates: NDArray[np.float64]) -> int:
    """Return how many rounds at the beginning are warm-up, by MSER-1; at most half of them.

    The cut minimises the standard error of the mean of the remaining rounds (K. P. White, Simulation 69, 1997).

    Args:
        rates: One per round, at least one.
    """
    count = len(rates)
    backwards = (rates - rates.mean())[::-1]  # centred, because the squares of large rates would cancel
    lengths = np.arange(1, count + 1)
    squares = np.cumsum(backwards**2) - np.cumsum(backwards) ** 2 / lengths
    errors = (squares / lengths**2)[::-1]  # by the number of rounds cut
    return int(np.argmin(errors[: count // 2 + 1]))


def drift(rates: NDArray[np.float64]) -> Drift:
    """Return the straight line through the rates of consecutive rounds, by least squares.

    Args:
        rates: One per round, at least three, at least 0. If all are 0, there is no drift.
    """
    count, mean = len(rates), float(rates.mean())
    if mean == 0:
        return Drift(0.0, 1.0, 0.0)
    places = np.arange(count) - (count - 1) / 2
    spread = float(places @ places)
    slope = float(places @ rates) / spread
    residuals = rates - mean - slope * places
    deviation = math.sqrt(float(residuals @ residuals) / (count - 2))
    change, noise = slope * (count - 1) / mean, deviation / mean
    if deviation == 0:
        return Drift(change, 0.0 if slope else 1.0, noise)
    return Drift(change, float(2 * special.stdtr(count - 2, -abs(slope * math.sqrt(spread) / deviation))), noise)


def power(noise: float, rounds: int) -> float:
    """Return the probability that a drift of 10 % over a trial would be found, 0 to 1.

    A drift looks like a warm-up at first, so the cut takes half of the rounds, and half of the drift is left.

    Args:
        noise: The standard deviation of the rounds around their line, over their mean.
        rounds: The number of rounds before the cut, at least one.
    """
    left = rounds - rounds // 2
    if left < _LEAST_ROUNDS:
        return 0.0
    if noise == 0:
        return 1.0
    change = TESTED_DRIFT * (left - 1) / (rounds - 1)
    error = noise * (left - 1) / math.sqrt(left * (left**2 - 1) / 12)
    limit = float(special.stdtrit(left - 2, 1 - SIGNIFICANCE / 2))
    # it is as good as never found with the wrong sign
    return 1.0 - float(special.nctdtr(left - 2, change / error, limit))


def steadiness(rates: NDArray[np.float64]) -> Steadiness:
    """Return whether a trial is steady after its warm-up: without a drift above 2 % at p < 0.01.

    A trial without such a drift is *not testable* if one of 10 % over the trial would be found in less than 90 % of
    trials like it: its rounds are too few, or scatter too much. So are trials without an answer.
    """
    remaining = rates[warm_up_cut(rates) :] if len(rates) else rates
    if len(remaining) < _LEAST_ROUNDS or not remaining.any():
        return Steadiness.NOT_TESTABLE
    found = drift(remaining)
    if abs(found.change) > LARGEST_DRIFT and found.p < SIGNIFICANCE:
        return Steadiness.NOT_STEADY
    return Steadiness.STEADY if power(found.noise, len(rates)) >= LEAST_POWER else Steadiness.NOT_TESTABLE
