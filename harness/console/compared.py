"""The comparison of two runs on the terminal: headlines and counts, or with `verbose` each change and conclusion."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from harness.alike_texts import grouped, joined
from harness.analysis.conclusion_words import ALL, CHANGED, counts_in_words, lines_of
from harness.analysis.marks import why_inconclusive, why_not_shown
from harness.analysis.threshold_words import by_threshold, in_short
from harness.console.results import ALIKE, ratio_cell, short_name
from harness.console.results import NOT_JUDGED as UNCLEAR
from harness.console.terminal import add_row, columns, folded, new_table, padded, say, show_table
from harness.foreign_text import one_line
from harness.metrics.words import enumeration, short_of, sort_key
from harness.model import CLAIMS, Difference, Outcome
from harness.paragraphs import wrapped
from harness.units import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from harness.analysis.threshold_words import Breach
    from harness.model import BetweenRuns, Conclusion, EnvironmentDifference, RunsCompared, Subject

NOT_JUDGED = "not judged"
_MOST_ROWS = 6
_MOST_CHANGED = 2  # conclusions that have a line
_GAP = "  "
_LEAST_NAME = 12
_Row = tuple[str, str, str, str]
"""What changed, of which subjects, its ratio and its verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a comparison of two runs found.

    Attributes:
        compared: The changes of all numbers.
        headlines: Metric and scenario of the headlines.
        differences: The differences of environment.
        conclusions: The conclusions of the first run, with their outcomes in the second.
        unlike: The differences for which absolute numbers can't be judged.
        failed: The subjects that failed in the second run.
        held: A sentence for each threshold that holds.
        failures: The reasons why thresholds do not hold.
    """

    compared: RunsCompared
    headlines: Collection[tuple[str, str | None]] = frozenset()
    differences: Sequence[EnvironmentDifference] = ()
    conclusions: Sequence[Conclusion] = ()
    unlike: Sequence[EnvironmentDifference] = ()
    failed: Collection[str] = frozenset()
    held: Sequence[str] = ()
    failures: Sequence[Breach] = ()


def show_compare(found: Found, *, verbose: bool = False) -> None:
    """Print the headlines that changed and counts of the rest, in lines that fit the width; `verbose` prints all."""
    if verbose:
        _show_all(found)
        return
    width = columns()
    for line in _short(found, width):
        say(line)


def _short(found: Found, width: int) -> Iterator[str]:
    compared = found.compared
    yield from wrapped(f"first run {compared.a}, second run {compared.b}; a ratio is the second over the first", width)
    yield from _headlines(found, width)
    notes = [*_gone(compared), *_judged(compared), *_unlike(found), *_about_conclusions(found), *_environment(found)]
    for note in (
        *notes,
        *found.held,
        *_broken(found.failures),
        "all changes, conclusions and differences: --verbose, or --json",
    ):
        yield from wrapped(one_line(note), width)


def _headlines(found: Found, width: int) -> Iterator[str]:
    """Yield a row for each headline change, at most `_MOST_ROWS`: claims first, then what is judged, then the rest."""
    changes = [one for one in found.compared.comparisons if (one.metric, one.scenario) in found.headlines]
    changes.sort(key=lambda one: (not one.is_called, one.verdict not in CLAIMS, sort_key(one.metric)))
    subjects = _subjects(found.compared)
    shown = changes[:_MOST_ROWS]
    rows = [(short_of(one.metric), _of(one, subjects), ratio_cell(one), _verdict(one)) for one in shown]
    if not rows:
        yield "no headline has a number in both runs"
        return
    role, of, ratio = (max(len(row[place]) for row in rows) for place in range(3))
    room = min(width - role - ratio - max(len(row[3]) for row in rows) - 3 * len(_GAP), of)
    yield from _in_paragraphs(rows, width) if room < min(of, _LEAST_NAME) else _in_columns(rows, role, room, ratio)
    if len(changes) > len(rows):
        yield f"and {counted(len(changes) - len(rows), 'more headline change')}"
    for texts in grouped(_unclaimed(shown, subjects)):
        mark, _, why = joined(tuple(texts)).partition(" ")
        names = list(dict.fromkeys(chain(*texts.values())))
        yield from wrapped(f"{mark} {enumeration(names)}: {why}", width)


def _in_columns(rows: Sequence[_Row], role: int, room: int, ratio: int) -> Iterator[str]:
    """Yield rows in columns of some widths; a name that is wider than its column goes on below."""
    names = [folded(one_line(name), room) for _, name, *_ in rows]
    room = max(len(line) for lines in names for line in lines)
    for (what, _, number, verdict), (first, *more) in zip(rows, names, strict=True):
        yield one_line(_GAP.join((padded(what, role), padded(first, room), padded(number, ratio), verdict)))
        yield from (f"{' ' * role}{_GAP}{line}" for line in more)


def _in_paragraphs(rows: Sequence[_Row], width: int) -> Iterator[str]:
    """Yield rows whose names have no room in a column: the name, and below it ratio and verdict."""
    for what, name, number, verdict in rows:
        yield from folded(one_line(f"{what} of {name}"), width)
        yield from wrapped(one_line(f"{_GAP}{number}{_GAP}{verdict}"), width)


def _unclaimed(changes: Sequence[BetweenRuns], subjects: Sequence[Subject]) -> Iterator[tuple[str, str]]:
    """Yield why changes claim nothing although their intervals may exclude 1: mark and reason, with the name."""
    for one in changes:
        if one.verdict is Difference.NO_DIFFERENCE_SHOWN:
            mark, why = ALIKE, why_not_shown(one.warnings)
        elif one.verdict is Difference.INCONCLUSIVE and one.is_called:
            mark, why = UNCLEAR, why_inconclusive(one.warnings)
        else:
            continue
        if why:
            yield f"{mark} {why}", f"{short_of(one.metric)} of {_of(one, subjects)}"


def _subjects(compared: RunsCompared) -> list[Subject]:
    """Return all subjects of both runs."""
    measured = (of for one in compared.comparisons for of in (one.of, one.over) if of is not None)
    return list(dict.fromkeys((*measured, *compared.gone, *compared.new)))


def _of(change: BetweenRuns, subjects: Sequence[Subject]) -> str:
    """Return the name of a change: that of its subject, or of a ratio `subject / reference`."""
    name = short_name(change.of, subjects)
    return name if change.over is None else f"{name} / {short_name(change.over, subjects)}"


def _verdict(change: BetweenRuns) -> str:
    return change.verdict.value.replace("_", " ") if change.is_called else NOT_JUDGED


def _gone(compared: RunsCompared) -> Iterator[str]:
    """Yield a line that names the targets of the first run only, and one that names those of the second only."""
    for word, subjects, where in (("gone", compared.gone, "first"), ("new", compared.new, "second")):
        if subjects:
            yield f"finding: {word}, in the {where} run only: {', '.join(map(str, subjects))}"


def _judged(compared: RunsCompared) -> Iterator[str]:
    """Yield which stored runs show the spread between runs, and what is not judged without it."""
    if (runs := compared.spread_runs) and any(one.between is not None for one in compared.comparisons):
        first, last = runs[0].started_at[:16], runs[-1].started_at[:16]
        yield f"changes include the spread between {len(runs)} stored runs of this machine, {first} to {last}"
    uncalled = [one for one in compared.comparisons if not one.is_called]
    if uncalled:
        count = len(uncalled)
        changes = f"{counted(count, 'change')} of {'a single target' if count == 1 else 'single targets'}"
        ratios = "; ratios of two targets are judged" if any(one.over for one in compared.comparisons) else ""
        yield f"{NOT_JUDGED}: {changes}: {uncalled[0].warnings[-1]}{ratios}"


def _unlike(found: Found) -> Iterator[str]:
    if found.unlike:
        differences = "; ".join(f"{one.key} {one.a} and {one.b}" for one in found.unlike)
        yield f"the two runs are unlike, so absolute numbers are {NOT_JUDGED}: {differences}"


def _about_conclusions(found: Found) -> Iterator[str]:
    """Yield the counts of conclusions, those of targets that are gone, and the first ones that changed."""
    conclusions = found.conclusions
    if not conclusions:
        yield "the first run has no conclusions"
        return
    yield counts_in_words(conclusions)
    missing = [one for one in conclusions if one.outcome is Outcome.NOT_MEASURED]
    gone = {*map(str, found.compared.gone), *(one.target for one in found.compared.gone)}
    of_gone = sum(bool(gone & {one.subject, one.reference}) for one in missing)
    if of_gone:
        targets = counted(len(found.compared.gone), "target")
        yield f"{counted(of_gone, 'conclusion')} of {targets} that the second run does not have: --verbose lists them"
    failed = sorted(name for name in found.failed if any(name in {one.subject, one.reference} for one in missing))
    if failed:
        count = sum(bool({one.subject, one.reference} & set(failed)) for one in missing)
        names = enumeration(failed)
        yield f"{counted(count, 'conclusion')} of {names}, which failed in the second run: --verbose lists them"
    changed = list(lines_of(conclusions, CHANGED))
    yield from changed[:_MOST_CHANGED]
    if len(changed) > _MOST_CHANGED:
        more = len(changed) - _MOST_CHANGED
        yield f"and {more} more that {'is reversed or differs' if more == 1 else 'are reversed or differ'}"


def _environment(found: Found) -> Iterator[str]:
    """Yield the number of differences of environment, by their kind."""
    kinds = Counter(one.key.partition(".")[0] for one in found.differences)
    if kinds:
        parts = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        yield f"{counted(len(found.differences), 'difference')} of environment: {parts}"


def _broken(failures: Sequence[Breach]) -> Iterator[str]:
    """Return a line for each threshold that does not hold."""
    return (f"{_label(of_it)} {in_short(of_it)}" for of_it in by_threshold(failures))


def _label(failures: Sequence[Breach]) -> str:
    return "broken threshold" if any(one.is_judged for one in failures) else f"threshold {NOT_JUDGED}:"


def _show_all(found: Found) -> None:
    """Print a row for each change, those that are judged first, then all that the short form counts."""
    compared = found.compared
    table = new_table("metric", "scenario", "target", "ratio", "verdict")
    for one in sorted(compared.comparisons, key=lambda one: not one.is_called):
        of = str(one.of) if one.over is None else f"{one.of} / {one.over}"
        add_row(table, one.metric, one.scenario or "", of, ratio_cell(one), _verdict(one))
    show_table(f"second run {compared.b} / first run {compared.a}", table, heads=3)
    for line in (*_gone(compared), *_judged(compared)):
        say(line)
    if found.differences:
        differences = new_table("", "first run", "second run")
        for difference in found.differences:
            add_row(differences, difference.key.removesuffix("_bytes"), *difference.in_words())
        show_table("\ndifferences", differences)
    say("")
    for line in _unlike(found):
        say(line)
    say(counts_in_words(found.conclusions) if found.conclusions else "the first run has no conclusions")
    for line in lines_of(found.conclusions, ALL):
        say(line)
    for line in found.held:
        say(line)
    for failure in found.failures:
        say(f"{_label([failure])} {failure.text}" if failure.threshold else failure.text)
