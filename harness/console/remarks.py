"""The notes below the short table of a run: what its marks mean, what failed, and why a number is missing.

It must not know the table's columns. A note is plain text; the most important notes are first.
"""

from __future__ import annotations

from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING

from harness.alike_texts import grouped, joined
from harness.analysis.headlines import beside_rate, headline_metrics
from harness.analysis.marks import COMPLAINTS, DISTURBED, NOT_ENOUGH, why_inconclusive, why_not_shown
from harness.analysis.undriven import undriven
from harness.console.results import (
    ALIKE,
    AT_LEAST,
    GENERATOR_BOUND,
    NOT_JUDGED,
    imprecise,
    inconclusive,
    ranks,
    short_name,
)
from harness.console.terminal import fitted
from harness.foreign_text import one_line
from harness.metrics.catalogue import PACED_LATENCY, connections_of, is_given
from harness.metrics.words import enumeration, phrase_of, short_of
from harness.model import THOROUGHNESS, Difference
from harness.paragraphs import wrapped as lines_of
from harness.units import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.model import Plan, Result, Summary

    _Key = tuple[str, str | None]
    """Metric and scenario."""

_LONGER = dict(pairwise(THOROUGHNESS))  # profiles that send more requests
_MOST_WHOLE = 2  # failures; of more, each has one line
_ALIKE = f"{ALIKE}: no difference shown"
_QUIETER = "End other programs, measure again."
_OPEN = "the generator was the limit of one side"


def wrapped(notes: Sequence[str], width: int, most: int) -> list[str]:
    """Return the first notes, wrapped to the width, in at most `most` lines; the last line counts the others."""
    lines: list[str] = []
    for number, note in enumerate(notes):
        parts = lines_of(one_line(note), width)
        is_last = number == len(notes) - 1
        room = most - (not is_last) - len(lines)
        if len(parts) > room >= 1 and not lines:
            parts = [fitted(one_line(note), width)]
        if len(parts) > room:
            more = len(notes) - number
            return [*lines, f"and {counted(more, 'more note')}"]
        lines += parts
    return lines


def others_asked(summary: Summary) -> list[_Key]:
    """Return the rate of each scenario of the plan that is not the headline's, also without a number.

    Of a locustfile with users of its own, whose point is often the response time, the median and the p99 follow.
    """
    plan = summary.run.plan
    shared = plan.profile.other_connections
    of_subjects = [one for one in summary.results if one.subject in plan.subjects]
    found: dict[_Key, None] = {}
    for scenario in (one for one in plan.scenarios if one != plan.headline):
        rates = [one.metric for one in summary.results if one.scenario == scenario and is_rate(one.metric)]
        rates.sort(key=lambda metric: connections_of(metric) == shared, reverse=True)
        for metric in rates[:1]:
            is_own = not plan.traits_of(scenario).drives_open
            found |= dict.fromkeys(
                [(metric, scenario), *(beside_rate(metric, scenario, of_subjects) if is_own else ())]
            )
    return list(found)


def is_rate(metric: str) -> bool:
    """Return whether a metric is the rate of paced users or a throughput over connections."""
    return is_given(metric) or connections_of(metric) is not None


def all_notes(summary: Summary, keys: Sequence[_Key], table: Sequence[str], width: int) -> Iterator[str]:
    """Yield the notes on a run and its table, the most important ones first.

    Args:
        summary: The analysed run.
        keys: Metric and scenario of the headlines and of the other rates that were asked for.
        table: The lines of the table.
        width: The width of the terminal.
    """
    yield from _marks(summary, keys, table)
    yield from _failures(summary, width)
    if not keys:
        yield "no headline has a number"
    of_keys = [one for one in summary.results if (one.metric, one.scenario) in keys]
    yield from _paced(of_keys)
    yield from _undriven(summary.run.plan, keys)
    yield from imprecise(summary)
    yield from islice(ranks(summary), 1)
    yield from _absent(summary, keys)
    if not any(NOT_JUDGED in line for line in table):
        yield from inconclusive(summary.comparisons)
    yield from _loads(keys)


def _marks(summary: Summary, keys: Sequence[_Key], table: Sequence[str]) -> Iterator[str]:
    """Yield the lines that explain the marks of a table."""
    text = "\n".join(table)
    reasons = _not_judged(summary, keys) if f"{NOT_JUDGED} " in text else {}
    words = [_ALIKE] if f"{ALIKE} " in text else []
    words += [f"{enumeration(names)}: {why}" for why, names in _not_shown(summary, keys).items() if words]
    words += [f"{NOT_JUDGED}: not judged: {enumeration(list(reasons), 'or')}"] if reasons else []
    if words:
        yield "; ".join(words)
    if AT_LEAST in text:
        yield GENERATOR_BOUND
    if kinds := dict.fromkeys(chain.from_iterable(reasons.values())):
        yield f"the disturbances: {', '.join(kinds)}. {_QUIETER}"


def _not_shown(summary: Summary, keys: Sequence[_Key]) -> dict[str, list[str]]:
    """Return why comparisons show no difference although their intervals exclude 1, with the metrics of each reason.

    Reasons that differ by their numbers alone are one.
    """
    shown = (one for one in summary.comparisons if (one.metric, one.scenario) in keys)
    alike = (one for one in shown if one.verdict is Difference.NO_DIFFERENCE_SHOWN)
    reasons = grouped((why, short_of(one.metric)) for one in alike if (why := why_not_shown(one.warnings)))
    return {joined(tuple(texts)): list(dict.fromkeys(chain(*texts.values()))) for texts in reasons}


def _not_judged(summary: Summary, keys: Sequence[_Key]) -> dict[str, list[str]]:
    """Return why comparisons of the table are not judged, each reason with the kinds of its disturbances."""
    reasons: dict[str, list[str]] = {}
    for one in summary.comparisons:
        if (one.metric, one.scenario) in keys and one.verdict is Difference.INCONCLUSIVE:
            what, _, kinds = (why_inconclusive(one.warnings) or _OPEN).partition(" (")
            of_what = reasons.setdefault(what.partition(" in ")[0], [])
            of_what += kinds.rstrip(")").split(", ") if what.startswith(DISTURBED) else []
    return reasons


def _failures(summary: Summary, width: int) -> Iterator[str]:
    """Yield a note for each failure, without its log; of several failures, one line each with the cause."""
    failures = tuple(dict.fromkeys(summary.run.failures))
    for failure in failures:
        where = f"failed: {failure.subject}: {failure.stage}"
        message = failure.message.partition("\n")[0]
        if len(failures) <= _MOST_WHOLE:
            yield f"{where}: {message}"
        else:
            cause = message.partition("): ")[2] or message
            yield fitted(one_line(f"{where}: {cause}"), width)


def _paced(results: Sequence[Result]) -> Iterator[str]:
    """Yield who decides a paced rate, what the script itself complained of, and what else stands beside such a rate."""
    given = {one.scenario: one for one in results if is_given(one.metric) and one.estimate is not None}
    if given:
        yield f"{', '.join(map(str, given))}: your users' pauses decide this rate"
    for one in results:
        for text in one.warnings:
            if COMPLAINTS in text or is_given(one.metric):
                yield f"{one.subject} {one.scenario}: {text}"


def _undriven(plan: Plan, keys: Sequence[_Key]) -> Iterator[str]:
    """Yield which user classes were driven alone under the shown closed loads; a paced rate has this as a warning."""
    closed = ((metric, scenario) for metric, scenario in keys if not (scenario and plan.is_paced(scenario)))
    said = dict.fromkeys((scenario, undriven(plan, metric, scenario)) for metric, scenario in closed)
    yield from (f"{scenario}: {words}" for scenario, words in said if words is not None)


def _absent(summary: Summary, keys: Sequence[_Key]) -> Iterator[str]:
    """Yield why a headline or the rate of a scenario has no number, once for all targets of one kind of reason."""
    plan = summary.run.plan
    wanted = headline_metrics(plan) | set(keys)
    found: dict[tuple[str, str | None, str], list[Result]] = {}
    for one in summary.results:
        if one.reason and (one.metric, one.scenario) in wanted and one.subject in plan.subjects:
            kind = one.reason.partition(" (")[0] if one.reason.startswith(NOT_ENOUGH) else one.reason
            found.setdefault((one.metric, one.scenario, kind), []).append(one)
    for (metric, scenario, kind), results in found.items():
        of = f" of {scenario}" if scenario != plan.headline and scenario else ""
        names = enumeration([short_name(one.subject, plan.subjects) for one in results])
        reasons = {one.reason for one in results}
        why = f"{kind if len(reasons) > 1 else reasons.pop()}{_more_of(plan, kind)}"
        yield f"No {short_of(metric)}{of} for {names}: {why}"


def _more_of(plan: Plan, reason: str) -> str:
    """Return the profile that sends more requests, if there were not enough; empty if there is none."""
    longer = _LONGER.get(plan.profile.name)
    return f". Use --profile {longer}." if longer and reason.startswith(NOT_ENOUGH) else ""


def _loads(keys: Sequence[_Key]) -> Iterator[str]:
    """Yield the loads of the shown metrics with the scenario of each, and what a label stands for."""
    of_scenarios: dict[str, list[str]] = {}
    for metric, scenario in keys:
        if scenario is not None and PACED_LATENCY.parameters(metric) is None:  # its load is that of the rate
            of_scenarios.setdefault(scenario, []).append(phrase_of(metric))
    named = [(short_of(metric), phrase_of(metric)) for metric, _ in keys]
    parts = [f"{scenario}: {', '.join(phrases)}" for scenario, phrases in of_scenarios.items()]
    parts += [f"{label}: {phrase}" for label, phrase in named if label not in phrase]
    if parts:
        yield "; ".join(parts)
