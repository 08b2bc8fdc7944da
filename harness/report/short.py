"""The short report, for pull requests: what a run says, with a limited number of rows in each section.

Each section gives first what fails or has changed. `left` counts the rows that only the full report has. This module
must not know markup.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from harness.analysis.headlines import headline_metrics, paced_headlines
from harness.metrics.catalogue import Better, family_of, parse
from harness.metrics.words import enumeration, phrase_of, title_of
from harness.model import Difference, Verdict
from harness.report.claims import claim_panels
from harness.report.tables import Footnotes, ratio_cell, value_cell
from harness.report.wording import DIFFERENCE_WORDS, VERDICT_WORDS
from harness.units import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.model import Comparison
    from harness.report.answer import Sentence
    from harness.report.background import Failed
    from harness.report.contents import Contents, LinkedPage
    from harness.report.facts import Clash, Fact
    from harness.report.material import Material
    from harness.report.ranks import RankRow
    from harness.report.tables import Cell, Key
    from harness.report.thresholds import ThresholdSaid

Row = TypeVar("Row")

_FIRST = (
    Verdict.CONTRADICTED,
    Verdict.REFUTED,
    Verdict.NOT_REPRODUCED,
    Verdict.INCONCLUSIVE,
    Verdict.CONFIRMED,
    Verdict.NOT_COMPARABLE,
    Verdict.NOT_MEASURED,
)
_SHOWN = (Difference.LOWER, Difference.HIGHER)


@dataclass(frozen=True, slots=True)
class Part(Generic[Row]):
    """The first rows of a section; `left` is the number of the others."""

    rows: tuple[Row, ...]
    left: int


@dataclass(frozen=True, slots=True)
class Facing:
    """The key numbers of one target, or the ratios of two (None without one): a cell for each metric of the heads."""

    name: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A number that differs from that of the other revision.

    Attributes:
        ratio: This revision over the other.
        meaning: `lower: better`.
    """

    target: str
    metric: str
    scenario: str | None
    ratio: Cell
    meaning: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes from another git revision that was measured in the same run.

    Attributes:
        revisions: What is compared with what, in words.
        counts: The number of compared metrics by outcome, in words.
    """

    revisions: str
    counts: str
    shown: Part[Change]


@dataclass(frozen=True, slots=True)
class Short:
    """The contents of the short report.

    Attributes:
        picture: The words of the picture of published figures; empty without one.
        heads: The key metrics.
        notes: The footnotes of their ratios.
        figures: The number of published figures by verdict, in words; empty without figures.
        changes: None for a run without another revision.
        thresholds: A row for each threshold of `--fail-on` and each target, those that fail first.
        warnings: The number of warnings, in words.
    """

    title: str
    subtitle: str
    status: str | None
    run_id: str
    sentences: tuple[Sentence, ...]
    picture: str
    heads: tuple[str, ...]
    facing: Part[Facing]
    notes: tuple[str, ...]
    ranks: Part[RankRow]
    pages: Part[LinkedPage]
    figures: str
    facts: Part[Fact]
    clashes: Part[Clash]
    changes: Changes | None
    thresholds: Part[ThresholdSaid]
    failures: Part[Failed]
    warnings: str


def short_report(material: Material, report: Contents, most: int) -> Short:
    """Return the short report.

    Args:
        material: The inputs of the report.
        report: Its full contents.
        most: The largest number of rows of a section.
    """
    figures, notes = _figures(material), Footnotes()
    facing = _first(_facing(material, report, notes), most)
    return Short(
        title=report.title,
        subtitle=report.subtitle,
        status=report.status,
        run_id=report.run_id,
        sentences=report.answer.sentences,
        picture=f"Published against measured, {figures}" if claim_panels(material) else "",
        heads=(*(glance.title for glance in report.answer.glances), *(_head(key) for key in _paced(material, report))),
        facing=facing,
        notes=notes.texts,
        ranks=_first(report.ranks, most),
        pages=_first(report.pages, most),
        figures=figures,
        facts=_first(_facts(report), most),
        clashes=_first(report.clashes, most),
        changes=_changes(material, most),
        thresholds=_first(report.thresholds, most),
        failures=_first(report.failures, most),
        warnings=counted(len(report.warnings), "warning"),
    )


def _first(rows: Sequence[Row], most: int) -> Part[Row]:
    return Part(tuple(rows[:most]), len(rows[most:]))


def _facing(material: Material, report: Contents, notes: Footnotes) -> list[Facing]:
    """Return a row for each contestant, then that of the ratios, if all of them are of the same two.

    Only ratios have footnotes: those of numbers are in the full report.
    """
    glances, paced = report.answer.glances, _paced(material, report)
    keys = [*(glance.key for glance in glances), *paced]
    rows = [
        Facing(
            material.name_of(subject),
            tuple(replace(value_cell(material, key, subject, Footnotes()), details=(), notes=()) for key in keys),
        )
        for subject in material.contestants
    ]
    pairs = {glance.pair for glance in glances if glance.pair}
    if len(pairs) != 1:
        return rows
    ratios = (_with_notes(glance.ratio, report.answer.notes, notes) for glance in glances)
    return [*rows, Facing(pairs.pop(), (*ratios, *(None for _ in paced)))]


def _paced(material: Material, report: Contents) -> list[Key]:
    """Return rate and response times of the paced scenarios that are not among the key metrics of the answer."""
    said = {glance.key for glance in report.answer.glances}
    results = tuple(material.contested_results())
    return [key for one in material.plan.paced for key in paced_headlines(one, results) if key not in said]


def _head(key: Key) -> str:
    return f"{key[1]}: {phrase_of(key[0])}"


def _with_notes(ratio: Cell | None, texts: Sequence[str], notes: Footnotes) -> Cell | None:
    """Return the cell of a ratio with the footnotes of its own table, from these texts of the answer's."""
    return replace(ratio, notes=notes.numbers([texts[number - 1] for number in ratio.notes])) if ratio else None


def _figures(material: Material) -> str:
    given = Counter(one.verdict for judged in material.every_judged for one in judged.judgements)
    words = [f"{given[verdict]:,} {VERDICT_WORDS[verdict]}" for verdict in _FIRST if verdict in given]
    return f"{counted(given.total(), 'figure')}: {enumeration(words)}" if words else ""


def _facts(report: Contents) -> list[Fact]:
    """Return all published figures, the failing ones first."""
    facts = [*(fact for group in report.key_facts for fact in group.facts), *report.judged, *report.unmeasured]
    return sorted(facts, key=lambda fact: _FIRST.index(fact.verdict))


def _changes(material: Material, most: int) -> Changes | None:
    against = material.plan.against
    older = material.plan.older.items()
    compared = [one for one in material.summary.comparisons if (one.subject, one.reference) in older]
    if against is None or not compared:
        return None
    headlines = headline_metrics(material.plan)
    shown = sorted(
        (one for one in compared if one.verdict in _SHOWN),
        key=lambda one: ((one.metric, one.scenario) not in headlines, -abs(math.log(one.ratio))),
    )
    return Changes(
        revisions=f"{against.now} against {against.name}",
        counts=_counts(one.verdict for one in compared),
        shown=_first([_change(material, one) for one in shown], most),
    )


def _counts(verdicts: Iterable[Difference]) -> str:
    counts = Counter(verdicts)
    words = [f"{counts[one]:,} {DIFFERENCE_WORDS[one]}" for one in Difference if one in counts]
    return f"{counted(counts.total(), 'number')} compared: {enumeration(words)}"


def _change(material: Material, comparison: Comparison) -> Change:
    named = parse(comparison.metric)
    is_better = named is not None and (named.metric.better is Better.HIGHER) == (
        comparison.verdict is Difference.HIGHER
    )
    return Change(
        target=material.name_of(comparison.subject),
        metric=f"{family_of(comparison.metric)}: {title_of(comparison.metric)}",
        scenario=comparison.scenario,
        ratio=ratio_cell(comparison, Footnotes()),
        meaning=f"{DIFFERENCE_WORDS[comparison.verdict]}: {'better' if is_better else 'worse'}",
    )
