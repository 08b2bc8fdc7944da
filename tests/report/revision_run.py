"""An invented run of Flask and Gin that also measured Flask at another git revision."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model import Comparison, Difference, Revision
from tests.report.material import material
from tests.report.measured import FLASK, GIN

if TYPE_CHECKING:
    from harness.report.material import Material

MAIN = Revision("main", "0123abc" + "0" * 33, "the working tree")
OLDER = MAIN.of(FLASK)
RATIOS = {
    ("latency.open.r1000.p90", "hello"): (3.0, Difference.HIGHER),
    ("memory.peak", None): (0.5, Difference.LOWER),
    ("throughput.closed.c32", "hello"): (0.9, Difference.LOWER),
    ("memory.loaded", None): (1.0, Difference.EQUIVALENT),
    ("cold_start.ready", None): (1.0, Difference.INCONCLUSIVE),
}


def with_revision() -> Material:
    """Return a run of Flask and Gin, and of Flask at `main`."""
    report = material()
    plan = replace(report.plan, subjects=(FLASK, GIN, OLDER), against=MAIN)
    compared = tuple(
        Comparison(metric, scenario, FLASK, OLDER, ratio, ratio * 0.99, ratio * 1.01, 0.03, verdict)
        for (metric, scenario), (ratio, verdict) in RATIOS.items()
    )
    run = replace(report.summary.run, plan=plan)
    summary = replace(report.summary, run=run, comparisons=(*report.summary.comparisons, *compared))
    return replace(report, summary=summary)


def with_thresholds(*thresholds: str) -> Material:
    """Return such a run that was judged by thresholds."""
    report = with_revision()
    run = replace(report.summary.run, thresholds=thresholds)
    return replace(report, summary=replace(report.summary, run=run))
