"""All results of a run as one wide table, with every warning and every reason: what `run --verbose` prints."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from harness.console.terminal import DASH, add_row, new_table, say, show_table
from harness.metrics.catalogue import connections_of, is_given
from harness.metrics.words import phrase_of
from harness.model import LEAST_RANKED, SHORT_COMMIT, Difference
from harness.units import human_interval, is_or_are, part_of, ratio_parts, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.model import BetweenRuns, Comparison, Ranking, Result, Subject, Summary
    from harness.units import Unit

AT_LEAST = "\N{GREATER-THAN OR EQUAL TO}"
GENERATOR_BOUND = f"{AT_LEAST} the generator was the limit: a lower bound of what the target can do"
ALIKE, NOT_JUDGED = "~", "?"
_MARKS = {Difference.NO_DIFFERENCE_SHOWN: f"{ALIKE} ", Difference.INCONCLUSIVE: f"{NOT_JUDGED} "}
NOT_SHOWN = frozenset(_MARKS)


def show_results(summary: Summary) -> None:
    """Print all results of a run: a row for each metric, a column for each subject and ratio."""
    run = summary.run
    subjects, pairs = run.plan.subjects, run.plan.pairs
    ratios = [f"{short_name(one, subjects)} / {short_name(reference, subjects)}" for one, reference in pairs]
    table = new_table("metric", "scenario", *map(str, subjects), *ratios)
    for column in table.columns[2:]:
        column.justify = "right"
    for metric, scenario in dict.fromkeys((r.metric, r.scenario) for r in summary.results):
        results = {r.subject: r for r in summary.results if (r.metric, r.scenario) == (metric, scenario)}
        of_row = [one for one in summary.comparisons if (one.metric, one.scenario) == (metric, scenario)]
        comparisons = {(one.subject, one.reference): one for one in of_row}
        cells = [result_cell(results.get(subject)) for subject in subjects]
        add_row(table, metric, scenario or "", *cells, *(ratio_cell(comparisons.get(pair)) for pair in pairs))
    show_table(f"{run.id}: {run.status}; {run.plan.cpus_each}", table, heads=2)
    for line in (*_revision(summary), *ranks(summary), *_paced(summary.results), *_noise(summary)):
        say(line)
    for line in (*inconclusive(summary.comparisons), *imprecise(summary), *_reasons(summary.results)):
        say(line)


def _revision(summary: Summary) -> Iterator[str]:
    """Yield the line on the revision that a run also measured."""
    revision = summary.run.plan.against
    if revision is not None:
        yield f"@{revision.commit[:SHORT_COMMIT]}: built from {revision.name}; the others: from {revision.now}"


def ranks(summary: Summary) -> Iterator[str]:
    """Yield a line for each ranking of more than two subjects; equal ranks stand together."""
    subjects = summary.run.plan.subjects
    for ranking in summary.rankings:
        if len(ranking.places) > LEAST_RANKED:
            of = f"{phrase_of(ranking.metric)}{f' ({ranking.scenario})' if ranking.scenario else ''}"
            by_rank = groupby(ranking.places, key=lambda place: place.rank)
            places = (
                f"{rank} {', '.join(short_name(one.subject, subjects) for one in of_rank)}" for rank, of_rank in by_rank
            )
            yield f"ranks by {of}: {'; '.join((*places, *_untold(ranking, subjects)))}"


def _untold(ranking: Ranking, subjects: Sequence[Subject]) -> Iterator[str]:
    """Yield the pairs of different ranks that are not distinguished, if there are any."""
    rank_of = {place.subject: place.rank for place in ranking.places}
    pairs = [
        f"{short_name(place.subject, subjects)} and {short_name(other, subjects)}"
        for place in ranking.places
        for other in place.tied
        if place.rank < rank_of[other]
    ]
    if pairs:
        yield f"not distinguished: {', '.join(pairs)}"


def _paced(results: Sequence[Result]) -> Iterator[str]:
    """Yield each rate of paced users with what stands beside it: its source, failed requests, complaints."""
    for result in results:
        if is_given(result.metric) and result.estimate is not None:
            about = "; ".join(filter(None, (result_cell(result), result.detail, *result.warnings)))
            yield f"{result.subject} {result.scenario}: {about}"


def _noise(summary: Summary) -> Iterator[str]:
    """Yield the noise floor of the throughputs, if the run has a control."""
    floors = {metric: floor for metric, floor in summary.noise_floor.items() if connections_of(metric)}
    for metric, floor in floors.items():
        trials = max(result.trials for result in summary.results if result.metric == metric)
        yield f"noise floor of {metric}: \N{PLUS-MINUS SIGN} {significant(100 * floor)} % (95 %, {trials} blocks)"


def inconclusive(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield the reasons for inconclusive comparisons, each with the number of comparisons.

    What follows a semicolon differs between comparisons, such as the effect and the control's reach. It is left out.
    """
    reasons = Counter(
        why.partition(";")[0] for one in comparisons for why in one.warnings if why.startswith(Difference.INCONCLUSIVE)
    )
    for why, count in reasons.items():
        yield f"warning: {part_of(count, len(comparisons), 'comparison')} {is_or_are(count)} {why}"


def imprecise(summary: Summary) -> Iterator[str]:
    """Yield a warning with the headlines that missed the required precision."""
    stopped = summary.run.stopped
    if stopped is not None and stopped.missed:
        yield f"warning: {stopped.reason} in {stopped.blocks} blocks: {'; '.join(stopped.missed)}"


def short_name(subject: Subject, subjects: Sequence[Subject]) -> str:
    """Return the target of a subject if no other subject has it, else the subject."""
    is_only = sum(one.target == subject.target for one in subjects) == 1
    return subject.target if is_only else str(subject)


def result_cell(result: Result | None, text: Callable[[float, float, float, Unit], str] = human_interval) -> str:
    """Return a number in words, with a mark where the generator was the limit."""
    if result is None or result.estimate is None or result.low is None or result.high is None:
        return DASH
    mark = f" {AT_LEAST}" if result.bound == "generator" else ""
    return text(result.estimate, result.low, result.high, result.unit) + mark


def ratio_cell(comparison: Comparison | BetweenRuns | None) -> str:
    """Return a ratio with its interval; `~` before it: no difference is shown; `?`: it is not judged."""
    if comparison is None:
        return ""
    parts = ratio_parts(comparison.ratio, comparison.low, comparison.high)
    return mark_of(comparison) + " ".join(filter(None, parts))


def mark_of(comparison: Comparison | BetweenRuns | None) -> str:
    """Return the mark before a number whose comparison claims nothing; empty if it claims something."""
    return _MARKS.get(comparison.verdict, "") if comparison is not None else ""


def _reasons(results: Sequence[Result]) -> Iterator[str]:
    if any(result.bound == "generator" for result in results):
        yield GENERATOR_BOUND
    for result in results:
        if result.reason:
            of = " ".join(filter(None, (str(result.subject), result.scenario, result.metric)))
            yield f"{DASH} {of}: {result.reason}"
