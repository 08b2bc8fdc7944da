"""Marked blocks with one number: a result, a ratio, a noise floor. The report's own functions format them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from harness.errors import UsageError, nearest
from harness.rendering.asked import Asked, Filling, wrong_words
from harness.report.tables import Cell, Footnotes, ratio_cell, value_cell
from harness.report.wording import BOUND_WORDS, difference_spelled, percentage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model import Comparison, Result, Subject


class ResultForm(StrEnum):
    """What a block shows of a result: `5,350 req/s`, `5,350`, `[5,100, 5,600]`, all of it, or what limited it."""

    VALUE = "value"
    NUMBER = "number"
    INTERVAL = "interval"
    WHOLE = "whole"
    BOUND = "bound"


class RatioForm(StrEnum):
    """What a block shows of a ratio: `12.2×`, `12.2`, `[11.7, 12.8]`, number and interval, or its verdict."""

    RATIO = "ratio"
    NUMBER = "number"
    INTERVAL = "interval"
    WHOLE = "whole"
    VERDICT = "verdict"


_Form = TypeVar("_Form", ResultForm, RatioForm)


def number(asked: Asked) -> Filling:
    """Return the number of `METRIC SUBJECT [FORM]` or `METRIC SUBJECT/REFERENCE [FORM]`."""
    if len(asked.words) not in {2, 3}:
        raise wrong_words(asked, "a metric, a subject or SUBJECT/REFERENCE, and a form or none")
    metric, of, *form = asked.words
    asked.require("metric", metric, {result.metric for result in asked.material.summary.results})
    numerator, slash, denominator = of.partition("/")
    subject = find_subject(asked, numerator)
    if slash:
        comparison = _comparison(asked, metric, subject, find_subject(asked, denominator))
        return Filling(asked.escaped(_of_ratio(comparison, _form(form, RatioForm))))
    result = _result(asked, metric, subject)
    cell = value_cell(asked.material, (metric, result.scenario), subject, Footnotes())
    return Filling(asked.escaped(_of_result(result, cell, _form(form, ResultForm))))


def noise_floor(asked: Asked) -> Filling:
    """Return the noise floor of a metric: `± 2.22 %`."""
    floors = asked.material.summary.noise_floor
    return Filling(f"\N{PLUS-MINUS SIGN} {percentage(floors[asked.one_word('noise floor', floors)])}")


def find_subject(asked: Asked, word: str) -> Subject:
    """Return the run's subject of a word: `gin_app`, or `flask_app:gthread` where the run has several variants.

    Raises:
        UsageError: The run has no such subject, or several.
    """
    cpus = asked.options.get("cpus")
    subjects = [subject for subject in asked.material.plan.subjects if not subject.is_control]
    found = [
        subject
        for subject in subjects
        if word in {subject.target, f"{subject.target}:{subject.variant}"}
        and cpus in {None, str(asked.material.plan.cpus_of(subject))}
    ]
    if not found:
        cause = f"run {asked.source.name} did not measure it"
        names = {name for subject in subjects for name in (subject.target, f"{subject.target}:{subject.variant}")}
        raise UsageError("unknown subject", where=word, cause=cause, remedy=nearest(word, names))
    if len(found) > 1:
        several = ", ".join(map(str, found))
        remedy = "Name one variant, TARGET:VARIANT, and its CPUs, cpus=N, if they differ."
        raise UsageError("a subject is not clear", where=word, cause=f"the run measured {several}", remedy=remedy)
    return found[0]


def scenario_of(asked: Asked, scenarios: Iterable[str | None], what: str) -> str | None:
    """Return the scenario that a block means: the one that it names, else the run's headline, else the only one.

    Raises:
        UsageError: The run has no such scenario for it, or several.
    """
    known = list(dict.fromkeys(scenarios))
    wanted = asked.options.get("scenario")
    if wanted is None and len(known) == 1:
        return known[0]
    wanted = wanted or asked.material.headline
    if wanted not in known:
        names = [name for name in known if name]
        cause = f"run {asked.source.name} has no {what}" + (f" of scenario {wanted}" if wanted else "")
        raise UsageError("no such number", where=what, cause=cause, remedy=nearest(wanted or "", names))
    return wanted


def _result(asked: Asked, metric: str, subject: Subject) -> Result:
    rows = [row for row in asked.material.summary.results if (row.metric, row.subject) == (metric, subject)]
    scenario = scenario_of(asked, (row.scenario for row in rows), f"{metric} of {subject}")
    return next(row for row in rows if row.scenario == scenario)


def _comparison(asked: Asked, metric: str, subject: Subject, reference: Subject) -> Comparison:
    compared = [row for row in asked.material.summary.comparisons if row.metric == metric]
    rows = [row for row in compared if (row.subject, row.reference) == (subject, reference)]
    if not rows:
        known = dict.fromkeys(f"{row.subject.target}/{row.reference.target}" for row in compared)
        raise UsageError(
            "no such ratio",
            where=f"{metric} {subject}/{reference}",
            cause=f"run {asked.source.name} does not compare them so",
            remedy=f"It compares {', '.join(known)}." if known else "It has no ratio of this metric.",
        )
    scenario = scenario_of(asked, (row.scenario for row in rows), f"{metric} {subject}/{reference}")
    return next(row for row in rows if row.scenario == scenario)


def _form(words: list[str], forms: type[_Form]) -> _Form:
    if not words:
        return next(iter(forms))
    if words[0] not in list(forms):
        cause = f"it is none of {', '.join(forms)}"
        raise UsageError("unknown form", where=words[0], cause=cause, remedy=nearest(words[0], list(forms)))
    return forms(words[0])


def _of_result(result: Result, cell: Cell, form: ResultForm) -> str:
    match form:
        case ResultForm.VALUE:
            return f"{cell.number} {cell.unit}".rstrip()
        case ResultForm.NUMBER:
            return cell.number
        case ResultForm.INTERVAL:
            return cell.interval or cell.number
        case ResultForm.WHOLE:
            return whole(cell)
        case ResultForm.BOUND:
            return BOUND_WORDS[result.bound] if result.bound else "not limited"


def whole(cell: Cell) -> str:
    """Return number, unit and interval of a cell: `5,350 req/s [5,100, 5,600]`."""
    return " ".join(filter(None, (cell.number, cell.unit, cell.interval)))


def _of_ratio(comparison: Comparison, form: RatioForm) -> str:
    cell = ratio_cell(comparison, Footnotes())
    match form:
        case RatioForm.RATIO:
            return cell.number
        case RatioForm.NUMBER:
            return cell.number.rstrip("\N{MULTIPLICATION SIGN}")
        case RatioForm.INTERVAL:
            return cell.interval
        case RatioForm.WHOLE:
            return whole(cell)
        case RatioForm.VERDICT:
            return difference_spelled(comparison)
