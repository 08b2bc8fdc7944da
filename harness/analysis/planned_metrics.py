"""Metrics that a plan compares, known before the run: what its thresholds can be for.

A metric that only the run itself can show to be absent, such as a percentile with too few samples, counts as compared.
"""

from __future__ import annotations

import difflib
from itertools import product
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.metrics import catalogue as c
from harness.metrics.names import PERCENTILES, Parameters, Pattern, segments
from harness.metrics.words import enumeration, sort_key
from harness.runtime.choice import RuntimeName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from harness.analysis.thresholds import Threshold
    from harness.metrics.catalogue import Metric
    from harness.model import Plan

_MOST_NAMED, _MOST_NEAR = 4, 3
_LEAST_LIKENESS = 0.5
_IN_CONTAINERS_ONLY = frozenset({c.COLD_START_CREATE, c.COLD_START_START})
_AFTER_LOAD = frozenset({c.MEMORY_AFTER, c.MEMORY_PSS_AFTER, c.MEMORY_RSS_AFTER})
_UNCACHED = frozenset(
    {
        c.COLD_START_UNCACHED_READY,
        c.COLD_START_UNCACHED_APP,
        c.PROCESS_START_UNCACHED_READY,
        c.PROCESS_START_UNCACHED_APP,
    }
)
_OVER_NULL = frozenset({c.COLD_START_APP, c.COLD_START_UNCACHED_APP, c.PROCESS_START_APP, c.PROCESS_START_UNCACHED_APP})
_LADDER = frozenset({c.LATENCY_OWN_RATE, c.CPU_PER_REQUEST_LADDER, c.CPU_LOAD_OWN_RATE})
_LIMITS = frozenset({c.CONNECTIONS_PRACTICAL, c.RATE_SLO})


def compared_metrics(plan: Plan) -> tuple[str, ...]:
    """Return the names of all metrics by which a run of a plan compares its targets, in reading order."""
    loads = tuple(_loads(plan))
    measured = [metric for metric in c.CATALOGUE if _is_compared(metric, plan)]
    names = (Pattern(metric.pattern).build(load) for metric in measured for load in loads)
    return tuple(sorted({name for name in names if name is not None}, key=sort_key))


def _loads(plan: Plan) -> Iterator[Parameters]:
    """Yield the parameters of names: of each load of a plan with each percentile, and none."""
    profile = plan.profile
    levels = set(profile.connections) if plan.headline is not None else set()
    if any(name != plan.headline and not plan.is_paced(name) for name in plan.scenarios):
        levels.add(profile.other_connections)
    is_open = plan.headline is not None and plan.traits_of(plan.headline).drives_open
    loads = [Parameters(connections=level) for level in levels]
    loads += [Parameters(rate_per_s=rate_per_s) for rate_per_s in profile.open_rates_per_s if is_open]
    loads += [Parameters(share=share) for share in profile.own_shares if is_open]
    yield Parameters()
    for load, quantile in product(loads, PERCENTILES):
        yield Parameters(load.connections, load.rate_per_s, quantile, load.share)


def _is_compared(metric: Metric, plan: Plan) -> bool:
    """Return whether a run of a plan has comparisons by a metric, at the loads that it has."""
    profile = plan.profile
    is_open = plan.headline is not None and plan.traits_of(plan.headline).drives_open
    lacking = (
        (metric.family is c.Family.FOOTPRINT, True),
        (metric is c.MEMORY_PSS_PEAK, True),
        (metric is c.THROUGHPUT_PEAK, plan.headline is None or len(profile.connections) < 2),  # noqa: PLR2004 - a choice
        (metric in _AFTER_LOAD, not profile.after_load_s),
        (metric in _UNCACHED, not plan.drops_page_cache),
        (metric in _OVER_NULL, plan.ceiling is None),
        (metric in _LADDER, not is_open or not profile.own_shares),
        (metric is c.CPU_LOAD_IDLE, not profile.idle_s),
        (metric in _LIMITS, not is_open or profile.objective_p99_s is None),
    )
    return _has_runtime(metric, plan) and not any(concerns and lacks for concerns, lacks in lacking)


def _has_runtime(metric: Metric, plan: Plan) -> bool:
    """Return whether the runtime of a plan has a metric: containers and processes have their own of some."""
    if plan.runtime == RuntimeName.PROCESS:
        return metric not in _IN_CONTAINERS_ONLY and c.in_processes(metric) is None
    return metric.in_containers is None


def require_compared(thresholds: Sequence[Threshold], plan: Plan) -> None:
    """Refuse thresholds on metrics that a run of this plan does not compare.

    Raises:
        UsageError: There is no such metric, or the plan has none such.
    """
    known = compared_metrics(plan)
    for one in thresholds:
        if not any(one.concerns(name) for name in known):
            cause = f"a run of {plan.profile.name} in the runtime {plan.runtime} does not compare this metric"
            raise unknown_metric(one, known, cause if _is_in_catalogue(one) else None)


def require_named(thresholds: Sequence[Threshold], measured: Collection[str]) -> None:
    """Refuse thresholds on metrics that neither the catalogue nor a stored run has.

    Raises:
        UsageError: There is no such metric.
    """
    for one in thresholds:
        if not _is_in_catalogue(one) and not any(one.concerns(name) for name in measured):
            raise unknown_metric(one, measured, None)


def _is_in_catalogue(threshold: Threshold) -> bool:
    return any(Pattern(metric.pattern).begin(threshold.metric) for metric in c.CATALOGUE)


def unknown_metric(threshold: Threshold, known: Collection[str], cause: str | None) -> UsageError:
    """Return the error of a threshold on no metric, with the nearest names; without a near one, the first words."""
    stems = {".".join(segments(name)[:end]) for name in known for end in range(1, len(segments(name)) + 1)}
    near = difflib.get_close_matches(threshold.metric, sorted(stems), n=_MOST_NEAR, cutoff=_LEAST_LIKENESS)
    words = near or sorted({segments(name)[0] for name in known})
    return UsageError(
        "wrong threshold",
        where=repr(threshold.text),
        cause=cause or f"there is no metric {threshold.metric}",
        remedy=f"Did you mean {enumeration(words, 'or')}?" if near else f"Known: {', '.join(words) or 'none'}.",
    )


def about_thresholds(thresholds: Sequence[Threshold], plan: Plan) -> Iterator[str]:
    """Yield for each threshold a line with the metrics of a plan that it is for."""
    known = compared_metrics(plan)
    for one in thresholds:
        names = [name for name in known if one.concerns(name)]
        more = len(names) - _MOST_NAMED
        shown = names if more <= 1 else [*names[:_MOST_NAMED], f"{more} more"]
        yield f"threshold {one.text} is for {enumeration(shown)}"
