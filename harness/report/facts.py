"""Published figures beside what the run measured, and what the source says against itself.

A figure is shown as printed; what was measured is shown in the figure's own printed unit, so that the two can be read
against each other. Figures that a source repeats word for word share a row. The verdicts are the judge's: nothing here
decides one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.figures.published import Verdict
from harness.metrics.catalogue import Family, family_of
from harness.metrics.words import phrase_of
from harness.report.wording import DASH, TIMES
from harness.units import significant

if TYPE_CHECKING:
    from harness.figures.published import Contradiction, Evidence, Figure, FigureSet, Judgement
    from harness.report.material import Material

_KEY_FAMILIES = (Family.THROUGHPUT, Family.LATENCY, Family.MEMORY, Family.COLD_START)


@dataclass(frozen=True, slots=True)
class Measured:
    """What stands beside a published number.

    Attributes:
        number: With its unit, as the source would print it; `interval` has the same unit.
        of: Metric, scenario, and subjects where they are in question.
        among: The span of all evidence where there is more than one; else empty.
    """

    number: str
    interval: str
    of: str
    among: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One published number and its answer; without `measured` the reason says why there is none.

    Attributes:
        sections: Everywhere that the source prints it so.
        ratio: Published over measured; a dash without evidence.
    """

    label: str
    target: str
    printed: str
    sections: tuple[str, ...]
    conditions: tuple[str, ...]
    measured: Measured | None
    ratio: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class FactGroup:
    """The facts of one family."""

    family: Family
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """Figures of the source that can't all hold, each as it is printed and where."""

    message: str
    places: tuple[tuple[str, str], ...]


def key_facts(material: Material) -> tuple[FactGroup, ...]:
    """Return the figures of the performance kind by family, those that the run could judge first."""
    return tuple(FactGroup(family, facts) for family in _KEY_FAMILIES if (facts := _facts(material, family)))


def other_facts(material: Material) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """Return all remaining figures: those with a verdict, and those that nothing here measured."""
    facts = _facts(material, None)
    unmeasured = tuple(fact for fact in facts if fact.verdict is Verdict.NOT_MEASURED)
    return tuple(fact for fact in facts if fact.verdict is not Verdict.NOT_MEASURED), unmeasured


def verdict_counts(material: Material) -> tuple[tuple[Verdict, int], ...]:
    """Count the figures of each verdict that occurs, in the order in which verdicts are defined."""
    given = [judgement.verdict for judged in material.judged for judgement in judged.judgements]
    return tuple((verdict, given.count(verdict)) for verdict in Verdict if verdict in given)


def clashes(material: Material) -> tuple[Clash, ...]:
    """Return the contradictions of each source with itself."""
    return tuple(
        _clash(material, contradiction, judged.source)
        for judged in material.judged
        for contradiction in judged.contradictions
    )


def _clash(material: Material, contradiction: Contradiction, source: FigureSet) -> Clash:
    sections: dict[tuple[str, str], dict[str, None]] = {}
    for figure in contradiction.figures:
        sections.setdefault((figure.printed, figure.label), {})[material.place_of(figure, source)] = None
    places = ((printed, f"{label} ({', '.join(where)})") for (printed, label), where in sections.items())
    return Clash(contradiction.message, tuple(places))


def _key_family(figure: Figure) -> Family | None:
    family = family_of(figure.metric) if figure.metric else None
    return family if family in _KEY_FAMILIES else None


def _facts(material: Material, family: Family | None) -> tuple[Fact, ...]:
    """Return the facts of a key family, or of none; merge what is printed alike and judged alike.

    They keep the order of the sources, unmeasured figures last.
    """
    alike: dict[tuple[object, ...], list[tuple[Judgement, FigureSet]]] = {}
    for judged in material.judged:
        for judgement in judged.judgements:
            figure = judgement.figure
            if _key_family(figure) is family:
                said = (figure.label, figure.printed, figure.target, figure.of, figure.metric, figure.conditions)
                alike.setdefault((*said, judgement.verdict, judgement.reason), []).append((judgement, judged.source))
    facts = [_fact(material, same) for same in alike.values()]
    return tuple(sorted(facts, key=lambda fact: fact.verdict is Verdict.NOT_MEASURED))


def _fact(material: Material, same: list[tuple[Judgement, FigureSet]]) -> Fact:
    judgement = same[0][0]
    figure = judgement.figure
    return Fact(
        label=figure.label,
        target=_speaks_of(material, figure),
        printed=figure.printed,
        sections=tuple(dict.fromkeys(material.place_of(other.figure, source) for other, source in same)),
        conditions=figure.conditions,
        measured=_measured(material, judgement),
        ratio=DASH if judgement.ratio is None else f"{significant(judgement.ratio)}{TIMES}",
        verdict=judgement.verdict,
        reason=judgement.reason,
    )


def _speaks_of(material: Material, figure: Figure) -> str:
    target = material.title_of(figure.target)
    return target if figure.of is None else f"{target} against {material.title_of(figure.of)}"


def _measured(material: Material, judgement: Judgement) -> Measured | None:
    nearest = judgement.measured
    if nearest is None:
        return None
    unit = judgement.figure.unit
    low, high = (significant(unit.from_base(end)) for end in (nearest.low, nearest.high))
    return Measured(
        number=unit.say(nearest.estimate),
        interval=f"[{low}, {high}]",
        of=_of(material, judgement.figure, nearest),
        among=_among(judgement),
    )


def _of(material: Material, figure: Figure, evidence: Evidence) -> str:
    """Name metric, scenario, and the subjects where the figure's own target leaves them open."""
    names = [material.name_of(subject) for subject in (evidence.subject, evidence.reference) if subject]
    who = [] if names == [material.title_of(figure.target)] else [" \N{DIVISION SIGN} ".join(names)]
    return ", ".join(part for part in (phrase_of(evidence.metric), evidence.scenario, *who) if part)


def _among(judgement: Judgement) -> str:
    estimates = [evidence.estimate for evidence in judgement.evidence]
    if len(estimates) == 1:
        return ""
    unit = judgement.figure.unit
    span = f"{significant(unit.from_base(min(estimates)))} to {unit.say(max(estimates))}"
    return f"nearest of {len(estimates):,}, from {span}"
