"""Floors of latencies: the null target's percentile under the same load.

The null target answers without a framework. What a target's percentile has above its floor is the target's own; what
both have is the machine's, the generator's and the network's. At a common rate the floor is the null target's own
result. At a target's own rate it comes from the slices of the null target that followed the target's. Where the null
target did not keep up with the rate there is no floor, and the detail says why.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.analysis.percentiles import percentile, pool
from harness.histogram import Histogram
from harness.metrics.catalogue import LATENCY_OPEN, LATENCY_OWN_RATE, parse
from harness.model import Floor, Result, Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.metrics.names import Quantile
    from harness.model import StoredRun, Subject

SHARED = "shared with the machine: not distinguished from the null target's"

NO_FLOOR = "no floor of the null target"
NO_STEP = "it did not keep up with this rate, or requests failed"

_Step = tuple["Subject", str | None, float]  # subject, scenario, share of its peak


def with_floors(stored: StoredRun, results: Sequence[Result]) -> tuple[Result, ...]:
    """Return the results; a latency of open load gets its floor, and a detail if it is not distinguished from it."""
    plan = stored.run.plan
    null = plan.ceiling
    common = {(one.scenario, one.metric): one for one in results if one.subject == null}
    own = _own(stored)
    found = []
    for result in results:
        has_floor = result.subject != null and plan.has_ceiling(result.subject, result.scenario)
        named = parse(result.metric) if has_floor else None
        floor, why = None, None
        if named and named.metric is LATENCY_OPEN:
            of_null = common.get((result.scenario, result.metric))
            floor, why = _of(of_null), of_null.reason if of_null else None
        elif named and named.metric is LATENCY_OWN_RATE and named.parameters.share and named.parameters.quantile:
            step = own.get((result.subject, result.scenario, named.parameters.share), {})
            floor = _percentile(step, named.parameters.quantile)
            why = NO_STEP if own and not step else None
        found.append(_with_floor(result, floor) if floor else _without_floor(result, why))
    return tuple(found)


def _of(result: Result | None) -> Floor | None:
    if result is None or result.estimate is None or result.low is None or result.high is None:
        return None
    return Floor(result.estimate, result.low, result.high)


def _own(stored: StoredRun) -> Mapping[_Step, Mapping[int, Histogram]]:
    """Return the response times of the null target at each target's own rates, by block."""
    steps: dict[_Step, dict[int, Histogram]] = defaultdict(dict)
    for trial in stored.trials:
        for one in trial.distributions if trial.failure is None else ():
            if one.span is Span.FLOOR and one.load.share is not None:
                step = (trial.subject, one.scenario, one.load.share)
                steps[step][trial.block] = Histogram.from_text(one.histogram)
    return steps


def _percentile(by_block: Mapping[int, Histogram], quantile: Quantile) -> Floor | None:
    found = percentile(pool(by_block), quantile)
    if isinstance(found, str):
        return None
    return Floor(found.interval.estimate, found.interval.low, found.interval.high)


def _without_floor(result: Result, why: str | None) -> Result:
    """Return a result with the reason why it has no floor; a result without a number has its own reason."""
    if why is None or result.estimate is None:
        return result
    return replace(result, detail="; ".join(filter(None, (result.detail, f"{NO_FLOOR}: {why}"))))


def _with_floor(result: Result, floor: Floor) -> Result:
    is_shared = result.low is not None and result.low <= floor.high
    details = (result.detail, SHARED if is_shared else None)
    return replace(result, floor=floor, detail="; ".join(filter(None, details)) or None)
