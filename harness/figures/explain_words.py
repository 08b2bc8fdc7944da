"""The sentences of an explanation: the answer, and the translation to cores or connections.

Pure text: it must not choose or compare numbers beyond what the explanation has.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from harness.figures.consistency.wording import with_unit
from harness.figures.explain import Fit
from harness.figures.reasons import distance, known_cpu_of
from harness.metrics.names import attribute
from harness.metrics.words import phrase_of, wanted_in_words
from harness.units import Unit, cpus_in_words, human, significant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.figures.explain import Condition, CpusNeeded, Explanation
    from harness.figures.printed import PrintedUnit
    from harness.figures.published import Figure
    from harness.model import Target


def answer(explanation: Explanation, targets: Mapping[str, Target]) -> str:
    """Return the answer in one or two sentences."""
    figure = explanation.figure
    if figure.states is not None:
        return _answer_in_words(explanation)
    if figure.metric is None:
        return f"No metric of this harness measures {figure.what}, so no measurement can explain it."
    if not explanation.holds_under and not explanation.near:
        return (
            "The run measured nothing that could explain it: "
            f"no {wanted_in_words(figure.metric)} of {_title(figure.target, targets)}."
        )
    said = _given(explanation) if explanation.holds_under else _not_given(explanation, targets)
    return f"{explanation.unmet} {said}" if explanation.unmet else said


def _answer_in_words(explanation: Explanation) -> str:
    figure = explanation.figure
    for run in explanation.runs:
        for tried in run.attributes:
            if (tried.target, attribute(tried.name)) == (figure.target, figure.metric):
                return f"It is a claim in words: the page states {figure.states}, and the run found {tried.answer}."
    return f"It is a claim in words: the page states {figure.states}, and no run tried it."


def note(unit: PrintedUnit, one: Condition) -> str | None:
    """Return what must be said of a condition beside its number; None for most."""
    if one.fit is not Fit.WIDENED or one.evidence.second is None:
        return None
    is_calm = one.evidence.is_calm and not one.evidence.is_doubtful
    whose = "in the undisturbed trials alone" if is_calm else "with the machine's disturbance counted"
    return f"{whose}: {unit.say_ends(*one.evidence.second)}"


def _given(explanation: Explanation) -> str:
    figure, holds_under = explanation.figure, explanation.holds_under
    best = next((one for one in holds_under if one.is_own and one.fit is holds_under[0].fit), holds_under[0])
    other = "" if best.is_own or explanation.unmet else "Under another definition than the page's, "
    verb = "is" if best.fit is Fit.INSIDE else "may be"
    details = f" ({', '.join(_details(best))})" if _details(best) else ""
    number = ", ".join(filter(None, [_number(figure, best), note(figure.unit, best)]))
    more = _others([one for one in holds_under if one is not best])
    return f"{other}{with_unit(figure)} {verb} the {_what(best)}{details}: {number}.{more}"


def _others(conditions: Sequence[Condition]) -> str:
    """Return how many other conditions give the figure, may give it, or reach it by disturbance alone."""
    count = Counter(one.fit for one in conditions)
    inside, overlaps, widened = count[Fit.INSIDE], count[Fit.OVERLAPS], count[Fit.WIDENED]
    said = f" {inside} other measured condition{' gives' if inside == 1 else 's give'} it, too." if inside else ""
    if overlaps:
        of = "its interval reaches" if overlaps == 1 else "their intervals reach"
        said += f" {overlaps} other measured condition{'' if overlaps == 1 else 's'} may give it: {of} it."
    if widened:
        said += f" {widened} more reach{'es' if widened == 1 else ''} it only with the machine's disturbance counted."
    return said


def _not_given(explanation: Explanation, targets: Mapping[str, Target]) -> str:
    figure, nearest = explanation.figure, explanation.near[0]
    of = _title(figure.target, targets)
    if figure.of is not None:
        of = f"{of} over {_title(figure.of, targets)}"
    nothing = f"Nothing that was measured gives {with_unit(figure)} of {of}"
    beyond = _on_the_other_side(explanation, nearest)
    if beyond is None:
        return f"{nothing}: the nearest is {_quoted(figure, nearest)}, {distance(figure, nearest.evidence)}."
    low, high = sorted((nearest, beyond), key=lambda one: one.evidence.estimate)
    return f"{nothing}: it lies between {_quoted(figure, low)} and {_quoted(figure, high)}."


def _on_the_other_side(explanation: Explanation, nearest: Condition) -> Condition | None:
    """Return the nearest number beyond the claim; one of the same subject and scenario if there is one."""
    nominal, piece = explanation.figure.nominal, nearest.evidence
    beyond = [
        one
        for one in explanation.near
        if one.is_own is nearest.is_own and (one.evidence.estimate < nominal) is not (piece.estimate < nominal)
    ]
    same = (piece.subject, piece.scenario)
    alike = [one for one in beyond if (one.evidence.subject, one.evidence.scenario) == same]
    return next(iter((*alike, *beyond)), None)


def _number(figure: Figure, one: Condition) -> str:
    return figure.unit.say_interval(one.evidence.estimate, one.evidence.low, one.evidence.high)


def _quoted(figure: Figure, one: Condition) -> str:
    return f"{_number(figure, one)} ({', '.join([_what(one), *_details(one)])})"


def _what(one: Condition) -> str:
    """Return metric and subject in words: `throughput over 1 connection of flask_app:dev-server`."""
    piece = one.evidence
    what = phrase_of(piece.metric).removeprefix("the ")
    if piece.reference is None:
        return f"{what} of {piece.subject.target}:{piece.subject.variant}"
    other = f"{phrase_of(one.other_metric)} of " if one.other_metric not in {None, piece.metric} else ""
    return f"{what} of {piece.subject} against {other.removeprefix('the ')}{piece.reference}"


def _details(one: Condition) -> list[str]:
    """Return scenario and CPUs, as far as the number depends on them."""
    scenarios = dict.fromkeys(filter(None, (one.evidence.scenario, one.other_scenario)))
    return [*scenarios, *([cpus_in_words(one.cpus)] if one.cpus else [])]


def translation(explanation: Explanation, targets: Mapping[str, Target]) -> str | None:
    """Return what the figure takes on any machine, in one sentence; None if there is no such translation."""
    figure = explanation.figure
    if explanation.cpus_needed is not None:
        return _cores(figure, explanation.cpus_needed, targets)
    if len(explanation.costs) == 2:  # noqa: PLR2004 - of both targets of a ratio
        return _ratio_of_costs(figure, *explanation.costs)
    return _connections(figure, explanation.rate) if explanation.rate is not None else None


def _cores(figure: Figure, needed: CpusNeeded, targets: Mapping[str, Target]) -> str:
    piece = needed.cost.evidence
    is_range = figure.low < figure.high and math.isfinite(figure.low) and math.isfinite(figure.high)
    cores = f"{significant(needed.estimate)} [{significant(needed.low)}, {significant(needed.high)}]"
    if is_range:
        cores = " to ".join(significant(end * piece.estimate) for end in (figure.low, figure.high))
    cpu, idle = known_cpu_of(needed.cost.run), _idle(needed)
    condition = ", if nothing else uses them" if idle else ""
    return (
        f"{with_unit(figure)} of {_title(figure.target, targets)} take {cores} cores like this one ({cpu}){condition}: "
        f"a request takes {human(piece.estimate, Unit.SECOND)} of CPU time ({piece.subject}).{idle}"
    )


def _idle(needed: CpusNeeded) -> str:
    """Return the sentence of a measured rate that did not use its CPUs, as on a disturbed machine; else nothing."""
    rate, cpus = needed.idle_rate, needed.cost.cpus
    if rate is None or cpus is None:
        return ""
    used = significant(rate.estimate * needed.cost.evidence.estimate)
    said = f"{significant(rate.estimate)} req/s"
    return f" The {said} measured at this load used {used} of {cpus_in_words(cpus)}, not all of it."


def _ratio_of_costs(figure: Figure, top: Condition, bottom: Condition) -> str:
    """Return the ratio of the rates per core of two targets, by their CPU time per request."""
    one, other = top.evidence, bottom.evidence
    ratio = figure.unit.say(other.estimate / one.estimate)
    costs = " and ".join(f"{human(piece.estimate, Unit.SECOND)} ({piece.subject})" for piece in (one, other))
    return f"By CPU time per request alone it is {ratio}: a request takes {costs} on {known_cpu_of(top.run)}."


def _connections(figure: Figure, rate: Condition) -> str:
    """Return the number of connections that gives a mean latency, by Little's law."""
    ends = dict.fromkeys(end for end in (figure.low, figure.high) if math.isfinite(end))
    counts = [rate.evidence.estimate * end for end in ends]
    served = f"{significant(rate.evidence.estimate)} req/s ({rate.evidence.subject})"
    if max(counts) < 1:
        return f"No load gives it as a mean: at {served} one request alone takes longer (Little's law)."
    said = " to ".join(significant(count, 2) for count in counts)
    return f"As a mean latency it takes {said} connections that are answered at {served}, by Little's law."


def _title(name: str, targets: Mapping[str, Target]) -> str:
    return targets[name].title if name in targets else name
