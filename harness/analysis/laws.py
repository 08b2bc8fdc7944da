"""Laws that hold for the measurements of every target.

Arrivals: do the gaps between requests have the planned distribution? Queues: are rate, service time and CPU time of one
trial consistent? A trial that breaks a law has a wrong count.
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
TOLERANCE = 0.02


def exponential_distance(gaps_s: NDArray[np.float64]) -> float:
    """Return the distance of gaps from an exponential distribution: A², as a multiple of its 1 % point.

    For gaps of a Poisson process the result exceeds 1 in one of a hundred samples.

    Args:
        gaps_s: Times between successive arrivals, at least two, in any unit.
    """
    # scipy's stubs misspell the method
    statistic = float(stats.anderson(gaps_s, "expon", method="interpolate").statistic)  # type: ignore[call-overload]
    return statistic * (1 + _CORRECTION / len(gaps_s)) / _CRITICAL_1_PERCENT


def little_holds(connections: int, rate_per_s: float, service_s: float, gap_s: float = 0.0) -> bool:
    """Return whether rate times mean cycle time equals the number of connections, to 2 % (Little's law).

    In closed load every connection has a request in flight, or is in the gap between an answer and the next send. A
    connection that is idle or waits to reconnect is in neither, so the law does not hold with such connections.

    Args:
        connections: Number of connections.
        rate_per_s: Verified answers per second.
        service_s: Mean time from send to answer.
        gap_s: Mean time from an answer to the next send on the same connection, as in `SliceResult`.
    """
    return abs(connections - rate_per_s * (service_s + gap_s)) <= TOLERANCE * connections


def utilisation_holds(rate_per_s: float, cpu_s: float, cpus: int) -> bool:
    """Return whether rate times CPU time per request is at most the number of CPUs, to 2 % (the utilisation law).

    Both must cover the same time. The tolerance allows for CPU time between slices: the counter includes it and the
    wall time of slices does not. It is below 1 % in a target without other work.
    """
    return rate_per_s * cpu_s <= cpus * (1 + TOLERANCE)
