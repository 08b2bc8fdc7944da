"""Overload: whether a target kept up with an open load. If it did not, its latencies measure the length of the slices.

Above its capacity a target's backlog grows as long as the load lasts, and so do its response times. The rule compares
what was answered in the counted part of the slices with what was due in it, in each block:

- A target that keeps up also has requests in flight at the end. They count as answered: the rate of its answers times
  its mean response time (Little's law), and at most one for each connection. What is missing then is less than one
  request, or it is a shortfall.
- In overload this is about half of the backlog at the end, for any length of the slices. So the other half stays.
- A slow handler may give its first answers late in the slice. If all answers take about the same time, nothing waits,
  and the rate of the arrivals takes the place of the rate of the answers.
- A request that was given up, or was never sent, counts as offered and not as answered.
- A block in which no request was due offered nothing, so it says nothing.

The median block decides. So one disturbed block neither removes the latencies of a target nor hides an overload.

The target is not accused of what limits the load itself: a generator that is busy, or too few connections. A request in
flight holds a connection, so a rate takes at least as many connections as it has times the shortest answer.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.analysis.absent import LARGEST
from harness.measure.capacity import GENERATOR_BUSY
from harness.model import ErrorKind
from harness.units import Unit, human

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.histogram import Histogram
    from harness.model import DrivenSlice

LEAST_ACHIEVED = 0.99
NOTHING_DUE = "no request was due in the counted part of a slice"

_ANSWERED = "/s answered"
_ALIKE = 1.5  # mean over shortest response time: in a growing backlog it is larger


@dataclass(frozen=True, slots=True)
class Achieved:
    """What one target achieved of one open load in one block.

    Attributes:
        share: Answered over offered, 0 to 1.
        rate_per_s: Answers per second.
        generator: Utilisation of the generator, 0 to 1.
    """

    share: float
    rate_per_s: float
    generator: float = 0.0

    @property
    def keeps_up(self) -> bool:
        """Whether at least 99 % of the load was answered."""
        return self.share >= LEAST_ACHIEVED


@dataclass(frozen=True, slots=True)
class Offer:
    """What an open load offers.

    Attributes:
        rate_per_s: The rate; the mean if blocks had different rates.
        connections: The largest number of requests in flight.
        shortest_s: The shortest answer of the target over one connection; None if it was not driven over one.
    """

    rate_per_s: float
    connections: int
    shortest_s: float | None = None

    @property
    def needs_more_connections(self) -> bool:
        """Whether even the shortest answers take more connections than the load has."""
        return self.shortest_s is not None and self.rate_per_s * self.shortest_s > self.connections


def achieved(slices: Sequence[DrivenSlice], response: Histogram) -> Achieved | None:
    """Return what a target achieved of an open load in one block; None if no request was due in it.

    Args:
        slices: All slices of the load in this block, at least one.
        response: The response times of the requests that were due in the counted parts, those given up included.
    """
    results = [driven.result for driven in slices]
    counted_s, planned = sum(one.counted_s for one in results), sum(one.planned or 0 for one in results)
    # a request that timed out is among the response times; one with another error is not
    failed = sum(count for one in results for kind, count in one.errors.items() if kind is not ErrorKind.TIMEOUT)
    due = response.count + failed
    if not due:
        return None
    generator = statistics.fmean(one.utilisation for one in results)
    counted = sum(one.counted for one in results)
    if not (counted_s and planned) or counted > LARGEST * counted_s:
        return Achieved(0.0, 0.0, generator)
    rate_per_s = counted / counted_s
    in_flight = len(results) * min(slices[0].plan.load.connections, _in_flight(rate_per_s, due / counted_s, response))
    missing = due - counted - in_flight
    in_time = 1.0 if missing < 1 else (counted + in_flight) / due
    in_the_end = sum(one.verified for one in results) / planned
    return Achieved(min(in_time, in_the_end), rate_per_s, generator)


def _in_flight(rate_per_s: float, due_per_s: float, response: Histogram) -> float:
    if response.min_ns is None:
        return 0.0
    are_alike = response.mean_s * 1e9 < _ALIKE * response.min_ns
    return (due_per_s if are_alike else rate_per_s) * response.mean_s


def overload(of_blocks: Sequence[Achieved], offer: Offer) -> str | None:
    """Return the sentence on a load that was not answered in the median block; None if the target kept up.

    Args:
        of_blocks: One per block, at least one.
        offer: What the load offers.
    """
    if statistics.median(one.share for one in of_blocks) >= LEAST_ACHIEVED:
        return None
    offered = f"{_rate(offer.rate_per_s)}/s"
    answered = f"{_rate(statistics.median(one.rate_per_s for one in of_blocks))}{_ANSWERED}"
    if statistics.median(one.generator for one in of_blocks) >= GENERATOR_BUSY:
        return f"the load generator was busy for over {GENERATOR_BUSY:.0%} of the time at {offered}: {answered}"
    if offer.needs_more_connections and offer.shortest_s is not None:
        takes = f"each answer takes {human(offer.shortest_s, Unit.SECOND)} or more"
        return f"{offer.connections:,} connections can't carry {offered}, as {takes}: {answered}"
    return f"does not keep up with {offered}: {answered}"


def is_shortfall(reason: str) -> bool:
    """Return whether a reason is a sentence of `overload`."""
    return reason.endswith(_ANSWERED)


def late_blocks(of_blocks: Sequence[Achieved]) -> str | None:
    """Return the warning about single blocks in which the target did not keep up; None if there are none."""
    late = sum(not one.keeps_up for one in of_blocks)
    return f"did not keep up with the rate in {late} of {len(of_blocks)} blocks" if late else None


def _rate(per_s: float) -> str:
    return f"{float(f'{per_s:.3g}'):,.10g}"
