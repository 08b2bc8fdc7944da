"""Ladders: the rate of each step, whether the target kept up with it, and whether all requests cost the same CPU time.

A step that the target does not keep up with has no latency, so it has no CPU time at that rate either. The slope of a
ladder and the CPU time per request over many connections count the same work. If they differ, a warning says both.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING

from harness.analysis.keeping_up import is_shortfall
from harness.metrics.catalogue import (
    CPU_LOAD_OWN_RATE,
    CPU_PER_REQUEST,
    CPU_PER_REQUEST_LADDER,
    LATENCY_OWN_RATE,
    parse,
)
from harness.metrics.names import Quantile
from harness.metrics.words import phrase_of
from harness.units import Unit, human, human_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.analysis.series import Key, Series
    from harness.model import Plan, Result, StoredRun, Subject, Trial


def offered_rates(trials: Iterable[Trial]) -> Mapping[Subject, Mapping[tuple[str, float], float]]:
    """Return the mean rate of each step, in requests per second: by subject, then by scenario and share of the peak."""
    offered: dict[Subject, dict[tuple[str, float], dict[int, float]]] = {}
    for trial in trials:
        for driven in trial.slices if trial.failure is None else ():
            scenario, load = driven.plan.scenario, driven.plan.load
            if load.share is not None and load.rate_per_s is not None:
                of_step = offered.setdefault(trial.subject, {}).setdefault((scenario, load.share), {})
                of_step[trial.block] = load.rate_per_s
    return {
        subject: {step: fmean(of_blocks.values()) for step, of_blocks in sorted(of_steps.items())}
        for subject, of_steps in offered.items()
    }


def with_rates(stored: StoredRun, results: Sequence[Result]) -> tuple[Result, ...]:
    """Return the results; one at a share of the target's own peak says at which rate."""
    offered = offered_rates(stored.trials)
    found = []
    for result in results:
        named = parse(result.metric)
        step = (result.scenario or "", named.parameters.share or 0.0) if named else None
        rate_per_s = offered.get(result.subject, {}).get(step) if step else None
        found.append(replace(result, detail=f"at {human(rate_per_s, Unit.PER_SECOND)}") if rate_per_s else result)
    return tuple(found)


def leave_out_overload(series: Mapping[Key, Series]) -> None:
    """Remove the CPU time of each step whose rate was not answered, for the reason that its latency has."""
    for key, one in series.items():
        at = CPU_LOAD_OWN_RATE.parameters(key.metric)
        if at is None:
            continue
        median = series.get(replace(key, metric=LATENCY_OWN_RATE.name(share=at.share, quantile=Quantile.P50)))
        one.reasons += [reason for reason in (median.reasons if median else ()) if is_shortfall(reason)]


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
