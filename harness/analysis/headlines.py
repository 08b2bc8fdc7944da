"""Which metrics stand for a run: those that are compared as a family, and that a reader looks at first.

They follow from the plan, before anything is measured: nobody chooses them by their outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model import Plan

HEADLINES = (
    "throughput of the first scenario over one number of connections, its median and p99 latency at the highest rate, "
    "loaded memory, and the time to the first right answer"
)
_WITHOUT_SCENARIO = ("memory.loaded", "memory_pss.loaded", "cold_start.ready", "process_start.ready")
_PERCENTILES = ("p50", "p99")


def headline_metrics(plan: Plan) -> frozenset[tuple[str, str | None]]:
    """Return metric and scenario of the headline results of a plan, which `HEADLINES` puts in words.

    The throughput is at the level that all scenarios share, else at the highest.
    """
    profile, scenario = plan.profile, next(iter(plan.scenarios), None)
    rates = sorted(profile.open_rates_per_s)[-1:]
    latencies = [f"latency.open.r{rate:g}.{percentile}" for rate in rates for percentile in _PERCENTILES]
    of_scenario = {(metric, scenario) for metric in (f"throughput.closed.c{profile.headline_connections}", *latencies)}
    return frozenset(of_scenario | {(metric, None) for metric in _WITHOUT_SCENARIO})
