"""The verdicts of a run on published figures.

Pure: figures and a summary in, judgements out. It must not know how a result was measured, only what the result states.

**Claim.** The printed number, widened by its rounding or by its printed tolerance. A bound such as `12+` is open at one
side.
**Evidence.** The measured numbers that the claim is compared with (`evidence`). Conditions that the source states
reduce them to those that fulfil them (`driven`).
**Rules.** The first rule of `rules` that applies gives verdict and reason; `weigh` tries them for a figure with a
number. An accusation stands only if no other definition that the page's word allows gives the number.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.figures.absence import why_absent
from harness.figures.conditions import inherit
from harness.figures.consistency import find_contradictions
from harness.figures.driven import NO_TARGETS, Setting, select, setting_of, states_load
from harness.figures.elsewhere import in_words, stated_elsewhere
from harness.figures.evidence import evidence_of, lacks_own_start, lacks_resident, names_metric, other_definitions
from harness.figures.online.facts import NOT_ASKED
from harness.figures.published import Evidence, Figure, FigureSet, JudgedFigures, Judgement
from harness.figures.reasons import with_names
from harness.figures.rules import RuleName, conclude
from harness.figures.weigh import weigh
from harness.metrics.catalogue import unit_for_figures
from harness.metrics.names import attribute
from harness.metrics.words import wanted_in_words
from harness.model import Verdict, title_of
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.model import Summary, Target

_ACCUSATIONS = (Verdict.REFUTED, Verdict.NOT_REPRODUCED)
_NO_OWN_START = "This run has no start of the app without that of its container, which the page can mean too."
_NO_RESIDENT = "This run has no resident sizes added up, which the page can mean too."


def judge(figures: FigureSet, summary: Summary, targets: Mapping[str, Target] = NO_TARGETS) -> JudgedFigures:
    """Return the judgement of each figure, in the order of its file, and the contradictions within the file.

    Args:
        figures: The figures of one source.
        summary: The run.
        targets: The targets of the project, which say how a subject is served.
    """
    contradictions = find_contradictions(figures, {name: target.title for name, target in targets.items()})
    disputes = {
        figure.id: contradiction.message
        for contradiction in reversed(contradictions)
        for figure in contradiction.figures
    }
    setting = setting_of(summary.run, targets)
    elsewhere = stated_elsewhere(figures.figures)

    def judged(figure: Figure) -> Judgement:
        return _judge_one(figure, summary, setting, disputes.get(figure.id))

    judgements = tuple(_judge_as_elsewhere(one, elsewhere.get(one.id, ()), judged) for one in figures.figures)
    return JudgedFigures(figures, judgements, contradictions)


def _judge_as_elsewhere(figure: Figure, others: Sequence[Figure], judged: Callable[[Figure], Judgement]) -> Judgement:
    """Return the judgement of a figure with the conditions that the page states for the same number elsewhere.

    Of several such places the first counts that gives no accusation. Where all of them accuse the figure and its own
    conditions don't, its own count.
    """
    if not others:
        return judged(figure)
    found = [
        (other, judged(replace(figure, conditions=inherit(other.conditions, figure.conditions)))) for other in others
    ]
    milder = [one for one in found if one[1].verdict not in _ACCUSATIONS]
    if not milder and (alone := judged(figure)).verdict not in _ACCUSATIONS:
        return alone
    other, judgement = (milder or found)[0]
    own = replace(judgement.figure, conditions=figure.conditions)
    return replace(judgement, figure=own, reason=f"{judgement.reason} {in_words(other)}")


def _judge_one(figure: Figure, summary: Summary, setting: Setting, dispute: str | None) -> Judgement:
    if figure.states is not None and figure.online is None:
        return _judge_words(figure, summary, setting.targets)
    if (reason := _not_measurable(figure)) is not None:
        return _unmeasured(figure, reason, dispute)
    everything = with_names(evidence_of(figure, summary), setting.targets)
    of_target = (one for one in summary.results if one.subject.target == figure.target)
    about = [one for one in of_target if names_metric(figure, one.metric)]
    if not everything:
        return _unmeasured(figure, why_absent(figure, summary, about, setting.targets), dispute)
    selection = select(figure, everything, setting, about)
    if selection.evidence:
        return _weigh_by_all_readings(figure, selection.evidence, summary, setting)
    if selection.verdict is Verdict.NOT_MEASURED:
        return _unmeasured(figure, selection.reason, dispute)
    return conclude(RuleName.CONDITION_NOT_DRIVEN, figure, why=selection.reason)


def _not_measurable(figure: Figure) -> str | None:
    """Return why no run can measure a figure: no metric, or a printed unit that the metric can't have."""
    if figure.online is not None:
        return NOT_ASKED
    if figure.metric is None:
        return f"No metric of this harness measures {figure.what}."
    expected = Unit.ONE if figure.of is not None else unit_for_figures(figure.metric)
    is_possible = expected is None or figure.unit.base is expected
    return None if is_possible else f"No {wanted_in_words(figure.metric)} is in {figure.unit}."


def _weigh_by_all_readings(
    figure: Figure, evidence: Sequence[Evidence], summary: Summary, setting: Setting
) -> Judgement:
    """Return the judgement by some evidence, unless it is an accusation that another definition takes back."""
    judgement = weigh(figure, evidence, summary, states_load=states_load(figure))
    others = other_definitions(figure, summary) if judgement.verdict in _ACCUSATIONS else ()
    others = select(figure, with_names(others, setting.targets), setting).evidence if others else ()
    if others:
        widely = weigh(figure, [*evidence, *others], summary, states_load=states_load(figure))
        judgement = judgement if widely.verdict in _ACCUSATIONS else widely
    missing = _missing_definition(figure, summary) if judgement.verdict in _ACCUSATIONS else None
    if missing is None:
        return judgement
    reason = f"{judgement.reason} {missing}"  # which may give what nothing else excuses
    return replace(judgement, verdict=Verdict.NOT_REPRODUCED, reason=reason)


def _missing_definition(figure: Figure, summary: Summary) -> str | None:
    """Return what a page can mean and the run did not measure, so that the run refutes nothing."""
    if lacks_resident(figure, summary):
        return _NO_RESIDENT
    is_upper_bound = math.isinf(figure.low)
    return _NO_OWN_START if is_upper_bound and lacks_own_start(figure, summary) else None


def _judge_words(figure: Figure, summary: Summary, targets: Mapping[str, Target]) -> Judgement:
    """Return the judgement of a claim on an attribute, by the run's answer to it."""
    for tried in summary.run.attributes:
        if tried.target == figure.target and figure.metric == attribute(tried.name):
            rule = RuleName.WORDS_AGREE if tried.answer == figure.states else RuleName.WORDS_DIFFER
            seen = tried.evidence.rstrip(".")
            return conclude(rule, figure, states=figure.states or "", answer=tried.answer, seen=seen)
    return _unmeasured(figure, f"The run did not try '{figure.label}' of {title_of(figure.target, targets)}.", None)


def _unmeasured(figure: Figure, why: str, dispute: str | None) -> Judgement:
    if dispute is None:
        return conclude(RuleName.NOT_MEASURED, figure, why=why)
    return conclude(RuleName.CONTRADICTED, figure, why=why, dispute=dispute)
