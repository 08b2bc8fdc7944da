"""Laws that hold for the measurements of every target.

Are rate, service time and CPU time of one trial consistent, as the laws of queues say? A trial that breaks a law has a
wrong count.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from harness.analysis.absent import no_interval
from harness.analysis.intervals import Interval, log_t_interval
from harness.units import significant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.histogram import Histogram
    from harness.model import Subject

    _Load = tuple[Subject, str | None, int]
    """Subject, scenario and number of connections."""
    Loads = Mapping[_Load, Sequence["Cycles"]]
    Reasons = Mapping[_Load, str | None]

TOLERANCE = 0.02
LEAST_WAITING = 0.1
"""Share of the connections that wait without an answer, from which on a throughput has a warning."""
LEAST_HANDLED = 0.5
"""Share of the requests in flight in handlers, from which on slow answers are slow handlers and no queue."""


@dataclass(frozen=True, slots=True)
class Cycles:
    """The cycles of the connections of one closed load in one trial: send, answer, gap, next send.

    Attributes:
        connections: The number of connections.
        rate_per_s: Verified answers per second.
        service: The times from send to answer, of the requests that were sent in the counted time.
        gap_s: The mean time from an answer to the next send on the same connection; None if it is not stored.
        in_flight: The mean number of requests in flight in the counted time; None if it is not stored.
        counted_s: The counted time of all slices.
        reconnects: How often a connection was opened again. Meanwhile it is in no cycle.
    """

    connections: int
    rate_per_s: float
    service: Histogram
    gap_s: float | None
    in_flight: float | None
    counted_s: float
    reconnects: int = 0

    @property
    def busy_connections(self) -> float | None:
        """How many connections are in a cycle on average: with a request in flight, or in the gap before the next."""
        return None if self.in_flight is None else self.in_flight + self.rate_per_s * (self.gap_s or 0.0)


def lawless(loads: Loads) -> tuple[Reasons, Reasons]:
    """Return the reasons against the rates of closed loads by Little's law, and those against their times.

    Where requests that wait in a queue outlast the slices, the rate is right and the times are not. Where the handler
    itself takes so long, neither is. Then the levels of fewer connections have no rate either, unless their requests
    queue: the same answers outlast their slices, but they may have too few of them to show it.
    """
    rates = {load: broken_littles_law(trials) for load, trials in loads.items()}
    times = {load: rates[load] or biased_times(trials) for load, trials in loads.items()}
    handled = [load for load, trials in loads.items() if not are_queueing(trials, _alone(loads, *load[:2]))]
    slow = sorted((load for load in handled if times[load] and not rates[load]), key=lambda load: load[2])
    of_handlers = {load: times[load] or _of_more(load, slow, times) for load in handled}
    return {load: reason or of_handlers.get(load) for load, reason in rates.items()}, times


def _of_more(load: _Load, slow: Sequence[_Load], times: Reasons) -> str | None:
    """Return the reason of the same scenario over more connections, if one of these loads is it."""
    found = (other for other in slow if other[:2] == load[:2] and other[2] > load[2])
    return next((f"at {other[2]} connections {times[other]}" for other in found), None)


def _alone(loads: Loads, subject: Subject, scenario: str | None) -> list[Cycles]:
    """Return the cycles of a subject over one connection: in this scenario, or else in any other."""
    own = {of: trials for (one, of, connections), trials in loads.items() if one == subject and connections == 1}
    return list(own.get(scenario) or chain.from_iterable(own.values()))


def busy_connections(trials: Sequence[Cycles]) -> float | None:
    """Return how many connections are in a cycle on average over all counted time; None without stored numbers."""
    busy_s, counted_s = 0.0, sum(one.counted_s for one in trials)
    for one in trials:
        if one.busy_connections is None:
            return None
        busy_s += one.busy_connections * one.counted_s
    return busy_s / counted_s if counted_s else None


def broken_littles_law(trials: Sequence[Cycles]) -> str | None:
    """Return how trials of one load break Little's law; None if they keep it, or if there is nothing to judge.

    In closed load every connection has a request in flight, or is in the gap between an answer and the next send. So
    the requests in flight and rate times gap are the number of connections, to 2 %. This holds in a slice of any
    length. Without a stored gap, or with connections that were opened again, the sum may be smaller. A machine that
    stops the generator at the beginning of a slice makes it smaller in one block: the interval over the blocks decides,
    and without one the mean.

    Args:
        trials: One per block.
    """
    busy = busy_connections(trials)
    if busy is None:
        return None
    connections = trials[0].connections
    may_be_smaller = any(one.gap_s is None or one.reconnects for one in trials)
    shares = [one.busy_connections / connections for one in trials if one.busy_connections is not None]
    share = busy / connections
    off = _beyond(_interval(shares) or Interval(share, share, share))
    if off is None or (off < 0 and may_be_smaller):
        return None
    percent, most = (significant(100 * one, 2) for one in (abs(share - 1), TOLERANCE))
    level = f"{connections} connection{'s' if connections > 1 else ''}"
    return (
        f"requests in flight and the gaps between them are {significant(busy)} over {level}, {percent} % off: Little's "
        f"law allows {most} %"
    )


def biased_times(trials: Sequence[Cycles]) -> str | None:
    """Return how slices bias the times of one load; None if they don't, or if there is nothing to judge.

    Rate times mean time is the number of requests in flight (Little's law). The mean has the requests that were sent
    in the counted part. A request that crosses its end counts with its whole time, and one that crosses its beginning
    does not count. The two balance, unless requests outlast slices. Then those that were sent in the head may still
    wait in the tail, and are in no mean: it is too small. Or many begin to wait in the counted part: it is too large.
    Such a bias is the same in all blocks: the interval over the blocks lies beyond 2 %.

    Args:
        trials: One per block.
    """
    interval = _answered(trials)
    if interval is None or (off := _beyond(interval)) is None:
        return None
    return (
        f"requests outlast the slices: rate times mean time is {significant(100 * abs(off), 2)} % "
        f"{'more' if off > 0 else 'less'} than the requests in flight (Little's law)"
    )


def left_waiting(trials: Sequence[Cycles]) -> str | None:
    """Return the warning about connections that wait for a whole slice while others are served; None if they are few.

    A target may serve a fixed number of connections until they close. Rate times mean time is then the number of
    connections that it serves (see `biased_times`). The rate is right, but it is the rate over these.

    Args:
        trials: One per block.
    """
    interval = _answered(trials)
    if interval is None or interval.high >= 1 - LEAST_WAITING:
        return None
    connections = trials[0].connections
    served = max(1, round(connections * interval.estimate))
    return f"about {served} of {connections} connections were served at a time: the others waited longer than a slice"


def _answered(trials: Sequence[Cycles]) -> Interval | None:
    """Return the share of the requests in flight that rate and mean time explain; None without an interval."""
    return _interval([one.rate_per_s * one.service.mean_s / one.in_flight for one in trials if one.in_flight])


def are_queueing(trials: Sequence[Cycles], alone: Sequence[Cycles]) -> bool:
    """Return whether most requests in flight wait in a queue, as far as is known.

    A target with a queue is busy all the time, so its rate is right also where some requests outlast the slices. A
    handler that is seldom slow has no queue: connections get into its slow answers one after the other, so in short
    slices too few are there, and the rate is too high. Rate times the mean time over one connection, where nothing
    queues, is the number of requests in handlers (Little's law).

    Args:
        trials: The cycles of a load, one per block.
        alone: The cycles of the target over one connection; none if they are not known.
    """
    connections = trials[0].connections
    answers = sum(one.service.count for one in alone)
    if connections == 1 or not answers:
        return connections > 1
    own_s = sum(one.service.sum_ns for one in alone) / 1e9 / answers
    return statistics.fmean(one.rate_per_s for one in trials) * own_s < LEAST_HANDLED * connections


def _interval(shares: Sequence[float]) -> Interval | None:
    return log_t_interval(shares) if no_interval(shares) is None else None


def _beyond(interval: Interval) -> float | None:
    """Return how far an estimate is from 1 if its interval lies beyond 2 %; else None."""
    is_beyond = interval.low > 1 + TOLERANCE or interval.high < 1 - TOLERANCE
    return interval.estimate - 1 if is_beyond else None


def utilisation_holds(rate_per_s: float, cpu_s: float, cpus: int) -> bool:
    """Return whether rate times CPU time per request is at most the number of CPUs, to 2 % (the utilisation law).

    Both must cover the same time. The tolerance allows for CPU time between slices: the counter includes it and the
    wall time of slices does not. It is below 1 % in a target without other work.
    """
    return rate_per_s * cpu_s <= cpus * (1 + TOLERANCE)
