"""What `check --json` gives: judgements and contradictions, flattened."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.documents import CheckDocument, ContradictionRow, FigureRow, MeasuredValue, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.published import Contradiction, FigureSet, Judgement


def totals(judgements: Sequence[Judgement]) -> dict[str, int]:
    """Count the judgements by verdict, those that occur."""
    return dict(Counter(judgement.verdict.value for judgement in judgements))


def check_document(
    figures: FigureSet, judgements: Sequence[Judgement], contradictions: Sequence[Contradiction], run_id: str
) -> CheckDocument:
    """Flatten what a run says of published figures, and what they say of each other."""
    return CheckDocument(
        run=run_id,
        figures=[_figure_row(figures, judgement) for judgement in judgements],
        contradictions=[
            ContradictionRow(
                rule=found.rule.value,
                message=found.message,
                places=[Place(line=None, text=f"{f.section}, {f.label}: {f.printed}") for f in found.figures],
            )
            for found in contradictions
        ],
        totals=totals(judgements),
    )


def _figure_row(figures: FigureSet, judgement: Judgement) -> FigureRow:
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
        source=f"{figures.source}, {figures.date}",
    )
