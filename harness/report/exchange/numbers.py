"""The measured numbers of a report for other programs: in base units, with their intervals, absent ones left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.foreign_text import one_line
from harness.metrics.catalogue import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.metrics.catalogue import Better
    from harness.model import Subject
    from harness.report.material import Material
    from harness.units import Unit


@dataclass(frozen=True, slots=True)
class Number:
    """One result of a contestant, in base units.

    Attributes:
        series: What is measured, without the metric: `Flask gthread, hello`. The same in all runs of the same targets.
        better: Whether a higher or a lower number is better.
    """

    subject: Subject
    scenario: str | None
    series: str
    metric: str
    unit: Unit
    estimate: float
    low: float
    high: float
    better: Better


def numbers(material: Material) -> Iterator[Number]:
    """Yield the results of the contestants that have a number, in the order of the run.

    Builds of another revision are left out: their names have its commit, so each run would begin new series.
    """
    builds = frozenset(material.plan.older.values())
    for result in (one for one in material.contested_results() if one.subject not in builds):
        named = parse(result.metric)
        if named is None or result.estimate is None or result.low is None or result.high is None:
            continue
        parts = [material.title_of(result.subject.target), result.subject.variant + result.subject.on_cpus]
        series = " ".join(parts) + (f", {result.scenario}" if result.scenario else "")
        yield Number(
            result.subject,
            result.scenario,
            one_line(series),
            result.metric,
            result.unit,
            result.estimate,
            result.low,
            result.high,
            named.metric.better,
        )
