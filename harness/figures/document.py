"""The document of `check --json`: judgements and contradictions as flat rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.documents import CheckDocument, ContradictionRow, FigureRow, MeasuredValue, OnlineRow, Place
from harness.figures.consistency.wording import with_unit
from harness.figures.online.facts import number_of
from harness.figures.reasons import known_cpu_of
from harness.metrics.names import attribute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.printed import PrintedUnit
    from harness.figures.published import Evidence, FigureSet, JudgedFigures, Judgement
    from harness.model import Run


def totals(judged: Sequence[JudgedFigures]) -> dict[str, int]:
    """Return the number of figures of each verdict that occurs, over all sources."""
    return dict(Counter(judgement.verdict.value for one in judged for judgement in one.judgements))


def machine_of(run: Run) -> str:
    """Return the machine and the CPUs of a run in words: `AMD EPYC, one CPU each`."""
    return f"{known_cpu_of(run)}, {run.plan.cpus_each}"


def check_document(judged: Sequence[JudgedFigures], run: Run, limits: Sequence[str] = ()) -> CheckDocument:
    """Return the document of all sources' judged figures and contradictions, in one list each.

    Args:
        judged: The sources.
        run: The run that judges them.
        limits: What limits all of its verdicts, in sentences: its `cautions`.
    """
    return CheckDocument(
        run=run.id,
        here=machine_of(run),
        cautions=list(limits),
        figures=[_figure_row(one.source, judgement, run) for one in judged for judgement in one.judgements],
        contradictions=[
            ContradictionRow(
                rule=contradiction.rule.value,
                message=contradiction.message,
                in_short=contradiction.in_short,
                places=[
                    Place(file=str(one.source.path), line=f.line, text=f"{where}{f.section}, {f.label}: {f.printed}")
                    for where in ("" if len(judged) == 1 else f"{one.source.title}, ",)
                    for f in contradiction.figures
                ],
            )
            for one in judged
            for contradiction in one.contradictions
        ],
        totals=totals(judged),
    )


def _figure_row(source: FigureSet, judgement: Judgement, run: Run) -> FigureRow:
    figure, nearest = judgement.figure, judgement.measured
    return FigureRow(
        id=figure.id,
        label=figure.label,
        printed=figure.printed,
        claim=with_unit(figure),
        target=figure.target,
        metric=figure.metric,
        verdict=judgement.verdict,
        measured=_measured(figure.unit, nearest) if nearest else None,
        answer=answer_of(judgement, run),
        reason=judgement.reason,
        source=f"{source.source}, {source.date}",
        online=[
            OnlineRow(fact=one.fact.value, value=one.value, service=one.service, url=one.url, date=one.date)
            for one in judgement.answers
        ],
    )


def answer_of(judgement: Judgement, run: Run) -> str | None:
    """Return what the run found on an attribute, or what services answered online; None for any other figure."""
    figure = judgement.figure
    tried = {(one.target, attribute(one.name)): one.answer for one in run.attributes if figure.states is not None}
    return tried.get((figure.target, figure.metric or "")) or _answered(judgement)


def _answered(judgement: Judgement) -> str | None:
    """Return what services answered online, in the form of the page; None without an answer."""
    if not judgement.answers:
        return None
    if judgement.figure.states is not None:
        return str(judgement.answers[0].value)
    return judgement.figure.unit.say(number_of(judgement.answers))


def _measured(unit: PrintedUnit, nearest: Evidence) -> MeasuredValue:
    subject = str(nearest.subject)
    return MeasuredValue(
        estimate=nearest.estimate,
        low=nearest.low,
        high=nearest.high,
        unit=nearest.unit,
        text=unit.say_interval(nearest.estimate, nearest.low, nearest.high),
        subject=subject if nearest.reference is None else f"{subject} over {nearest.reference}",
        scenario=nearest.scenario,
        metric=nearest.metric,
    )
