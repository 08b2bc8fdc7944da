"""Response times that the warm-up of a block has shown, by target, scenario and load.

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

    from harness.model import DrivenSlice

Cell: TypeAlias = tuple[Subject, str, Load]
"""A target under the load of a scenario."""

LONG = 0.9
# One quantile for each hundredth of the requests, four for each of the last two. The slowest four-hundredth is left
# out, because a single lost packet or a first request is no property of the target.
_SHARES = np.concatenate([np.arange(0.005, 0.98, 0.01), np.arange(0.98125, 0.9975, 0.0025)])
_WEIGHTS = np.where(_SHARES < 0.98, 1.0, 0.25)  # noqa: PLR2004 - where the finer steps begin
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """Response time of a target at one level, in seconds, to a microsecond.

    Attributes:
        mean_s: The mean, over which the first sends of a slice are spread.
        longest_s: The response time that a slice must allow for: nine tenths of the answers take at most as long, and
            half of the time of all connections, or more, is spent in requests that are not much longer.
    """

    mean_s: float
    longest_s: float

    @classmethod
    def of(cls, service: Histogram) -> ResponseTime:
        """Return the response time from a histogram with at least one sample.

        A target that is slow once in twenty has a fast p90, but its connections spend most of their time in the slow
        requests. So `longest_s` is at least the mean that weights each request by its duration.
        """
        times_s = np.array([value_s for _, value_s in service.curve(_SHARES)])
        total_s = float(_WEIGHTS @ times_s)
        weighted_s = float(_WEIGHTS @ times_s**2) / total_s if total_s else 0.0
        longest_s = max(service.quantile_s(LONG), weighted_s)
        return cls(round(total_s / float(_WEIGHTS.sum()), _DECIMALS), round(longest_s, _DECIMALS))


def learn(driven: Iterable[DrivenSlice]) -> Mapping[Cell, ResponseTime]:
    """Return the response times from the slices of a warm-up; a target without a sample is left out.

    Of the slices of a cell the fastest counts: what makes a target slow is in all of them, but a disturbance of the
    machine, or what a target loads at its first requests, is in one.
    """
    fastest: dict[Cell, ResponseTime] = {}
    for one in driven:
        cell = one.plan.subject, one.plan.scenario, one.plan.load
        service = Histogram.from_text(one.result.service) if one.result.service else Histogram()
        if service.count:
            found = ResponseTime.of(service)
            fastest[cell] = min(found, fastest.get(cell, found), key=lambda time: time.longest_s)
    return fastest
