"""The verdicts on figures about online facts, by the dated answers of the services.

A number of today does not refute a number of the page's date: stars and downloads change. What hardly falls, and is
smaller today than the page says, was never as large.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.figures.online.facts import NOT_ASKED, Answer, Unanswered, number_of, same_release
from harness.figures.online.services import question
from harness.figures.rules import RuleName, conclude
from harness.figures.weigh import readings_of
from harness.model import OnlineNames, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from harness.figures.online.facts import Fact
    from harness.figures.online.services import Question
    from harness.figures.published import Figure, JudgedFigures, Judgement
    from harness.model import Target

_LEEWAY = 0.05
"""A count that hardly falls may have fallen by this share: accounts are deleted, and their stars with them."""


def with_answers(
    judged: Sequence[JudgedFigures], targets: Mapping[str, Target], ask: Callable[[Question], Answer | Unanswered]
) -> tuple[JudgedFigures, ...]:
    """Return judged figures with the verdicts of the services' answers; each question is asked once.

    Args:
        judged: The figures of each source.
        targets: By name; their manifests name them online.
        ask: Asks a service.
    """
    answers: dict[tuple[str, Fact], Answer | Unanswered] = {}

    def answer(target: str, fact: Fact) -> Answer | Unanswered:
        if (target, fact) not in answers:
            answers[target, fact] = _asked(target, fact, targets, ask)
        return answers[target, fact]

    return tuple(
        replace(one, judgements=tuple(_judged(judgement, answer) for judgement in one.judgements)) for one in judged
    )


def _asked(
    target: str, fact: Fact, targets: Mapping[str, Target], ask: Callable[[Question], Answer | Unanswered]
) -> Answer | Unanswered:
    if target not in targets:
        return Unanswered(f"there is no target '{target}' here")
    asked = question(fact, targets[target].online or OnlineNames(), targets[target].title)
    return asked if isinstance(asked, Unanswered) else ask(asked)


def _judged(judgement: Judgement, answer: Callable[[str, Fact], Answer | Unanswered]) -> Judgement:
    figure = judgement.figure
    if figure.online is None:
        return judgement
    found = [answer(target, figure.online) for target in (figure.target, figure.of) if target]
    missing = next((one for one in found if isinstance(one, Unanswered)), None)
    if missing is None:
        return _by_answers(figure, [one for one in found if isinstance(one, Answer)])
    why = f"Not measured: {missing.reason}."
    if judgement.verdict is Verdict.NOT_MEASURED:
        return conclude(RuleName.NOT_MEASURED, figure, why=why)
    return replace(judgement, reason=judgement.reason.replace(NOT_ASKED, why))


def _by_answers(figure: Figure, found: Sequence[Answer]) -> Judgement:
    """Return the verdict of an answer, or of the ratio of two."""
    parts = {"answered": " and ".join(_sentences(figure, found)), "printed": figure.printed}
    rule = _rule_of_release(figure, found[0]) if figure.states is not None else _rule_of_number(figure, found)
    return replace(conclude(rule, figure, **parts), answers=tuple(found))


def _rule_of_release(figure: Figure, found: Answer) -> RuleName:
    is_same = same_release(figure.states or "", str(found.value))
    return RuleName.ONLINE_AGREES if is_same else RuleName.ONLINE_DIFFERS


def _rule_of_number(figure: Figure, found: Sequence[Answer]) -> RuleName:
    value = number_of(found)
    claims = [reading.figure.claim for reading in readings_of(figure)]
    if any(low <= value <= high for low, high in claims):
        return RuleName.ONLINE_AGREES
    least = min(low for low, _ in claims)
    is_missed = figure.of is None and found[0].fact.hardly_falls and value < least * (1 - _LEEWAY)
    return RuleName.ONLINE_MISSED if is_missed else RuleName.ONLINE_DIFFERS


def _sentences(figure: Figure, found: Sequence[Answer]) -> Iterator[str]:
    for target, one in zip((figure.target, figure.of), found, strict=False):
        value = f"{one.value:,.0f}" if isinstance(one.value, float) else one.value
        of = f" for {target}" if figure.of else ""
        yield f"{one.service} has {value} {one.fact.words}{of} on {one.date}"
