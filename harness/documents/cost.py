"""The cost of a million requests: measured CPU seconds, and their money at the price of a CPU core for an hour.

The CPU time is `cpu_per_request` in the headline scenario, over the headline's number of connections. Both formulas are
those of `cpu_seconds` and `money`, so a reader can compute each number by hand.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from harness.metrics.catalogue import CPU_PER_REQUEST
from harness.model import Plan, Result, Subject, Summary

REQUESTS = 1_000_000
_HOUR_S = 3600
_NOT_FINITE = "the number is not finite"
_NOT_MEASURED = "this run did not measure the CPU time of a request"


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """Cost of a million requests of a subject.

    Attributes:
        target: Its name.
        variant: The variant that serves it.
        cpus: The number of CPUs that the subject may use.
        scenario: The headline scenario; null without one.
        metric: The CPU time per request that is counted; null without a headline scenario.
        cpu_s, cpu_s_low, cpu_s_high: The CPU seconds of a million requests, and the ends of their interval; null
            without a measured CPU time.
        core_hour: The price of a CPU core for an hour; null without a price.
        money, money_low, money_high: The money of the CPU seconds, in the currency of the price, and the ends of its
            interval; null without a price.
        reason: Why there are no numbers; null if there are.
    """

    target: str
    variant: str
    cpus: int
    scenario: str | None
    metric: str | None
    cpu_s: float | None
    cpu_s_low: float | None
    cpu_s_high: float | None
    core_hour: float | None
    money: float | None
    money_low: float | None
    money_high: float | None
    reason: str | None


def cpu_seconds(cpu_per_request_s: float | None) -> float | None:
    """Return the CPU seconds of a million requests: 1,000,000 times the CPU time of one; None if it is not finite."""
    return None if cpu_per_request_s is None else _finite(REQUESTS * cpu_per_request_s)


def money(cpu_s: float | None, core_hour: float | None) -> float | None:
    """Return the money of CPU seconds: over 3,600 times the price of a CPU core for an hour; None if not finite."""
    return None if cpu_s is None or core_hour is None else _finite(cpu_s / _HOUR_S * core_hour)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def cost_rows(summary: Summary, core_hour: float | None = None) -> Iterator[CostRow]:
    """Yield the row of each subject of a run; `core_hour` is the price of a CPU core for an hour."""
    plan = summary.run.plan
    metric = _metric(plan)
    results = {one.subject: one for one in summary.results if (one.metric, one.scenario) == (metric, plan.headline)}
    return (_row(plan, subject, metric, results.get(subject), core_hour) for subject in plan.subjects)


def _metric(plan: Plan) -> str | None:
    return CPU_PER_REQUEST.name(connections=plan.profile.headline_connections) if plan.headline else None


def _row(plan: Plan, subject: Subject, metric: str | None, result: Result | None, core_hour: float | None) -> CostRow:
    estimate, low, high = map(cpu_seconds, (result.estimate, result.low, result.high)) if result else (None, None, None)
    return CostRow(
        target=subject.target,
        variant=subject.variant,
        cpus=plan.cpus_of(subject),
        scenario=plan.headline,
        metric=metric,
        cpu_s=estimate,
        cpu_s_low=low,
        cpu_s_high=high,
        core_hour=core_hour,
        money=money(estimate, core_hour),
        money_low=money(low, core_hour),
        money_high=money(high, core_hour),
        reason=None if estimate is not None else _reason(result),
    )


def _reason(result: Result | None) -> str:
    if result is None:
        return _NOT_MEASURED
    return result.reason or _NOT_FINITE
