"""Published figures beside the numbers of the run, and the contradictions of each source with itself.

A figure is shown as printed. The measured number is shown in the figure's printed unit, so that both are easy to
compare. Figures that a source repeats word for word share a row. The verdicts come from `harness.figures.judge`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.figures.document import answer_of
from harness.metrics.catalogue import Family, family_of
from harness.metrics.words import phrase_of
from harness.model import Verdict
from harness.report.anchors import anchor
from harness.report.wording import DASH, TIMES, VERDICT_WORDS
from harness.units import Unit, human, significant

if TYPE_CHECKING:
    from harness.figures.published import Contradiction, Evidence, Figure, FigureSet, Judgement
    from harness.report.material import Material

_STANDINGS = {
    "hold": (Verdict.CONFIRMED,),
    "do not hold here": (Verdict.NOT_REPRODUCED, Verdict.REFUTED),
    "are excluded by their own page": (Verdict.CONTRADICTED,),
    "are undecided": (Verdict.INCONCLUSIVE, Verdict.NOT_COMPARABLE, Verdict.NOT_MEASURED),
}
_KEY_FAMILIES = (Family.THROUGHPUT, Family.LATENCY, Family.MEMORY, Family.COLD_START)


@dataclass(frozen=True, slots=True)
class Measured:
    """The measured number beside a published one.

    Attributes:
        number: With its unit, in the source's form.
        interval: In the same unit; empty of an exact number.
        of: Metric and scenario, and the subjects if the figure's target does not determine them.
        among: The range of all evidence; empty if there is only one piece.
    """

    number: str
    interval: str
    of: str
    among: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A published number with its verdict; without `measured` and `answer`, `reason` explains the absence.

    Attributes:
        anchor: The id of its row on the page.
        in_short: The reason in at most twelve words.
        sections: All sections of the source that print it in this form.
        answer: What the run found, of a claim in words; None of any other figure.
        ratio: Published over measured; a dash without evidence, and of a printed difference.
    """

    anchor: str
    label: str
    target: str
    printed: str
    sections: tuple[str, ...]
    conditions: tuple[str, ...]
    measured: Measured | None
    answer: str | None
    ratio: str
    verdict: Verdict
    reason: str
    in_short: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How many figures hold, do not hold here, are excluded by their page or are undecided; `parts`: their verdicts."""

    words: str
    number: str
    verdict: Verdict
    parts: str


@dataclass(frozen=True, slots=True)
class FactGroup:
    """The facts of one family."""

    family: Family
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """Figures of the source that can't all hold; `places` has each as printed, with its label and sections.

    Attributes:
        anchor: Its id on the page, of the rule and the first figure.
    """

    anchor: str
    message: str
    places: tuple[tuple[str, str], ...]


def key_facts(material: Material) -> tuple[FactGroup, ...]:
    """Return the facts of the key families, by family; in each, the unmeasured ones come last."""
    return tuple(FactGroup(family, facts) for family in _KEY_FAMILIES if (facts := _facts(material, family)))


def other_facts(material: Material) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """Return the facts of no key family: those with a verdict, and those that were not measured."""
    facts = _facts(material, None)
    unmeasured = tuple(fact for fact in facts if fact.verdict is Verdict.NOT_MEASURED)
    return tuple(fact for fact in facts if fact.verdict is not Verdict.NOT_MEASURED), unmeasured


def verdict_counts(material: Material) -> tuple[tuple[Verdict, int], ...]:
    """Return the number of figures of each verdict that occurs, in the order of `Verdict`."""
    given = [judgement.verdict for judged in material.judged for judgement in judged.judgements]
    return tuple((verdict, given.count(verdict)) for verdict in Verdict if verdict in given)


def standings(material: Material) -> tuple[Standing, ...]:
    """Return the numbers of figures by what the run says of them; empty for a page without figures."""
    counts = dict(verdict_counts(material))
    return tuple(_standing(words, verdicts, counts) for words, verdicts in _STANDINGS.items()) if counts else ()


def _standing(words: str, verdicts: tuple[Verdict, ...], counts: dict[Verdict, int]) -> Standing:
    found = {verdict: counts[verdict] for verdict in verdicts if verdict in counts}
    parts = ", ".join(f"{number:,} {VERDICT_WORDS[verdict]}" for verdict, number in found.items())
    return Standing(words, f"{sum(found.values()):,}", verdicts[0], parts)


def clashes(material: Material) -> tuple[Clash, ...]:
    """Return the contradictions of each source with itself; from the second one on, equal anchors have a number."""
    found = [_clash(material, one, judged.source) for judged in material.judged for one in judged.contradictions]
    before = ([one.anchor for one in found[:place]].count(clash.anchor) for place, clash in enumerate(found))
    return tuple(
        replace(one, anchor=f"{one.anchor}:{number + 1}") if number else one
        for one, number in zip(found, before, strict=True)
    )


def _clash(material: Material, contradiction: Contradiction, source: FigureSet) -> Clash:
    sections: dict[tuple[str, str], dict[str, None]] = {}
    for figure in contradiction.figures:
        sections.setdefault((figure.printed, figure.label), {})[material.place_of(figure, source)] = None
    places = ((printed, f"{label} ({', '.join(where)})") for (printed, label), where in sections.items())
    name = _anchor(material, contradiction.figures[0], source, "contradiction", contradiction.rule)
    return Clash(name, contradiction.message, tuple(places))


def _key_family(figure: Figure) -> Family | None:
    family = family_of(figure.metric) if figure.metric else None
    return family if family in _KEY_FAMILIES else None


def _facts(material: Material, family: Family | None) -> tuple[Fact, ...]:
    """Return the facts of a key family, or those of no key family; equal figures with equal judgements are merged.

    They keep the order of the sources, but unmeasured figures come last.
    """
    alike: dict[tuple[object, ...], list[tuple[Judgement, FigureSet]]] = {}
    for judged in material.judged:
        for judgement in judged.judgements:
            figure = judgement.figure
            if _key_family(figure) is family:
                words = (figure.label, figure.printed, figure.target, figure.of, figure.metric, figure.conditions)
                alike.setdefault((*words, judgement.verdict, judgement.reason), []).append((judgement, judged.source))
    facts = [_fact(material, same) for same in alike.values()]
    return tuple(sorted(facts, key=lambda fact: fact.verdict is Verdict.NOT_MEASURED))


def _fact(material: Material, same: list[tuple[Judgement, FigureSet]]) -> Fact:
    judgement = same[0][0]
    figure = judgement.figure
    return Fact(
        anchor=_anchor(material, figure, same[0][1], "figure"),
        label=figure.label,
        target=_target(material, figure),
        printed=figure.printed,
        sections=tuple(dict.fromkeys(material.place_of(other.figure, source) for other, source in same)),
        conditions=figure.conditions,
        measured=_measured(material, judgement),
        answer=answer_of(judgement, material.summary.run),
        ratio=_ratio(judgement),
        verdict=judgement.verdict,
        reason=judgement.reason,
        in_short=_in_short(judgement),
    )


def _anchor(material: Material, figure: Figure, source: FigureSet, *kind: str) -> str:
    """Return an id of a kind with a figure's; of several sources, each figure is unique in its own file only."""
    sources = [judged.source for judged in material.judged]
    return anchor(*kind, None if len(sources) == 1 else sources.index(source) + 1, figure.id)


def _in_short(judgement: Judgement) -> str:
    """Return the reason of a verdict in at most twelve words; a figure that is missed is said by how much."""
    figure, nearest = judgement.figure, judgement.measured
    if judgement.verdict in (Verdict.REFUTED, Verdict.NOT_REPRODUCED) and nearest and not figure.unit.falls:
        if nearest.estimate > figure.high > 0:
            return f"Measured {significant(nearest.estimate / figure.high)} times more than printed."
        if math.inf > figure.low > nearest.estimate > 0:
            return f"Measured {significant(figure.low / nearest.estimate)} times less than printed."
    if judgement.verdict is Verdict.NOT_MEASURED:
        if figure.online:
            return "A public service states it: harness check --online asks there."
        return "This run did not measure it." if figure.metric else "No metric of this harness decides it."
    return judgement.in_short or judgement.reason


def _target(material: Material, figure: Figure) -> str:
    target = material.title_of(figure.target)
    return target if figure.of is None else f"{target} against {material.title_of(figure.of)}"


def _ratio(judgement: Judgement) -> str:
    """Return published over measured as text: of a difference such as -94% it is not that of the printed numbers."""
    unit = judgement.figure.unit
    if judgement.ratio is None or unit.offset or unit.falls:
        return DASH
    return f"{significant(judgement.ratio)}{TIMES}"


def _measured(material: Material, judgement: Judgement) -> Measured | None:
    nearest = judgement.measured
    if nearest is None:
        return None
    unit = judgement.figure.unit
    return Measured(
        number=unit.say(nearest.estimate),
        interval="" if nearest.low == nearest.high else unit.say_ends(nearest.low, nearest.high),
        of=_of(material, judgement.figure, nearest),
        among=_among(judgement),
    )


def _of(material: Material, figure: Figure, evidence: Evidence) -> str:
    """Return metric and scenario, and the subjects if the figure's target does not determine them.

    A size is repeated in the unit of the other tables: pages print MB, which are not MiB.
    """
    names = [material.name_of(subject) for subject in (evidence.subject, evidence.reference) if subject]
    who = [] if names == [material.title_of(figure.target)] else [" \N{DIVISION SIGN} ".join(names)]
    size = f" ({human(evidence.estimate, Unit.BYTE)})" if evidence.unit is Unit.BYTE else ""
    return ", ".join(part for part in (f"{phrase_of(evidence.metric)}{size}", evidence.scenario, *who) if part)


def _among(judgement: Judgement) -> str:
    estimates = [evidence.estimate for evidence in judgement.evidence]
    if len(estimates) == 1:
        return ""
    unit = judgement.figure.unit
    span = f"{unit.number(min(estimates))} to {unit.say(max(estimates))}"
    which = "nearest" if judgement.measured == judgement.evidence[0] else "one"
    return f"{which} of {len(estimates):,}, from {span}"
