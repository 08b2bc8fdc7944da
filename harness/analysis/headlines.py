"""Headlines: the metrics that stand for a run, and whose comparisons form one family.

They follow from the plan, so they are fixed before the measurement and can't be chosen by their outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.metrics.catalogue import CATALOGUE
from harness.metrics.names import Parameters, Pattern

if TYPE_CHECKING:
    from harness.model import Plan

HEADLINES = (
    "throughput of the headline scenario over one number of connections, its median and p99 latency at the highest "
    "rate, loaded memory, and the time to the first right answer"
)


def headline_metrics(plan: Plan) -> frozenset[tuple[str, str | None]]:
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
