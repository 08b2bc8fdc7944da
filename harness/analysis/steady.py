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

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_DRIFT = 0.02
SIGNIFICANCE = 0.01
_LEAST_ROUNDS = 3  # two points always lie on a line


@dataclass(frozen=True, slots=True)
class Drift:
    """The straight line through the rates of consecutive rounds.

    Attributes:
        change: The change from the first round to the last, over the mean; 0.1 is a rise of 10 %.
        p: The two-sided probability of a slope as steep if there is no drift.
    """

    change: float
    p: float


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
        rates: One per round, at least three; their mean is not 0.
    """
    count, mean = len(rates), float(rates.mean())
    places = np.arange(count) - (count - 1) / 2
    spread = float(places @ places)
    slope = float(places @ rates) / spread
    residuals = rates - mean - slope * places
    error = math.sqrt(float(residuals @ residuals) / (count - 2) / spread)
    change = slope * (count - 1) / mean
    if error == 0:
        return Drift(change, 0.0 if slope else 1.0)
    return Drift(change, float(2 * special.stdtr(count - 2, -abs(slope / error))))


def is_steady(rates: NDArray[np.float64]) -> bool:
    """Return whether a trial has no drift above 2 % at p < 0.01 after its warm-up.

    With fewer than three rounds after the cut, drift can't be detected, and the trial counts as steady. The same holds
    if no round has a rate.
    """
    remaining = rates[warm_up_cut(rates) :]
    if len(remaining) < _LEAST_ROUNDS or not remaining.any():
        return True
    found = drift(remaining)
    return abs(found.change) <= LARGEST_DRIFT or found.p >= SIGNIFICANCE
