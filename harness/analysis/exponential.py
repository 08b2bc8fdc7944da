"""Gaps between requests: how far they are from an exponential distribution, the one of planned Poisson arrivals.

This module stands alone because it needs scipy's statistics, which take half a second to import. A report does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scipy import stats

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Anderson-Darling's A² for an exponential distribution with an unknown mean: the 1 % point for large samples, and
# Stephens' correction for small ones (M. A. Stephens, J. Amer. Statist. Assoc. 69, 1974, table 1 case 4).
_CRITICAL_1_PERCENT = 1.957
_CORRECTION = 0.6


def exponential_distance(gaps_s: NDArray[np.float64]) -> float:
    """Return the distance of gaps from an exponential distribution: A², as a multiple of its 1 % point.

    For gaps of a Poisson process the result exceeds 1 in one of a hundred samples.

    Args:
        gaps_s: Times between successive arrivals, at least two, in any unit.
    """
    # scipy's stubs misspell the method
    statistic = float(stats.anderson(gaps_s, "expon", method="interpolate").statistic)  # type: ignore[call-overload]
    return statistic * (1 + _CORRECTION / len(gaps_s)) / _CRITICAL_1_PERCENT
