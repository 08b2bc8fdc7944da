"""Whether a trial was steady: where its warm-up ends, and whether it still drifts after that.

Pure functions on the rates of a trial's rounds, in the order in which they were driven. What they find becomes a
warning and never changes a value (docs/decisions.md says why).
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
_LEAST_ROUNDS = 3  # two points are always on a line


@dataclass(frozen=True, slots=True)
class Drift:
    """The straight line through a stretch of rates.

    Attributes:
        change: From the first round to the last, over the mean; 0.1 is a rise of 10 %.
        p: The two-sided probability of a slope so steep where there is none.
    """

    change: float
    p: float


def warm_up_cut(rates: NDArray[np.float64]) -> int:
    """Return how many rounds at the beginning are warm-up, by MSER-1; at most half of them.

    It cuts where the standard error of the mean of what is left is smallest (K. P. White, Simulation 69, 1997).

    Args:
        rates: One a round, at least one.
    """
    count = len(rates)
    backwards = (rates - rates.mean())[::-1]  # centred: the squares of large rates would cancel
    lengths = np.arange(1, count + 1)
    squares = np.cumsum(backwards**2) - np.cumsum(backwards) ** 2 / lengths
    errors = (squares / lengths**2)[::-1]  # by the number of rounds that are cut
    return int(np.argmin(errors[: count // 2 + 1]))


def drift(rates: NDArray[np.float64]) -> Drift:
    """Fit a straight line to the rates of a stretch, by least squares.

    Args:
        rates: One a round, at least three, their mean not 0.
    """
    count, mean = len(rates), float(rates.mean())
    places = np.arange(count) - (count - 1) / 2
    spread = float(places @ places)
    slope = float(places @ rates) / spread
    left = rates - mean - slope * places
    error = math.sqrt(float(left @ left) / (count - 2) / spread)
    change = slope * (count - 1) / mean
    if error == 0:
        return Drift(change, 0.0 if slope else 1.0)
    return Drift(change, float(2 * special.stdtr(count - 2, -abs(slope / error))))


def is_steady(rates: NDArray[np.float64]) -> bool:
    """Tell whether nothing speaks against a trial's being steady: no drift above 2 % after its warm-up at p < 0.01.

    Of fewer than three rounds after the cut nothing can be said, and nothing is said.
    """
    left = rates[warm_up_cut(rates) :]
    if len(left) < _LEAST_ROUNDS:
        return True
    found = drift(left)
    return abs(found.change) <= LARGEST_DRIFT or found.p >= SIGNIFICANCE
