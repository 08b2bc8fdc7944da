"""Laws that hold for the measurements of every target.

Arrivals: do the gaps between requests have the planned distribution? Queues: are rate, service time and CPU time of one
trial consistent? A trial that breaks a law has a wrong count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import stats

from harness.analysis.absent import no_interval
from harness.analysis.intervals import log_t_interval
from harness.units import significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from harness.histogram import Histogram

# Anderson-Darling's A² for an exponential distribution with an unknown mean: the 1 % point for large samples, and
# Stephens' correction for small ones (M. A. Stephens, J. Amer. Statist. Assoc. 69, 1974, table 1 case 4).
_CRITICAL_1_PERCENT = 1.957
_CORRECTION = 0.6
TOLERANCE = 0.02
_EDGE_DEVIATIONS = 3  # standard deviations of the noise of edges: one load in 370 exceeds them by chance


def exponential_distance(gaps_s: NDArray[np.float64]) -> float:
    """Return the distance of gaps from an exponential distribution: A², as a multiple of its 1 % point.

    For gaps of a Poisson process the result exceeds 1 in one of a hundred samples.

    Args:
        gaps_s: Times between successive arrivals, at least two, in any unit.
    """
    # scipy's stubs misspell the method
    statistic = float(stats.anderson(gaps_s, "expon", method="interpolate").statistic)  # type: ignore[call-overload]
    return statistic * (1 + _CORRECTION / len(gaps_s)) / _CRITICAL_1_PERCENT


@dataclass(frozen=True, slots=True)
class Cycles:
    """The cycles of the connections of one closed load in one trial: send, answer, gap, next send.

    Attributes:
        connections: The number of connections.
        rate_per_s: Verified answers per second.
        service: The times from send to answer.
        gap_s: The mean time from an answer to the next send on the same connection; None if it is not stored.
        slices: The number of slices.
        counted_s: The counted time of all slices.
        reconnects: How often a connection was opened again. Meanwhile it is in no cycle.
    """

    connections: int
    rate_per_s: float
    service: Histogram
    gap_s: float | None
    slices: int
    counted_s: float
    reconnects: int = 0

    @property
    def busy_connections(self) -> float:
        """How many connections are in a cycle on average: rate times (service time + gap)."""
        return self.rate_per_s * (self.service.mean_s + (self.gap_s or 0.0))


def busy_connections(trials: Sequence[Cycles]) -> float:
    """Return how many connections are in a cycle on average: rate times (service time + gap), over all counted time.

    Args:
        trials: At least one, with counted time and with answers.
    """
    in_cycles = sum(one.busy_connections * one.counted_s for one in trials)
    return in_cycles / sum(one.counted_s for one in trials)


def broken_littles_law(trials: Sequence[Cycles]) -> str | None:
    """Return how trials of one load break Little's law; None if they keep it, or if there is nothing to judge.

    In closed load every connection has a request in flight, or is in the gap between an answer and the next send. So
    the number of connections is rate times (service time + gap), to 2 % and to what the edges of slices allow (see
    `_edge_noise_s`). Without a stored gap, or with connections that were opened again, the product may be smaller.

    Args:
        trials: One per block.
    """
    whole_s = sum(one.counted_s for one in trials)
    if not trials or not whole_s or not all(one.service.count for one in trials):
        return None
    connections, product = trials[0].connections, busy_connections(trials)
    allowed = TOLERANCE + _EDGE_DEVIATIONS * _edge_noise_s(trials) / whole_s
    off = product / connections - 1
    may_be_smaller = any(one.gap_s is None or one.reconnects for one in trials)
    if abs(off) <= allowed or (off < 0 and may_be_smaller):
        return None
    percent, most = (significant(100 * share, 2) for share in (abs(off), allowed))
    level = f"{connections} connection{'s' if connections > 1 else ''}"
    return (
        f"the rate times the time of a request is {significant(product)} over {level}, {percent} % off: Little's law "
        f"allows {most} %"
    )


def biased_times(trials: Sequence[Cycles]) -> str | None:
    """Return how the edges of slices bias the times of one load; None if they don't, or if there is nothing to judge.

    Where requests are as long as slices, the edges allow almost any product of rate and time, so Little's law can't
    say that a count is wrong. But noise of edges has both signs. Where the product exceeds the connections in all
    blocks alike, the mean of the times is too large: the interval over the blocks lies above the connections and 2 %.

    Args:
        trials: One per block.
    """
    products = [one.busy_connections / one.connections for one in trials if one.service.count]
    if no_interval(products) is not None:
        return None
    found = log_t_interval(products)
    if found.low <= 1 + TOLERANCE:
        return None
    percent = significant(100 * (found.estimate - 1), 2)
    return (
        f"requests are as long as slices, whose edges make their mean too large: rate times mean is {percent} % more "
        "than the connections can have (Little's law)"
    )


def _edge_noise_s(trials: Sequence[Cycles]) -> float:
    """Return the standard deviation of the counted time in cycles that the edges of slices cause, per connection.

    A request that crosses the end of the counted part has its whole time in the mean, and one that crosses its
    beginning has none. The two balance over many slices. A request's rest behind an edge has the mean square
    E[R³] / 3 E[R] (renewal theory). A stall crosses the edge on all connections at once, so they do not average out.
    Equal times have no such noise, because connections begin spread: their mean square E[R]² / 3 does not count.
    """
    square_s2 = 0.0
    for one in trials:
        mean_s = one.service.moment(1)
        spread_s2 = max(0.0, one.service.moment(3) / mean_s - mean_s**2) if mean_s else 0.0
        square_s2 += 2 * one.slices * spread_s2 / 3
    return math.sqrt(square_s2)


def utilisation_holds(rate_per_s: float, cpu_s: float, cpus: int) -> bool:
    """Return whether rate times CPU time per request is at most the number of CPUs, to 2 % (the utilisation law).

    Both must cover the same time. The tolerance allows for CPU time between slices: the counter includes it and the
    wall time of slices does not. It is below 1 % in a target without other work.
    """
    return rate_per_s * cpu_s <= cpus * (1 + TOLERANCE)
