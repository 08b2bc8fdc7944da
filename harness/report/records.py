"""Flat records for other programs: one row a number, in base units, unrounded; an absent number is None, with a reason.

The columns have the names and meanings of the JSON documents. This module formats no number.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.report.series import latency_panels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.figures.published import FigureSet, Judgement
    from harness.model import Attribute, Comparison, MemoryCurve, Place, Plan, Ranking, Result, Trial
    from harness.report.material import Material

Record = dict[str, object]

INTEGERS = frozenset({"block", "cpus", "position", "rank", "trials"})
FLOATS = frozenset(
    {
        *(
            "estimate",
            "low",
            "high",
            "value",
            "confidence",
            "ceiling_share",
            "at_least",
            "at_most",
            "ratio",
            "p",
            "p_holm",
        ),
        *("floor", "floor_low", "floor_high", "published_low", "published_high", "quantile", "latency_s", "rate_per_s"),
        *("at_s", "median_bytes", "smallest_bytes", "largest_bytes"),
    }
)
"""The columns of numbers; all others hold text. A column has the same type in every run, also where it is empty."""


def tables(material: Material) -> Mapping[str, Sequence[Record]]:
    """Return all tables with rows, by name."""
    summary = material.summary
    records = {
        "results": [_result(result, material.plan) for result in summary.results],
        "comparisons": [_comparison(comparison) for comparison in summary.comparisons],
        "measurements": [record for trial in material.stored.trials for record in _measurements(trial, material.plan)],
        "latency_curves": list(_curves(material)),
        "memory_curves": [row for curve in summary.memory_curves for row in _memory(curve, material.plan)],
        "attributes": [_attribute(one) for one in summary.run.attributes],
        "ranks": [_rank(ranking, place) for ranking in summary.rankings for place in ranking.places],
        "figures": [_figure(one, judged.source) for judged in material.every_judged for one in judged.judgements],
    }
    return {name: rows for name, rows in records.items() if rows}


def _rank(ranking: Ranking, place: Place) -> Record:
    return {
        "metric": ranking.metric,
        "scenario": ranking.scenario,
        "subject": str(place.subject),
        "rank": place.rank,
        "behind": "; ".join(map(str, place.behind)),
        "tied": "; ".join(map(str, place.tied)),
    }


def _result(result: Result, plan: Plan) -> Record:
    return {
        "target": result.subject.target,
        "variant": result.subject.variant,
        "cpus": plan.cpus_of(result.subject),
        "scenario": result.scenario,
        "metric": result.metric,
        "unit": result.unit.value,
        "estimate": _finite(result.estimate),
        "low": _finite(result.low),
        "high": _finite(result.high),
        "confidence": result.confidence,
        "trials": result.trials,
        "bound": result.bound.value if result.bound else None,
        "ceiling_share": _finite(result.ceiling_share),
        "at_most": _finite(result.at_most),
        "steadiness": result.steadiness.value if result.steadiness else None,
        "detail": result.detail,
        "warnings": "; ".join(result.warnings),
        "reason": result.reason,
        "floor": _finite(result.floor.estimate) if result.floor else None,
        "floor_low": _finite(result.floor.low) if result.floor else None,
        "floor_high": _finite(result.floor.high) if result.floor else None,
    }


def _attribute(tried: Attribute) -> Record:
    return {
        "target": tried.target,
        "name": tried.name.value,
        "answer": tried.answer,
        "evidence": tried.evidence,
    }


def _comparison(comparison: Comparison) -> Record:
    return {
        "subject": str(comparison.subject),
        "reference": str(comparison.reference),
        "scenario": comparison.scenario,
        "metric": comparison.metric,
        "ratio": _finite(comparison.ratio),
        "low": _finite(comparison.low),
        "high": _finite(comparison.high),
        "p": _finite(comparison.p),
        "p_holm": comparison.p_holm,
        "at_least": _finite(comparison.at_least),
        "at_most": _finite(comparison.at_most),
        "verdict": comparison.verdict.value,
        "warnings": "; ".join(comparison.warnings),
    }


def _measurements(trial: Trial, plan: Plan) -> Iterator[Record]:
    """Yield the records of one trial; `failed` is the stage of its failure."""
    head: Record = {
        "block": trial.block,
        "position": trial.position,
        "target": trial.subject.target,
        "variant": trial.subject.variant,
        "cpus": plan.cpus_of(trial.subject),
    }
    failed = trial.failure.stage.value if trial.failure else None
    for measured in trial.measurements:
        yield head | {
            "scenario": measured.scenario,
            "metric": measured.metric,
            "unit": measured.unit.value,
            "value": _finite(measured.value),
            "bound": measured.bound.value if measured.bound else None,
            "failed": failed,
            "reason": None,
        }
    for absence in trial.absences:
        yield head | {
            "scenario": absence.scenario,
            "metric": absence.metric,
            "unit": absence.unit.value,
            "value": None,
            "bound": None,
            "failed": failed,
            "reason": absence.reason,
        }


def _curves(material: Material) -> Iterator[Record]:
    """Yield the points of the charts' latency curves."""
    for panel in latency_panels(material):
        for line in panel.lines:
            subject = material.contestants[line.place]
            for quantile, latency_s in line.curve:
                yield {
                    "target": subject.target,
                    "variant": subject.variant,
                    "cpus": material.plan.cpus_of(subject),
                    "scenario": material.headline,
                    "rate_per_s": panel.rate_per_s,
                    "quantile": quantile,
                    "latency_s": latency_s,
                }


def _memory(curve: MemoryCurve, plan: Plan) -> Iterator[Record]:
    """Yield the points of a curve of memory; the first is that of a target that is ready and has had no load."""
    for point in (*filter(None, [curve.ready]), *curve.points):
        yield {
            "target": curve.subject.target,
            "variant": curve.subject.variant,
            "cpus": plan.cpus_of(curve.subject),
            "trials": curve.trials,
            "at_s": point.at_s,
            "median_bytes": point.median_bytes,
            "smallest_bytes": point.smallest_bytes,
            "largest_bytes": point.largest_bytes,
        }


def _figure(judgement: Judgement, source: FigureSet) -> Record:
    figure, measured = judgement.figure, judgement.measured
    return {
        "id": figure.id,
        "section": figure.section,
        "label": figure.label,
        "printed": figure.printed,
        "target": figure.target,
        "of": figure.of,
        "metric": figure.metric,
        "published_low": _finite(figure.low),
        "published_high": _finite(figure.high),
        "unit": figure.unit.base.value,
        "measured_by": measured.metric if measured else None,
        "estimate": _finite(measured.estimate) if measured else None,
        "low": _finite(measured.low) if measured else None,
        "high": _finite(measured.high) if measured else None,
        "ratio": _finite(judgement.ratio),
        "verdict": judgement.verdict.value,
        "reason": judgement.reason,
        "source": source.title,
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
