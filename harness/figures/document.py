"""What `check --json` gives: judgements and contradictions, flattened."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.documents import CheckDocument, ContradictionRow, FigureRow, MeasuredValue, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.published import FigureSet, JudgedFigures, Judgement


def totals(judged: Sequence[JudgedFigures]) -> dict[str, int]:
    """Count the figures of all sources by verdict; a verdict that does not occur is left out."""
    return dict(Counter(judgement.verdict.value for one in judged for judgement in one.judgements))


def check_document(judged: Sequence[JudgedFigures], run_id: str) -> CheckDocument:
    """Return the document of figures, judged by a run and held against each other, all sources in one list."""
    return CheckDocument(
        run=run_id,
        figures=[_figure_row(one.source, judgement) for one in judged for judgement in one.judgements],
        contradictions=[
            ContradictionRow(
                rule=found.rule.value,
                message=found.message,
                places=[
                    Place(line=None, text=f"{where}{f.section}, {f.label}: {f.printed}")
                    for where in ("" if len(judged) == 1 else f"{one.source.title}, ",)
                    for f in found.figures
                ],
            )
            for one in judged
            for found in one.contradictions
        ],
        totals=totals(judged),
    )


def _figure_row(source: FigureSet, judgement: Judgement) -> FigureRow:
    figure, seen = judgement.figure, judgement.measured
    measured = None
    if seen is not None:
        measured = MeasuredValue(estimate=seen.estimate, low=seen.low, high=seen.high, unit=seen.unit)
    return FigureRow(
        id=figure.id,
        printed=figure.printed,
        target=figure.target,
        metric=figure.metric,
        verdict=judgement.verdict.value,
        measured=measured,
        reason=judgement.reason,
        source=f"{source.source}, {source.date}",
    )
