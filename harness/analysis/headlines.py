"""Headlines: the metrics that stand for a run, and whose comparisons form one family.

They follow from the plan, so they are fixed before the measurement and can't be chosen by their outcome.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.metrics.catalogue import (
    CATALOGUE,
    COLD_START_READY,
    LATENCY_CLOSED,
    LATENCY_OPEN,
    MEMORY_IDLE,
    MEMORY_LOADED,
    MEMORY_PSS_LOADED,
    PACED_LATENCY,
    PROCESS_START_READY,
    connections_of,
    is_given,
    parse,
    quantile_of,
)
from harness.metrics.names import Parameters, Pattern, Quantile
from harness.metrics.words import sort_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.model import Plan, Result, Summary

    _Key = tuple[str, str | None]
    """Metric and scenario."""

HEADLINES = (
    "throughput of the headline scenario over one number of connections, its median and p99 latency at the highest "
    "rate, loaded memory, and the time to the first right answer"
)


def headline_metrics(plan: Plan) -> frozenset[_Key]:
    """Return metric and scenario of the headline results of a plan; `HEADLINES` names them in words.

    The throughput is at the level that all scenarios share; without such a level, at the highest. A run whose scenarios
    are all paced has no headlines under load.
    """
    profile, scenario = plan.profile, plan.headline
    connections, rate_per_s = profile.headline_connections, max(profile.open_rates_per_s, default=None)
    return frozenset(
        (name, scenario if metric.depends_on_load else None)
        for metric in CATALOGUE
        for role in metric.headlines
        if (scenario is not None or not metric.depends_on_load)
        and (name := Pattern(metric.pattern).build(Parameters(connections, rate_per_s, role.quantile)))
    )


def shown_headlines(plan: Plan, results: Sequence[Result]) -> tuple[_Key, ...]:
    """Return metric and scenario of what terminal and page show in short: throughput, a latency, memory and start.

    A metric without any number gives way to the next one of its kind that has one.

    Args:
        plan: Names the headline scenario and its level.
        results: The results of the compared subjects.
    """
    kinds = (throughputs(plan, results), _latencies(plan, results), *_without_load(results))
    measured = {(one.metric, one.scenario) for one in results if one.estimate is not None}
    best = (next((key for key in keys if key in measured), next(iter(keys), None)) for keys in kinds)
    return tuple(key for key in best if key is not None)


def measured_headlines(summary: Summary) -> list[_Key]:
    """Return metric and scenario of the shown headlines that have a number of a subject."""
    of_subjects = [one for one in summary.results if one.subject in summary.run.plan.subjects]
    measured = {(one.metric, one.scenario) for one in of_subjects if one.estimate is not None}
    return [key for key in shown_headlines(summary.run.plan, of_subjects) if key in measured]


def followed_headlines(summary: Summary) -> frozenset[_Key]:
    """Return metric and scenario of what is followed from run to run: the headlines, and what is shown in short.

    A short run may have no p99, and shows a lower percentile in its place, which is no headline.
    """
    return headline_metrics(summary.run.plan) | set(measured_headlines(summary))


def paced_headlines(scenario: str, results: Sequence[Result]) -> list[_Key]:
    """Return what stands for a paced scenario: its rate, and the median and p99 of its response times."""
    rates = dict.fromkeys(one.metric for one in results if one.scenario == scenario and is_given(one.metric))
    return [key for rate in rates for key in ((rate, scenario), *beside_rate(rate, scenario, results))]


def beside_rate(rate: str, scenario: str, results: Sequence[Result]) -> list[_Key]:
    """Return the median of the response times under the load of a rate, and the p99, or the p90 if that has none."""
    named = parse(rate)
    if named is None:
        return []
    kind = PACED_LATENCY if named.metric.is_given else LATENCY_CLOSED
    quantiles = (Quantile.P50, Quantile.P90, Quantile.P99)
    names = [Pattern(kind.pattern).build(replace(named.parameters, quantile=one)) for one in quantiles]
    measured = {one.metric for one in results if one.scenario == scenario and one.estimate is not None}
    shown = [(name, scenario) for name in names if name in measured]
    return [*shown[:1], *shown[1:][-1:]]


def throughputs(plan: Plan, results: Sequence[Result]) -> list[_Key]:
    """Return the throughputs of the headline scenario: at the level that all scenarios share, then from the highest.

    Args:
        plan: Names the headline scenario and the shared level.
        results: The results that count.
    """
    found = {one.metric: connections_of(one.metric) or 0 for one in results if one.scenario == plan.headline}
    shared = plan.profile.other_connections
    levels = sorted(filter(None, set(found.values())), key=lambda level: (level == shared, level), reverse=True)
    return [(metric, plan.headline) for level in levels for metric, of in found.items() if of == level]


def _latencies(plan: Plan, results: Sequence[Result]) -> list[_Key]:
    """Return the latencies of the headline scenario: open load before closed, and the p99 before other percentiles."""
    found = {one.metric: quantile_of(one.metric) or 0.0 for one in results if one.scenario == plan.headline}

    def order(metric: str) -> tuple[bool, bool, float, object]:
        is_usual = found[metric] <= Quantile.P99.share
        return LATENCY_OPEN.parameters(metric) is not None, is_usual, found[metric], sort_key(metric)

    return [(metric, plan.headline) for metric in sorted(filter(found.get, found), key=order, reverse=True)]


def _without_load(results: Sequence[Result]) -> Iterator[list[_Key]]:
    known = {one.metric for one in results}
    for metrics in ((MEMORY_LOADED, MEMORY_PSS_LOADED, MEMORY_IDLE), (COLD_START_READY, PROCESS_START_READY)):
        yield [(metric.name(), None) for metric in metrics if metric.name() in known]
