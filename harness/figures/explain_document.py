"""The document of `explain --json`: an explanation as flat rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.documents import ConditionRow, CpusNeededRow, ExplainDocument, ExplainedRun
from harness.figures.consistency.wording import with_unit
from harness.figures.document import machine_of
from harness.figures.driven import setting_of
from harness.figures.explain_words import answer, note, translation
from harness.figures.printed import UNITS
from harness.figures.reasons import known_cpu_of
from harness.metrics.words import title_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.figures.explain import Condition, CpusNeeded, Explanation
    from harness.figures.printed import PrintedUnit
    from harness.figures.published import Evidence, FigureSet
    from harness.model import Target


def explain_document(
    explanation: Explanation, source: FigureSet, names: Sequence[str], targets: Mapping[str, Target]
) -> ExplainDocument:
    """Return the document of an explanation; `names` are those of its runs, in their order."""
    figure, needed = explanation.figure, explanation.cpus_needed

    def row(one: Condition) -> ConditionRow:
        return _condition_row(figure.unit, one, targets)

    return ExplainDocument(
        figure=figure.id,
        label=figure.label,
        printed=figure.printed,
        claim=with_unit(figure),
        target=figure.target,
        of=figure.of,
        metric=figure.metric,
        conditions=list(figure.conditions),
        source=f"{source.source}, {source.date}",
        answer=answer(explanation, targets),
        holds_under=list(map(row, explanation.holds_under)),
        nearest=row(explanation.nearest) if explanation.nearest else None,
        others=list(map(row, explanation.near)),
        cpus_needed=_cpus_needed_row(needed, targets) if needed else None,
        translation=translation(explanation, targets),
        runs=[
            ExplainedRun(name=name, id=run.id, here=machine_of(run), started_at=run.started_at)
            for name, run in zip(names, explanation.runs, strict=True)
        ],
    )


def _cpus_needed_row(needed: CpusNeeded, targets: Mapping[str, Target]) -> CpusNeededRow:
    return CpusNeededRow(
        estimate=needed.estimate,
        low=needed.low,
        high=needed.high,
        cost=_condition_row(UNITS["µs"], needed.cost, targets),
        cpu=known_cpu_of(needed.cost.run),
    )


def _condition_row(unit: PrintedUnit, one: Condition, targets: Mapping[str, Target]) -> ConditionRow:
    piece = one.evidence
    variant = setting_of(one.run, targets).variant(piece.subject)
    return ConditionRow(
        subject=_who(piece),
        scenario=piece.scenario,
        load=_load(one),
        cpus=one.cpus,
        estimate=piece.estimate,
        low=piece.low,
        high=piece.high,
        unit=piece.unit,
        metric=piece.metric,
        summary=variant.summary if variant else None,
        variant_class=variant.variant_class.value if variant else None,
        workers=variant.workers_on(one.cpus) if variant and one.cpus else None,
        keeps_alive=not variant.closes_connections if variant else None,
        fit=one.fit.value,
        note=note(unit, one),
        is_own=one.is_own,
        text=unit.say_interval(piece.estimate, piece.low, piece.high),
        run=one.run.id,
        here=machine_of(one.run),
    )


def _who(piece: Evidence) -> str:
    return str(piece.subject) if piece.reference is None else f"{piece.subject} over {piece.reference}"


def _load(one: Condition) -> str:
    """Return a metric's title, and that of a ratio's denominator if it differs: `peak over idle`."""
    titles = (title_of(one.evidence.metric), title_of(one.other_metric or one.evidence.metric))
    return " over ".join(dict.fromkeys(titles))
