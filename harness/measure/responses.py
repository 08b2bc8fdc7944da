"""Response times that the warm-up of a block has shown, by target, scenario and load.

The head and the counted part of a slice must be long enough for the response times that a handler has by itself: they
decide when the loop is stationary. Time in a queue does not: a target with a queue is busy from the first moment on, so
its rate is the same in a short slice and in a long one. An unfair queue makes some connections wait a hundred times as
long as others, and slices of several such waits would take a run hours. One connection never queues, so it shows the
handler's own times. At more connections Little's law gives the mean time in the target: connections over rate.

These are pure functions of driven slices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from harness.histogram import Histogram
from harness.model import Load, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from harness.model import DrivenSlice

Cell: TypeAlias = tuple[Subject, str, Load]
"""A target under the load of a scenario."""

LONG = 0.9
# One quantile for each hundredth of the requests, four for each of the last two. The slowest four-hundredth is left
# out, because a single lost packet or a first request is no property of the target.
_SHARES = np.concatenate([np.arange(0.005, 0.98, 0.01), np.arange(0.98125, 0.9975, 0.0025)])
_WEIGHTS = np.where(_SHARES < 0.98, 1.0, 0.25)  # noqa: PLR2004 - where the finer steps begin
_DECIMALS = 6
_RESIDUALS = 17
FEWEST_ALONE = 50
"""Answers over one connection, below which they do not show a handler's slow mode."""
QUEUE_MEANS = 2
"""Mean times in a target that a slice allows for where connections queue: of exponential times, the mean that weights
each request by its duration is two means."""
_LAST_START = 0.625  # of the second-last quantile: the head lasts twice as long, so 1.25 times this quantile


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """Response time of a target at one level, in seconds, to a microsecond.

    Attributes:
        longest_s: The response time that a slice must allow for: nine tenths of the answers take at most as long, and
            half of the time of all connections, or more, is spent in requests that are not much longer.
        own_s: The part of it that the head and the counted part must allow for: less than `longest_s` where the rest is
            time in an unfair queue.
        residual_s: Quantiles of the residual response time at equal steps of probability, as `residual_quantiles`
            returns them: the first sends of a slice.
    """

    longest_s: float
    own_s: float
    residual_s: tuple[float, ...]

    @classmethod
    def equal(cls, response_s: float) -> ResponseTime:
        """Return the response time of a target whose answers all take the same time, in seconds."""
        uniform_s = 0.0, response_s  # the quantiles of the residual time, exactly
        return cls(response_s, response_s, uniform_s)

    @classmethod
    def of(cls, service: Histogram) -> ResponseTime:
        """Return the response time from a histogram with at least one sample.

        A target that is slow once in twenty has a fast p90, but its connections spend most of their time in the slow
        requests. So `longest_s` is at least the mean that weights each request by its duration. It is also long
        enough that 15 of 16 connections begin in the first four fifths of the head.
        """
        times_s = np.array([value_s for _, value_s in service.curve(_SHARES)])
        total_s = float(_WEIGHTS @ times_s)
        weighted_s = float(_WEIGHTS @ times_s**2) / total_s if total_s else 0.0
        residual_s = residual_quantiles(times_s, _WEIGHTS)
        last_start_s = residual_s[-2] if residual_s else 0.0
        longest_s = round(max(service.quantile_s(LONG), weighted_s, _LAST_START * last_start_s), _DECIMALS)
        return cls(longest_s, longest_s, residual_s)

    def queueing(self, own_s: float) -> ResponseTime:
        """Return this response time with the rest behind `own_s` seconds as time in a queue, if there is a rest."""
        own_s = round(own_s, _DECIMALS)
        return self if self.longest_s <= own_s else ResponseTime(self.longest_s, own_s, (0.0, own_s))


def residual_quantiles(times_s: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, ...]:
    """Return 17 quantiles of the residual response time, in seconds, at equal steps of probability from 0 to 1.

    The residual time is what is left, at a random moment, of the request in flight. Its density is (1 - F) / mean, with
    F the distribution of the response times. So the probability of at most y is the mean of min(time, y) over the mean
    time. A renewal process whose first renewal is drawn from it is stationary from its beginning (D. R. Cox, Renewal
    Theory, 1962, section 2.2: equilibrium renewal process).

    Args:
        times_s: Response times in seconds, ascending.
        weights: Their weights.
    """
    total_s = float(weights @ times_s)
    if not total_s:
        return ()
    ends_s = np.concatenate([[0.0], times_s])
    probabilities = np.minimum(times_s, ends_s[:, None]) @ weights / total_s
    found_s = np.interp(np.linspace(0, 1, _RESIDUALS), probabilities, ends_s)
    residual_s: list[float] = found_s.round(_DECIMALS).tolist()
    return tuple(residual_s)


def learn(driven: Iterable[DrivenSlice]) -> Mapping[Cell, ResponseTime]:
    """Return the response times from the slices of a warm-up; a target without a sample is left out.

    Of the slices of a cell the fastest counts: what makes a target slow is in all of them, but a disturbance of the
    machine, or what a target loads at its first requests, is in one.
    """
    shown = [(one, service) for one in driven if (service := service_of(one)).count]
    times = [(one, service.count, ResponseTime.of(service)) for one, service in shown]
    alone_s: dict[tuple[Subject, str], float] = {}
    for one, count, time in times:
        if one.plan.load.connections == 1 and count >= FEWEST_ALONE:
            key = one.plan.subject, one.plan.scenario
            alone_s[key] = min(time.longest_s, alone_s.get(key, time.longest_s))
    fastest: dict[Cell, ResponseTime] = {}
    for one, _, time in times:
        cell = one.plan.subject, one.plan.scenario, one.plan.load
        found = _without_queue(time, one, alone_s.get(cell[:2]))
        fastest[cell] = min(found, fastest.get(cell, found), key=lambda time: (time.own_s, time.longest_s))
    return fastest


def _without_queue(time: ResponseTime, driven: DrivenSlice, alone_s: float | None) -> ResponseTime:
    """Return the response time of a slice with what is time in a queue; as it is if that can't be known.

    Args:
        time: The response time.
        driven: The slice that has shown it.
        alone_s: The handler's own longest time in seconds, which one connection has shown; None if none has.
    """
    if alone_s is None or not driven.result.counted:
        return time
    return time.queueing(max(alone_s, QUEUE_MEANS * mean_s(driven)))


def service_of(driven: DrivenSlice) -> Histogram:
    """Return the times of the answers of a slice."""
    return Histogram.from_texts([driven.result.service])


def mean_s(driven: DrivenSlice) -> float:
    """Return the mean time of a request in the target by Little's law, in seconds; the slice has counted requests."""
    return driven.plan.load.connections * driven.result.counted_s / driven.result.counted
