"""The advice of a comparison: when to choose which target, pros and cons, and questions with their answers.

Each sentence follows from a rule below, and from a number or a tried attribute of this run. It names the row of the
page that proves it. A sentence that the numbers don't carry is absent: a difference that is not shown gives no advice.
This module must not know markup, and it computes no number but the inverse of a ratio.

- Choose: for each headline that a target wins, the value that the other one does not reach.
- Pros and cons: each headline with a difference, and each attribute that one target has itself and the other has not.
- Questions: each headline with a verdict, and whether the largest effect is more than noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.analysis.headlines import headline_metrics
from harness.analysis.marks import why_not_shown
from harness.metrics.catalogue import Family, family_of, more_is_better
from harness.metrics.words import phrase_of, sort_key
from harness.model import CLAIMS, AttributeName, Bound, Difference, Support
from harness.report.anchors import anchor
from harness.report.answer import comparison_of_targets
from harness.report.wording import ATTRIBUTE_TITLES, difference_said, percentage
from harness.units import human

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Comparison, Result
    from harness.report.material import Material

_NEEDS = {
    Family.THROUGHPUT: "you need more than {end} from one instance",
    Family.LATENCY: "you need a {phrase} below {end}",
    Family.MEMORY: "an instance must stay below {end} of {phrase}",
    Family.COLD_START: "an instance must give its first right answer within {end}",
}
_QUESTIONS = {
    Family.THROUGHPUT: "Which one answers more requests per second?",
    Family.LATENCY: "Which one answers sooner ({phrase})?",
    Family.MEMORY: "Which one needs less memory?",
    Family.COLD_START: "Which one starts sooner?",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, with the id of the row that proves it."""

    text: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Side:
    """The advice about one target; a list without a sentence that the numbers carry is empty."""

    name: str
    choose: tuple[Said, ...]
    pros: tuple[Said, ...]
    cons: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answer."""

    question: str
    answer: Said


@dataclass(frozen=True, slots=True)
class Advice:
    """The advice about the headline pair of a run."""

    sides: tuple[Side, Side]
    questions: tuple[Question, ...]


def advice(material: Material) -> Advice | None:
    """Return the advice about the headline pair; None for a run that ranks no target, or more than two of them."""
    pair = comparison_of_targets(material)
    if pair is None or material.doubts or material.rankings or pair.subject.target == pair.reference.target:
        return None
    compared = tuple(_headlines(material, pair))
    sides = (
        _side(material, pair, compared),
        _side(material, pair.inverted(), tuple(one.inverted() for one in compared)),
    )
    questions = (*_questions(material, compared), *_noise(material, pair))
    return Advice(sides, questions) if any(side.pros or side.cons for side in sides) else None


def _headlines(material: Material, pair: Comparison) -> Iterator[Comparison]:
    """Yield the comparisons of the headlines, in the order of the table."""
    for metric, scenario in sorted(headline_metrics(material.plan), key=lambda key: sort_key(key[0])):
        found = material.comparison(metric, scenario, (pair.subject, pair.reference))
        if found is not None and family_of(metric) in _QUESTIONS:
            yield found


def _is_better(comparison: Comparison) -> bool:
    """Return whether the subject's number is the better one."""
    return (comparison.verdict is Difference.HIGHER) is more_is_better(comparison.metric)


def _side(material: Material, pair: Comparison, compared: tuple[Comparison, ...]) -> Side:
    decided = [one for one in compared if one.verdict in CLAIMS]
    won = [one for one in decided if _is_better(one)]
    name, other = material.name_of(pair.subject), material.name_of(pair.reference)
    return Side(
        name,
        choose=tuple(said for one in won if (said := _choose(material, one))),
        pros=(*(_point(one, other) for one in won), *_attributes(material, pair, has=True)),
        cons=(
            *(_point(one, other) for one in decided if one not in won),
            *_attributes(material, pair, has=False),
        ),
    )


def _choose(material: Material, comparison: Comparison) -> Said | None:
    """Return what the other target does not reach: the end of its interval. None if the other may reach more."""
    theirs = material.result(comparison.metric, comparison.scenario, comparison.reference)
    end = _best_end(theirs, is_up=comparison.verdict is Difference.HIGHER) if theirs else None
    if theirs is None or end is None:
        return None
    need = _NEEDS[family_of(comparison.metric)].format(end=human(end, theirs.unit), phrase=phrase_of(comparison.metric))
    return Said(need, _row(comparison))


def _best_end(result: Result, *, is_up: bool) -> float | None:
    """Return the better end of an interval; None of a throughput that the target itself did not limit."""
    if result.bound not in (None, Bound.TARGET):
        return None
    return result.high if is_up else result.low


def _point(comparison: Comparison, other: str) -> Said:
    said, interval = difference_said(comparison)
    return Said(f"{phrase_of(comparison.metric)}: {said} than {other}'s {interval}", _row(comparison))


def _row(comparison: Comparison) -> str:
    return anchor("row", comparison.metric, comparison.scenario)


def _attributes(material: Material, pair: Comparison, *, has: bool) -> Iterator[Said]:
    """Yield the attributes that only one of the two has itself: the subject, or with `has=False` the other one."""
    tried = {(one.target, one.name): one.answer for one in material.summary.run.attributes}
    other = material.title_of(pair.reference.target)
    for name in AttributeName:
        mine, theirs = (tried.get((subject.target, name)) for subject in (pair.subject, pair.reference))
        if mine is None or theirs is None or name is AttributeName.LANGUAGE_VERSION:
            continue
        if (mine == Support.YES) is has and (theirs == Support.YES) is not has:
            title = ATTRIBUTE_TITLES[name]
            evidence = anchor("attribute", title, material.title_of(pair.subject.target))
            yield Said(f"{title}: {mine}; {other}: {theirs}", evidence)


def _questions(material: Material, compared: tuple[Comparison, ...]) -> Iterator[Question]:
    for one in compared:
        if one.verdict is Difference.INCONCLUSIVE:
            continue
        question = _QUESTIONS[family_of(one.metric)].format(phrase=phrase_of(one.metric))
        yield Question(question, Said(_answer(material, one), _row(one)))


def _answer(material: Material, comparison: Comparison) -> str:
    phrase, (_, interval) = phrase_of(comparison.metric), difference_said(comparison)
    if comparison.verdict is Difference.EQUIVALENT:
        return f"Neither: the two are equivalent in {phrase}, {interval}."
    if comparison.verdict is Difference.NO_DIFFERENCE_SHOWN:
        reason = why_not_shown(comparison.warnings)
        return f"This run shows no difference in {phrase}: {interval}{f', {reason}' if reason else ''}."
    better = comparison if _is_better(comparison) else comparison.inverted()
    said, interval = difference_said(better)
    return (
        f"{material.name_of(better.subject)}: its {phrase} is {said} than that of "
        f"{material.name_of(better.reference)} {interval}."
    )


def _noise(material: Material, pair: Comparison) -> Iterator[Question]:
    """Yield the answer on noise, if the whole interval of the headline ratio lies beyond the noise floor."""
    floor = material.summary.noise_floor.get(pair.metric)
    if floor is None or pair.verdict not in CLAIMS:
        return
    if pair.low > 1 + floor or pair.high < 1 / (1 + floor):
        said, interval = difference_said(pair)
        yield Question(
            "Is the difference more than noise?",
            Said(
                f"Yes: {said} {interval}. The noise floor, from two copies of one target, is "
                f"\N{PLUS-MINUS SIGN} {percentage(floor)}.",
                _row(pair),
            ),
        )
