"""Laws that measurements must obey, whoever is measured.

Arrivals: is a stretch of time between requests what it was planned to be? Queues: do rate, service time and CPU time of
one trial fit each other? A trial that breaks such a law was counted wrongly somewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scipy import stats

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Anderson-Darling's A² for an exponential distribution of unknown mean: the 1 % point for large samples, and Stephens'
# correction for small ones (M. A. Stephens, J. Amer. Statist. Assoc. 69, 1974, table 1 case 4).
_CRITICAL_1_PERCENT = 1.957
_CORRECTION = 0.6
TOLERANCE = 0.02


def exponential_distance(gaps_s: NDArray[np.float64]) -> float:
    """Return how far gaps are from an exponential distribution: A², as a multiple of its 1 % point.

    Gaps between the arrivals of a Poisson process exceed 1 in one of a hundred samples.

    Args:
        gaps_s: Times between successive arrivals, at least two, of any unit.
    """
    # scipy's stubs misspell the method
    statistic = float(stats.anderson(gaps_s, "expon", method="interpolate").statistic)  # type: ignore[call-overload]
    return statistic * (1 + _CORRECTION / len(gaps_s)) / _CRITICAL_1_PERCENT


def little_holds(connections: int, rate_per_s: float, service_s: float) -> bool:
    """Tell whether rate times mean service time gives the number of connections, to 2 % (Little's law).

    In closed load without think time every connection has a request on its way, always.
    """
    return abs(connections - rate_per_s * service_s) <= TOLERANCE * connections


def utilisation_holds(rate_per_s: float, cpu_s: float, cpus: int) -> bool:
    """Tell whether rate times CPU time a request is no more than the CPUs there are, to 2 % (the utilisation law).

    Both have to be of the same stretch of time. The tolerance is for what a target does between its slices, which its
    counter takes in and their wall time does not: below 1 % where it has nothing else to do.
    """
    return rate_per_s * cpu_s <= cpus * (1 + TOLERANCE)
