"""The short answer: two sentences and four numbers of the run. Of more than two targets they give the ranks.

They are about the headline scenario at the connection level that all scenarios share. Both are fixed before the run, so
the outcome can't influence the choice. A sentence claims no more than the comparison's verdict, and another one names
what limited each side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.analysis.headlines import paced_headlines, shown_headlines, throughputs
from harness.metrics.catalogue import more_is_better
from harness.metrics.words import enumeration, phrase_of, title_of
from harness.model import CLAIMS, LEAST_RANKED, Bound, Difference
from harness.report.doubts import NO_CLAIM, Doubt
from harness.report.ranks import rank_row
from harness.report.tables import Cell, Footnotes, value_cell
from harness.report.wording import (
    bracketed,
    capital,
    difference_said,
    fixed_percentage,
    percentage,
    reason_of,
    scaled,
)
from harness.units import counted, human, is_wide, ratio_parts, significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.model import Comparison, Ranking, Result, Subject
    from harness.report.material import Material
    from harness.report.tables import Key


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence in three parts; `key` holds its most important words and may be empty."""

    before: str
    key: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Glance:
    """One metric in short: the numbers of the headline pair or of the leaders, and how the first two differ.

    Attributes:
        key: Metric and scenario, which name the row of the full comparison.
        pair: The compared targets: `Gin against Flask`; None without a comparison.
        ratio: The difference as people say it, with its interval.
        beyond: The number of further contestants.
    """

    title: str
    key: Key
    cells: tuple[tuple[str, Cell], ...]
    pair: str | None
    ratio: Cell | None
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The sentences of the short answer, and its metrics with their footnotes."""

    sentences: tuple[Sentence, ...]
    glances: tuple[Glance, ...]
    notes: tuple[str, ...]


_CLAIMS = {
    Difference.HIGHER: "{subject} answered {ratio} {interval} as many requests per second as {reference}",
    Difference.EQUIVALENT: "{subject} and {reference} answered equally many requests per second, {ratio} {interval}",
    Difference.NO_DIFFERENCE_SHOWN: "no difference in requests per second was shown between {subject} and {reference}, "
    "{ratio} {interval}",
    Difference.INCONCLUSIVE: "it is not clear from this run whether {subject} or {reference} answers more requests per "
    "second, {ratio} {interval}",
}
_LIMITS = {
    Bound.TARGET: "{names} {were} limited by {their} own CPU time",
    Bound.GENERATOR: "{names} {were} limited by the load generator, so {figures}",
    Bound.ROUND_TRIP: "{names} {were} limited by the round trip of one connection",
    Bound.NEITHER: "{names} {were} limited neither by {their} own CPU time nor by the load generator",
    None: "what limited {names} is not known",
}


def short_answer(material: Material) -> Answer:
    """Return the short answer of a run."""
    notes = Footnotes()
    key = headline_key(material)
    ranking = next((one for one in material.rankings if (one.metric, one.scenario) == key), None)
    comparison = None if material.rankings or material.doubts.keys() & NO_CLAIM else headline_comparison(material)
    basis = _basis(material, key)
    changes = [_finding(material, _higher_first(one)) for one in _changes(material, key)]
    if ranking is not None:
        sentences = [*changes, _order(material, ranking), Sentence(f"{basis}{_limits_of_all(material, ranking)}.")]
    elif comparison is None:
        sentences = [
            *_single_findings(material, key),
            *([Sentence(f"{basis.rstrip('; ')}.")] if material.blocks else ()),
        ]
    else:
        said = _higher_first(comparison)
        sentences = [*(changes or [_finding(material, said)]), _limits(material, said, basis)]
    shown = {comparison.subject, comparison.reference} if comparison else set(material.contestants)
    of_shown = tuple(result for result in material.contested_results() if result.subject in shown)
    keys = [*shown_headlines(material.plan, of_shown)]
    if material.headline is None:
        keys = [*(key for one in material.plan.paced[:1] for key in paced_headlines(one, of_shown)), *keys]
    glances = tuple(_glance(material, one, comparison, notes) for one in keys)
    return Answer(tuple(sentences), glances, notes.texts)


def headline_key(material: Material) -> Key | None:
    """Return the key of the headline throughput: at the level that all scenarios share, else at the highest level."""
    return next(iter(throughputs(material.plan, tuple(material.contested_results()))), None)


def headline_comparison(material: Material) -> Comparison | None:
    """Return the headline comparison of throughput; None without any.

    In a run against a revision it is the first change.
    """
    return next(iter(_changes(material, headline_key(material))), None) or comparison_of_targets(material)


def comparison_of_targets(material: Material) -> Comparison | None:
    """Return the headline comparison of throughput, of two different targets if there is one; None without any."""
    key = headline_key(material)
    pairs = sorted(material.pairs, key=lambda pair: pair[0].target == pair[1].target)
    comparisons = (material.comparison(*key, pair) for pair in pairs) if key else iter(())
    return next((comparison for comparison in comparisons if comparison), None)


def _changes(material: Material, key: Key | None) -> tuple[Comparison, ...]:
    """Return the change of each target from the revision that the run also measured, by a metric."""
    if key is None or material.doubts.keys() & NO_CLAIM:
        return ()
    found = (material.comparison(*key, pair) for pair in material.plan.older.items() if pair in material.pairs)
    return tuple(one for one in found if one)


def noisy_advice(material: Material) -> Iterator[str]:
    """Yield what holds of a noisy run: its headline ratio, if its rules still claim a difference."""
    if Doubt.NOISY not in material.doubts or material.doubts.keys() & NO_CLAIM:
        return
    if len(material.contestants) > LEAST_RANKED:
        yield "It ranks no target."
    comparison = headline_comparison(material)
    held = _held(material, comparison) if comparison is not None and comparison.verdict in CLAIMS else None
    yield f"Don't quote the absolute numbers; {held}." if held else "Don't quote its numbers."


def _higher_first(comparison: Comparison) -> Comparison:
    return comparison.inverted() if comparison.verdict is Difference.LOWER else comparison


def _held(material: Material, comparison: Comparison) -> str | None:
    """Return what still holds of a claimed ratio; None if the generator was the limit and the ratio has no bound."""
    said = _higher_first(comparison)
    key, pair = (said.metric, said.scenario), (said.subject, said.reference)
    if Bound.GENERATOR not in _bounds(material, key, pair).values():
        if is_wide(said.low, said.high):
            return f"it still holds that the ratio is {ratio_claimed(said)}"
        return f"the ratio of {significant(said.ratio)} {bracketed(said.low, said.high)} still holds"
    if said.at_least is None and said.at_most is None:
        return None
    return f"it still holds that the true ratio is {true_ratio(said)}"


def ratio_claimed(comparison: Comparison) -> str:
    """Return the number that may be said of a claim above 1: the lower end if its interval is wide."""
    is_bound = is_wide(comparison.low, comparison.high)
    return f"at least {significant(comparison.low)}" if is_bound else significant(comparison.ratio)


def _finding(material: Material, comparison: Comparison) -> Sentence:
    """Return the sentence on the headline ratio; of a claim, the subject is the target with the higher number."""
    number, interval = ratio_parts(comparison.ratio, comparison.low, comparison.high)
    is_plain = comparison.verdict is Difference.HIGHER
    names = {
        "subject": material.name_of(comparison.subject),
        "reference": material.name_of(comparison.reference),
        "ratio": "\0",
        "interval": bracketed(comparison.low, comparison.high) if is_plain else interval,
    }
    before, after = _CLAIMS[comparison.verdict].format(**names).split("\0")
    numbers = " against ".join(
        human(result.estimate, result.unit)
        for subject in (comparison.subject, comparison.reference)
        if (result := material.result(comparison.metric, comparison.scenario, subject)) and result.estimate is not None
    )
    ratio = f"{ratio_claimed(comparison)} times" if is_plain else f"ratio {number}"
    end = f"{after.rstrip()}: {numbers}."
    load = f"{title_of(comparison.metric)} ({_conditions(material, comparison.scenario)})"
    return Sentence(f"Over {load}, {before}", ratio, end)


def _order(material: Material, ranking: Ranking) -> Sentence:
    """Return the sentence on the ranks by the headline throughput."""
    load = f"{title_of(ranking.metric)} ({_conditions(material, ranking.scenario)})"
    row = rank_row(material, ranking)
    untold = f", and neither are {'; '.join(row.untold)}" if row.untold else ""
    return Sentence(
        f"Over {load}, the targets rank by requests per second: ",
        row.in_words,
        f"; targets that share a rank are not distinguished{untold}.",
    )


def _conditions(material: Material, scenario: str | None) -> str:
    return f"scenario {scenario}, {material.summary.run.plan.cpus_each}"


def _basis(material: Material, key: Key | None) -> str:
    """Return how sure the numbers are: blocks, intervals, and the noise floor where it is known."""
    blocks = counted(material.blocks, "block")
    intervals = f" with {fixed_percentage(material.confidence)} intervals" if material.confidence else ""
    floor = material.summary.noise_floor.get(key[0]) if key else None
    noise = f" (a difference below {percentage(floor)} is within the noise)" if floor is not None else ""
    return f"Measured in {blocks}{intervals}{noise}; "


def _limits(material: Material, comparison: Comparison, basis: str) -> Sentence:
    """Return the sentence on certainty and on what limited each side, the generator last, with the true ratio."""
    pair = (comparison.subject, comparison.reference)
    bounds = _bounds(material, (comparison.metric, comparison.scenario), pair)
    limits = _clauses(material, bounds)
    if Bound.GENERATOR not in bounds.values():
        return Sentence(f"{basis}{limits}.")
    names = " to ".join(map(material.name_of, pair))
    return Sentence(f"{basis}{limits}: the true ratio of {names} is ", true_ratio(comparison), ".")


def _limits_of_all(material: Material, ranking: Ranking) -> str:
    """Return what limited the ranked targets: in short where most of them used all their CPU time."""
    subjects = [subject for subject in material.contestants if subject in {one.subject for one in ranking.places}]
    bounds = _bounds(material, (ranking.metric, ranking.scenario), subjects)
    others = {subject: bound for subject, bound in bounds.items() if bound is not Bound.TARGET}
    if 2 * len(others) >= len(bounds):
        return _clauses(material, bounds)
    but = f" but {enumeration([material.name_of(subject) for subject in others])}" if others else ""
    said = {subject: bound for subject, bound in others.items() if bound is not Bound.NEITHER}
    return "; ".join(filter(None, (f"all{but} used all their CPU time", _clauses(material, said))))


def _bounds(material: Material, key: Key, subjects: Sequence[Subject]) -> dict[Subject, Bound | None]:
    results = ((subject, material.result(*key, subject)) for subject in subjects)
    return {subject: result.bound if result else None for subject, result in results}


def _clauses(material: Material, bounds: Mapping[Subject, Bound | None]) -> str:
    """Return what limited each subject, the generator last."""
    clauses = [
        _limit(bound, [material.name_of(subject) for subject, own in bounds.items() if own is bound])
        for bound in sorted(set(bounds.values()), key=lambda bound: (bound is Bound.GENERATOR, bound or ""))
    ]
    return "; ".join(clauses)


def true_ratio(comparison: Comparison) -> str:
    """Return the limits of a ratio that may lie beyond it: `at least 3.1`, `between 3.1 and 4.6`, `unknown`."""
    least, most = (significant(end) if end is not None else "" for end in (comparison.at_least, comparison.at_most))
    if least and most:
        return f"between {least} and {most}"
    return f"at least {least}" if least else f"at most {most}" if most else "unknown"


def _limit(bound: Bound | None, names: Sequence[str]) -> str:
    were, their, figures = (
        ("was", "its", "its figure is a lower bound")
        if len(names) == 1
        else ("were", "their", "their figures are lower bounds")
    )
    return _LIMITS[bound].format(names=enumeration(names), were=were, their=their, figures=figures)


def _single_findings(material: Material, key: Key | None) -> Iterator[Sentence]:
    """Yield the throughput of each contestant, then the reasons of those without one, for a run without a comparison.

    A run whose scenarios are all paced has one sentence: it has no throughput.
    """
    if material.headline is None and (paced := material.plan.paced):
        yield Sentence(
            f"The load of {enumeration(paced)} is paced: its users decide it, and not the targets. So this run "
            "has no throughput and ranks no target by its rate."
        )
        return
    found = {subject: material.result(*key, subject) if key else None for subject in material.contestants}
    yield from _throughputs(material, [one for one in found.values() if one and scaled(one)])
    reasons: dict[str, list[str]] = {}
    for subject, result in found.items():
        if result is None or not scaled(result):
            reason = reason_of(result) if result else "none was measured"
            reasons.setdefault(reason, []).append(material.name_of(subject))
    for reason, names in reasons.items():
        yield Sentence(f"{enumeration(names)} {'has' if len(names) == 1 else 'have'} no throughput: {reason}.")


def _throughputs(material: Material, results: Sequence[Result]) -> Iterator[Sentence]:
    """Yield a sentence for each result, which all have a number; of more than two, a sentence with a list."""
    is_list = len(results) > _MOST_AT_A_GLANCE
    for place, result in enumerate(results):
        number, interval, _ = scaled(result) or ("", "", "")
        name = material.name_of(result.subject)
        load = f"Over {title_of(result.metric)} ({_conditions(material, result.scenario)}), " if not place else ""
        if is_list:
            head = f"{load}the targets answered, in requests per second: " if load else ""
            after = f"{' ' if interval else ''}{interval}{'.' if result is results[-1] else ';'}"
            yield Sentence(f"{head}{name} ", number, after)
        else:
            after = " ".join(filter(None, ("requests per second", interval)))
            yield Sentence(f"{load}{name} answered ", number, f" {after}.")


_MOST_AT_A_GLANCE = 2


def _glance(material: Material, key: Key, headline: Comparison | None, notes: Footnotes) -> Glance:
    shown = _shown(material, key, headline)
    pair = (headline.subject, headline.reference) if headline else shown[:2]
    comparison = None if material.doubts.keys() & NO_CLAIM else material.comparison_of_any(*key, pair)
    if comparison and headline is None and len(material.contestants) > _MOST_AT_A_GLANCE:
        comparison = comparison if comparison.subject == shown[0] else comparison.inverted()  # the leader's ratio
    cells = ((subject, value_cell(material, key, subject, notes)) for subject in shown)
    return Glance(
        title=capital(phrase_of(key[0])),
        key=key,
        # only the full comparison shows the other details
        cells=tuple((material.name_of(subject), replace(cell, details=())) for subject, cell in cells),
        pair=_pair_said(material, comparison) if comparison else None,
        ratio=_said_cell(comparison, notes) if comparison else None,
        beyond=len(material.contestants) - len(shown),
    )


def _pair_said(material: Material, comparison: Comparison) -> str:
    return f"{material.name_of(comparison.subject)} against {material.name_of(comparison.reference)}"


def _said_cell(comparison: Comparison, notes: Footnotes) -> Cell:
    words, interval = difference_said(comparison)
    return Cell(words, interval=interval, notes=notes.numbers(comparison.warnings))


def _shown(material: Material, key: Key, headline: Comparison | None) -> tuple[Subject, ...]:
    """Return the contestants of a card: the headline pair, else the leader by its metric with its nearest follower.

    Without a number to lead by, and in a run that ranks no target, they are the first of the plan.
    """
    contestants = material.contestants
    if headline is not None:
        return tuple(one for one in contestants if one in (headline.subject, headline.reference))
    if len(contestants) <= _MOST_AT_A_GLANCE:
        return contestants
    if material.doubts:
        return contestants[:_MOST_AT_A_GLANCE]
    known = {
        subject: result.estimate
        for subject in contestants
        if (result := material.result(*key, subject)) and result.estimate is not None
    }
    led = sorted(known, key=lambda subject: known[subject], reverse=more_is_better(key[0]))
    return tuple([*led, *(one for one in contestants if one not in known)][:_MOST_AT_A_GLANCE])
