"""Overload: whether a target kept up with an open load. If it did not, its latencies measure the length of the slices.

Above its capacity a target's backlog grows as long as the load lasts, and so do its response times. The rule compares
what was answered in the counted part of the slices with what was due in it, in each block:

- A target that keeps up also has requests in flight at the end. They count as answered: the rate of its answers times
  its mean response time (Little's law), and at most one for each connection. If one request or more is then missing,
  that is a shortfall.
- In overload this is about half of the backlog at the end, for any length of the slices. So the other half stays.
- A slow handler may give its first answers late in the slice. If all answers take about the same time, nothing waits,
  and the rate of the arrivals takes the place of the rate of the answers.
- A request that was given up, or was never sent, counts as offered and not as answered.
- A block in which no request was due offered nothing, so it says nothing.

An overload of a few per cent leaves a backlog of a few per cent of a slice, and half of it is too little to see. So
each block also has a second share: how far its answers fell behind in the slice. Three numbers give it, each as if a
backlog grew from nothing, and the least of them counts:

- the time that the last answers took, without the handler's own time;
- the mean response time, without the handler's own time;
- what was missing in the counted part.

One slow request makes only the first of them large. Slow answers that are computed at the same time do not make the
third large, if the head is ten times as long.

At a target that just keeps up (99 % of its capacity) random arrivals and service times leave a backlog as well. So both
shares must exceed a limit that chance exceeds in 1 % of such runs. The limit falls with the root of the number of
requests.

The median block decides. So one disturbed block neither removes the latencies of a target nor hides an overload.

The target is not accused of what limits the load itself: a generator that is busy, or too few connections. A request in
flight holds a connection, so a rate takes at least as many connections as it has times the shortest answer.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.analysis.absent import LARGEST
from harness.histogram import seconds_of
from harness.measure.capacity import GENERATOR_BUSY
from harness.model import ErrorKind
from harness.units import Unit, human, part_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.histogram import Histogram
    from harness.model import DrivenSlice

LEAST_ACHIEVED = 0.99
NEAR_PEAK = 0.95
"""Share of the largest throughput, from which on response times grow with the length of the slices."""
NOTHING_DUE = "no request was due in the counted part of a slice"

_ANSWERED = "/s answered"
_ALIKE = 1.5  # mean over shortest response time: in a growing backlog it is larger
_FEWEST_ALONE = 50
# The backlog at the end of a slice over the mean response time, and over what is missing after a head of a sixth: a
# backlog by chance grows with the root of time, one of overload with time. Both factors are for the former.
_TO_MEAN, _TO_MISSING = 1.5, 1.3
# What chance reaches, by the root of the requests: simulated, tests/analysis/test_falling_behind.py
_MISSING_BY_CHANCE, _BEHIND_BY_CHANCE = 1.7, 3.2
_HEADS = 10  # the head of a slice over an answer, from which on the requests in flight no longer grow by themselves
_VARIATION = 1.0  # of exponential times, where the target's own is not known


@dataclass(frozen=True, slots=True)
class Alone:
    """A target's answers over one connection, where none waits for another.

    Attributes:
        mean_s: Their mean duration.
        variation: The variance of their durations over the square of the mean.
    """

    mean_s: float
    variation: float

    @classmethod
    def of(cls, service: Histogram) -> Alone | None:
        """Return the answers of a histogram; None if there are too few."""
        if service.count < _FEWEST_ALONE or not service.sum_ns:
            return None
        bins, counts = service.filled()
        mean_s, times_s = service.mean_s, seconds_of(bins)
        variance = float(counts @ (times_s - mean_s) ** 2) / service.count
        return cls(mean_s, variance / mean_s**2)


@dataclass(frozen=True, slots=True)
class Achieved:
    """What one target achieved of one open load in one block.

    Attributes:
        share: Answered over offered, 0 to 1.
        rate_per_s: Answers per second.
        generator: Utilisation of the generator, 0 to 1.
        due: The requests that were due in the slices, their heads included; 0 if that is not known.
        in_the_end: Answered over offered after the drain, 0 to 1; chance has no part in it.
        behind: How far the answers fell behind, as a share of a slice; 0 if that is not known.
        behind_s: The same in seconds.
    """

    share: float
    rate_per_s: float
    generator: float = 0.0
    due: int = 0
    in_the_end: float = 1.0
    behind: float = 0.0
    behind_s: float = 0.0

    def keeps_up(self, alone: Alone | None) -> bool:
        """Return whether at least 99 % of the load was answered, or so much that chance explains the rest."""
        return not _is_short([self], alone)


@dataclass(frozen=True, slots=True)
class Offer:
    """What an open load offers.

    Attributes:
        rate_per_s: The rate; the mean if blocks had different rates.
        connections: The largest number of requests in flight.
        shortest_s: The shortest answer of the target over one connection; None if it was not driven over one.
        alone: Its answers over one connection; None if there are too few.
    """

    rate_per_s: float
    connections: int
    shortest_s: float | None = None
    alone: Alone | None = None

    @property
    def needs_more_connections(self) -> bool:
        """Whether even the shortest answers take more connections than the load has."""
        return self.shortest_s is not None and self.rate_per_s * self.shortest_s > self.connections


def achieved(slices: Sequence[DrivenSlice], response: Histogram, alone: Alone | None = None) -> Achieved | None:
    """Return what a target achieved of an open load in one block; None if no request was due in it.

    Args:
        slices: All slices of the load in this block, at least one.
        response: The response times of the requests that were due in the counted parts, those given up included.
        alone: The target's answers over one connection; None if they are not known.
    """
    results = [driven.result for driven in slices]
    counted_s, planned = sum(one.counted_s for one in results), sum(one.planned or 0 for one in results)
    # a request that timed out is among the response times; one with another error is not
    failed = sum(count for one in results for kind, count in one.errors.items() if kind is not ErrorKind.TIMEOUT)
    due = response.count + failed
    if not due:
        return None
    generator = statistics.mean(one.utilisation for one in results)
    counted = sum(one.counted for one in results)
    if not (counted_s and planned) or counted > LARGEST * counted_s:
        return Achieved(0.0, 0.0, generator, planned, 0.0)
    rate_per_s = counted / counted_s
    in_flight = len(results) * min(slices[0].plan.load.connections, _in_flight(rate_per_s, due / counted_s, response))
    missing = due - counted - in_flight
    in_time = 1.0 if missing < 1 else (counted + in_flight) / due
    in_the_end = sum(one.verified for one in results) / planned
    lasts_s = statistics.mean(one.plan.duration_s for one in slices)
    behind_s = 0.0 if alone is None else _behind_s(slices, response, alone.mean_s, missing=1 - counted / due)
    return Achieved(
        min(in_time, in_the_end),
        rate_per_s,
        generator,
        planned,
        in_the_end,
        behind_s / lasts_s if lasts_s else 0.0,
        behind_s,
    )


def _behind_s(slices: Sequence[DrivenSlice], response: Histogram, alone_s: float, missing: float) -> float:
    """Return how far the answers of a block fell behind in a slice; a block with a failed request does not say it.

    Args:
        slices: The slices.
        response: The response times.
        alone_s: The mean duration of an answer over one connection.
        missing: The share of the requests due in the counted part that was not answered in it.
    """
    head_s = min(one.plan.discard_s for one in slices)
    if not response.count or any(one.result.errors for one in slices) or alone_s * _HEADS > head_s:
        return 0.0
    last_s = statistics.mean(one.result.wall_s - one.plan.duration_s for one in slices) - alone_s
    lasts_s = statistics.mean(one.plan.duration_s for one in slices)
    return max(0.0, min(last_s, _TO_MEAN * (response.mean_s - alone_s), _TO_MISSING * missing * lasts_s))


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
    is_short = _is_short(of_blocks, offer.alone)
    if not is_short and not _falls_behind(of_blocks, offer.alone):
        return None
    offered = f"{_rate(offer.rate_per_s)}/s"
    answered = f"{_rate(statistics.median(one.rate_per_s for one in of_blocks))}{_ANSWERED}"
    if statistics.median(one.generator for one in of_blocks) >= GENERATOR_BUSY:
        return f"the load generator was busy for over {GENERATOR_BUSY:.0%} of the time at {offered}: {answered}"
    if offer.needs_more_connections and offer.shortest_s is not None:
        takes = f"each answer takes {human(offer.shortest_s, Unit.SECOND)} or more"
        return f"{offer.connections:,} connections can't carry {offered}, as {takes}: {answered}"
    if not is_short:
        behind = human(statistics.median(one.behind_s for one in of_blocks), Unit.SECOND)
        return f"does not keep up with {offered}: in a slice its answers fell behind by {behind}, {answered}"
    return f"does not keep up with {offered}: {answered}"


def _is_short(of_blocks: Sequence[Achieved], alone: Alone | None) -> bool:
    """Return whether less than 99 % was answered in the median block, so that chance does not explain it."""
    if statistics.median(one.in_the_end for one in of_blocks) < LEAST_ACHIEVED:
        return True
    missing = 1 - statistics.median(one.share for one in of_blocks)
    return missing > _most_by_chance(_MISSING_BY_CHANCE, of_blocks, alone)


def _falls_behind(of_blocks: Sequence[Achieved], alone: Alone | None) -> bool:
    """Return whether the answers of the median block fell behind by more than chance explains."""
    behind = statistics.median(one.behind for one in of_blocks)
    return behind > _most_by_chance(_BEHIND_BY_CHANCE, of_blocks, alone)


def _most_by_chance(factor: float, of_blocks: Sequence[Achieved], alone: Alone | None) -> float:
    due = sum(one.due for one in of_blocks)
    variation = _VARIATION if alone is None else alone.variation
    by_chance = factor * math.sqrt((1 + variation) / due) if due else 0.0
    return max(1 - LEAST_ACHIEVED, by_chance)


def is_shortfall(reason: str) -> bool:
    """Return whether a reason is a sentence of `overload`."""
    return reason.endswith(_ANSWERED)


def late_blocks(of_blocks: Sequence[Achieved], alone: Alone | None = None) -> str | None:
    """Return the warning about single blocks in which the target did not keep up; None if there are none."""
    late = sum(not one.keeps_up(alone) for one in of_blocks)
    return f"did not keep up with the rate in {part_of(late, len(of_blocks), 'block')}" if late else None


def _rate(per_s: float) -> str:
    return f"{float(f'{per_s:.3g}'):,.10g}"
