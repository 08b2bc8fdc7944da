"""Ladders: which steps a target kept up with, and whether the CPU time of a further request is that of any request.

A step that the target does not keep up with has no latency, so it has no CPU time at that rate either. The slope of a
ladder and the CPU time per request over many connections count the same work. If they differ, a warning says both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.metrics.catalogue import (
    CPU_LOAD_OWN_RATE,
    CPU_PER_REQUEST,
    CPU_PER_REQUEST_LADDER,
    LATENCY_OWN_RATE,
)
from harness.metrics.names import Quantile
from harness.metrics.words import phrase_of
from harness.units import human_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.analysis.series import Key, Series
    from harness.model import Plan, Result


def leave_out_overload(series: Mapping[Key, Series]) -> None:
    """Give the CPU time of each step the reasons for which the step has no median response time."""
    for key, one in series.items():
        at = CPU_LOAD_OWN_RATE.parameters(key.metric)
        if at is None:
            continue
        median = series.get(replace(key, metric=LATENCY_OWN_RATE.name(share=at.share, quantile=Quantile.P50)))
        one.reasons += [reason for reason in (median.reasons if median else ()) if reason not in one.reasons]


def with_slope_warnings(plan: Plan, results: Sequence[Result]) -> tuple[Result, ...]:
    """Return the results; the slope of a ladder gets a warning if its interval is apart from that of closed load."""
    closed = CPU_PER_REQUEST.name(connections=plan.profile.headline_connections)
    costs = {(one.subject, one.scenario): one for one in results if one.metric == closed}
    return tuple(
        _with_warning(one, costs.get((one.subject, one.scenario)))
        if one.metric == CPU_PER_REQUEST_LADDER.name()
        else one
        for one in results
    )


def _with_warning(slope: Result, cost: Result | None) -> Result:
    if cost is None or _overlap(slope, cost) is not False:
        return slope
    words = f"{phrase_of(slope.metric)}, {_spelled(slope)}, differs from {phrase_of(cost.metric)}, {_spelled(cost)}"
    return replace(slope, warnings=(*slope.warnings, words))


def _overlap(one: Result, other: Result) -> bool | None:
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return None
    return one.low <= other.high and other.low <= one.high


def _spelled(result: Result) -> str:
    return human_interval(result.estimate or 0.0, result.low or 0.0, result.high or 0.0, result.unit)
