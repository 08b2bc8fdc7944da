"""The contents of a report, in reading order, the same for all of its formats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.metrics.words import enumeration
from harness.report.advice import Advice, advice
from harness.report.answer import Answer, short_answer
from harness.report.attributes import AttributeMatrix, attribute_matrix
from harness.report.background import (
    Definition,
    Entry,
    Failed,
    Step,
    bounds,
    ceiling,
    definitions,
    environment,
    failures,
    noise_floor,
    statistics,
    status_sentence,
    subtitle,
)
from harness.report.command import command
from harness.report.conditions import ConditionTable, condition_table
from harness.report.costs import CostTable, cost_table
from harness.report.facts import (
    Clash,
    Fact,
    FactGroup,
    Standing,
    clashes,
    key_facts,
    other_facts,
    standings,
    verdict_counts,
)
from harness.report.protocol import protocol
from harness.report.ranks import RankRow, rank_rows
from harness.report.settings import Served, VariantSettings, served, variant_settings
from harness.report.tables import ResultTable, Tried, attribute_table, result_table
from harness.report.thresholds import ThresholdSaid, thresholds_said, thresholds_sentence
from harness.report.warned import Warned, warnings
from harness.report.wording import VERDICT_MEANINGS, VERDICT_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.published import FigureSet
    from harness.metrics.catalogue import Family
    from harness.model import Verdict
    from harness.report.material import Material, PairPage

PAIRS = "pairs"
"""The folder of the pages of the published comparisons, in that of the report."""
WHOLE_PAGE = "../../index.html"
"""The address of the page of all targets, from such a page."""
_MOST_OPPOSED = 3
_MOST_LETTERS = 96  # of a title: five lines of a phone


@dataclass(frozen=True, slots=True)
class LinkedPage:
    """A page of its own, by its address from this page; `verdicts` are its numbers of figures by verdict, in words."""

    title: str
    address: str
    verdicts: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A verdict with its number of figures."""

    verdict: Verdict
    words: str
    meaning: str
    number: str


@dataclass(frozen=True, slots=True)
class Contents:
    """Every section of a report; most sections are left out if they are empty.

    Attributes:
        subtitle: Date, machine and CPUs.
        status: The sentence on a run that is incomplete or missed its precision; None for any other run.
        whole: The address of the page of all targets; None for that page itself.
        pages: The pages of the published comparisons.
        ranks: The rankings of more than two targets.
        thresholds: The thresholds of `--fail-on`; empty for a run without any.
        conditions: The throughput by condition; None for a run with one condition of each target.
        advice: When to choose which target; None for a run that ranks no target, or more than two.
        subjects: The contestants by their stable names, in the order of the columns.
        standings: The numbers of figures by what the run says of them.
        twice: The name of the target that was driven twice; empty for a run without a control.
        judged, unmeasured: The published figures that are not key facts: those with a verdict, and those not measured.
    """

    title: str
    subtitle: str
    run_id: str
    status: str | None
    answer: Answer
    whole: str | None
    pages: tuple[LinkedPage, ...]
    ranks: tuple[RankRow, ...]
    thresholds: tuple[ThresholdSaid, ...]
    thresholds_sentence: str
    served: tuple[Served, ...]
    settings: tuple[VariantSettings, ...]
    subjects: tuple[str, ...]
    sources: tuple[FigureSet, ...]
    verdicts: tuple[Counted, ...]
    standings: tuple[Standing, ...]
    key_facts: tuple[FactGroup, ...]
    judged: tuple[Fact, ...]
    unmeasured: tuple[Fact, ...]
    clashes: tuple[Clash, ...]
    conditions: ConditionTable | None
    results: ResultTable
    costs: CostTable
    attributes: tuple[Tried, ...]
    attribute_matrix: AttributeMatrix
    advice: Advice | None
    warnings: tuple[Warned, ...]
    failures: tuple[Failed, ...]
    environment: tuple[tuple[str, tuple[Entry, ...]], ...]
    definitions: tuple[tuple[Family, tuple[Definition, ...]], ...]
    protocol: tuple[Step, ...]
    statistics: tuple[Step, ...]
    bounds: tuple[Step, ...]
    noise_floor: tuple[Entry, ...]
    twice: str
    ceiling: tuple[Entry, ...]
    command: str


def contents(material: Material) -> Contents:
    """Return the contents of a run's report."""
    judged, unmeasured = other_facts(material)
    thresholds = thresholds_said(material)
    return Contents(
        title=title(material),
        subtitle=subtitle(material),
        run_id=material.summary.run.id,
        status=status_sentence(material),
        answer=short_answer(material),
        whole=WHOLE_PAGE if material.focus else None,
        pages=tuple(map(_linked, material.pages)),
        ranks=rank_rows(material),
        thresholds=thresholds,
        thresholds_sentence=thresholds_sentence(thresholds),
        served=served(material),
        settings=variant_settings(material),
        subjects=tuple(map(str, material.contestants)),
        sources=tuple(judged.source for judged in material.judged),
        verdicts=_counted(material),
        standings=standings(material),
        key_facts=key_facts(material),
        judged=judged,
        unmeasured=unmeasured,
        clashes=clashes(material),
        conditions=condition_table(material),
        results=result_table(material),
        costs=cost_table(material),
        attributes=attribute_table(material),
        attribute_matrix=attribute_matrix(material),
        advice=advice(material),
        warnings=warnings(material),
        failures=failures(material),
        environment=environment(material),
        definitions=definitions(material),
        protocol=protocol(material),
        statistics=statistics(material),
        bounds=bounds(),
        noise_floor=noise_floor(material),
        twice=_driven_twice(material),
        ceiling=ceiling(material),
        command=command(material),
    )


def title(material: Material) -> str:
    """Return the title of a report, from the titles of its targets: `Flask vs Gin, measured`.

    Of many targets it has the first ones, as many as have room, and the number of the others.
    """
    titles = list(dict.fromkeys(material.title_of(subject.target) for subject in material.contestants))
    named = " vs ".join(titles) if len(titles) <= _MOST_OPPOSED else _listed(titles)
    return f"{named or 'Nothing'}, measured"


def _listed(titles: Sequence[str]) -> str:
    for left in range(len(titles)):
        named = enumeration([*titles[: len(titles) - left], *([f"{left} more"] if left else ())])
        if len(named) <= _MOST_LETTERS:
            break
    return named


def _linked(page: PairPage) -> LinkedPage:
    counts = (f"{number:,} {VERDICT_WORDS[verdict]}" for verdict, number in verdict_counts(page.material))
    return LinkedPage(title(page.material), page_address(page.name), ", ".join(counts) or "no published figures")


def page_address(name: str) -> str:
    """Return the address of the page of a published comparison, from the page of all targets."""
    return f"{PAIRS}/{name}/index.html"


def _driven_twice(material: Material) -> str:
    control = material.plan.control
    return material.name_of(replace(control, is_control=False)) if control else ""


def _counted(material: Material) -> tuple[Counted, ...]:
    return tuple(
        Counted(verdict, VERDICT_WORDS[verdict], VERDICT_MEANINGS[verdict], f"{number:,}")
        for verdict, number in verdict_counts(material)
    )
