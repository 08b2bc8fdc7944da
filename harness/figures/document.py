"""The document of `check --json`: judgements and contradictions as flat rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.documents import CheckDocument, ContradictionRow, FigureRow, MeasuredValue, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.published import FigureSet, JudgedFigures, Judgement


def totals(judged: Sequence[JudgedFigures]) -> dict[str, int]:
    """Return the number of figures of each verdict that occurs, over all sources."""
    return dict(Counter(judgement.verdict.value for one in judged for judgement in one.judgements))


def check_document(judged: Sequence[JudgedFigures], run_id: str) -> CheckDocument:
    """Return the document of all sources' judged figures and contradictions, in one list each."""
    return CheckDocument(
        run=run_id,
        figures=[_figure_row(one.source, judgement) for one in judged for judgement in one.judgements],
        contradictions=[
            ContradictionRow(
                rule=contradiction.rule.value,
                message=contradiction.message,
                places=[
                    Place(line=None, text=f"{where}{f.section}, {f.label}: {f.printed}")
                    for where in ("" if len(judged) == 1 else f"{one.source.title}, ",)
                    for f in contradiction.figures
                ],
            )
            for one in judged
            for contradiction in one.contradictions
        ],
        totals=totals(judged),
    )


def _figure_row(source: FigureSet, judgement: Judgement) -> FigureRow:
    figure, nearest = judgement.figure, judgement.measured
    measured = None
    if nearest is not None:
        measured = MeasuredValue(estimate=nearest.estimate, low=nearest.low, high=nearest.high, unit=nearest.unit)
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
