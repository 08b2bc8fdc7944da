"""The short result of a run on the terminal: its headlines in one table that fits the width, in few lines.

A run of one or two subjects has a row for each headline; a run of more has a row for each subject. A run against a
revision has its changes from it in place of the numbers of each target. Columns become narrower before the table is
cut: intervals are left out first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.cells import cell_len

from harness.analysis.headlines import headline_metrics
from harness.analysis.paced import COMPLAINTS
from harness.console.results import (
    AT_LEAST,
    GENERATOR_BOUND,
    NOT_SHOWN,
    imprecise,
    inconclusive,
    paced,
    ranks,
    ratio_cell,
    reasons,
    result_cell,
    short_name,
    short_ratio,
    show_results,
)
from harness.console.terminal import columns, draws_blocks, fitted, fitted_end, padded, say
from harness.foreign_text import one_line
from harness.metrics.catalogue import headline_of, is_given
from harness.metrics.words import sort_key
from harness.model import SHORT_COMMIT
from harness.units import human, human_interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.model import Comparison, Result, Subject, Summary
    from harness.units import Unit

    _Key = tuple[str, str | None]
    """Metric and scenario."""
    _Results = Mapping[tuple[str, str | None, Subject], Result]
    _Comparisons = Mapping[tuple[str, str | None, Subject, Subject], Comparison]

MOST_LINES = 15
_MOST_ROWS = 10
_MOST_CHANGES = 9  # they have a line above them
_MOST_WHOLE = 2  # failures; of more, each has one line
_GAP = "  "
_BAR, _SHORT_BAR = 13, 7
_LEAST_NAME = 9
_MORE = "all numbers and reasons: --verbose, or `harness report`"

_ROLES = ("throughput", "p50", "p99", "memory", "cold start")  # the short names of the headlines, in their order
_ALIKE = "~: no difference shown"


def show_summary(summary: Summary, *, verbose: bool = False) -> None:
    """Print the headlines of a run in at most `MOST_LINES` lines that fit the width; `verbose` prints all results."""
    if verbose:
        show_results(summary)
        return
    width = columns()
    table = list(_table(summary, width))
    notes = _wrapped([*_about(table), *_failures(summary, width), *_notes(summary)], width, MOST_LINES - 2 - len(table))
    title = f"{summary.run.id}: {summary.run.status}; {summary.run.plan.cpus_each}"
    for line in (title, *table, *notes, _MORE):
        say(fitted(one_line(line), width))


def _wrapped(notes: Sequence[str], width: int, most: int) -> list[str]:
    """Return the first notes, wrapped to the width, in at most `most` lines; the last line counts the others."""
    lines: list[str] = []
    for number, note in enumerate(notes):
        wrapped = wrap(one_line(note), width)
        is_last = number == len(notes) - 1
        room = most - (not is_last) - len(lines)
        if len(wrapped) > room >= 1 and not lines:
            wrapped = [fitted(one_line(note), width)]
        if len(wrapped) > room:
            more = len(notes) - number
            return [*lines, f"and {more} more note{'' if more == 1 else 's'}"]
        lines += wrapped
    return lines


def _about(table: Sequence[str]) -> Iterator[str]:
    """Yield the lines that explain the marks of a table."""
    if any("~" in line for line in table):
        yield _ALIKE
    if any(AT_LEAST in line for line in table):
        yield GENERATOR_BOUND


def _failures(summary: Summary, width: int) -> Iterator[str]:
    """Yield a note for each failure; of several failures, one line each with the cause."""
    failures = tuple(dict.fromkeys(summary.run.failures))
    for failure in failures:
        where = f"failed: {failure.subject}: {failure.stage}"
        if len(failures) <= _MOST_WHOLE:
            yield f"{where}: {failure.message}"
        else:
            cause = failure.message.partition("): ")[2] or failure.message
            yield fitted(one_line(f"{where}: {cause}"), width)


def _notes(summary: Summary) -> Iterator[str]:
    """Yield the notes below the table, the most important ones first, without the failures."""
    headlines = _headlines(summary)
    if not headlines:
        yield "no headline has a number"
    yield from imprecise(summary)
    yield from inconclusive(summary.comparisons)
    yield from islice(ranks(summary), 1)
    if headlines:
        scenarios = ", ".join(dict.fromkeys(scenario for _, scenario in headlines if scenario))
        yield f"metrics: {', '.join(metric for metric, _ in headlines)}{scenarios and f'; scenario {scenarios}'}"
    yield from paced(summary.results)
    yield from reasons(one for one in summary.results if is_given(one.metric))
    keys = headline_metrics(summary.run.plan)
    of_keys = [one for one in summary.results if (one.metric, one.scenario) in keys]
    yield from _complaints(of_keys)
    yield from reasons(of_keys)


def _complaints(results: Sequence[Result]) -> Iterator[str]:
    """Yield what the scenario of a headline itself called a failure or raised."""
    for one in results:
        for text in (text for text in one.warnings if text.startswith(COMPLAINTS)):
            yield f"{one.subject} {one.scenario}: {text}"


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to print a column: its heading and its cells. A form without cells leaves the column out."""

    heading: str = ""
    cells: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Number of terminal cells, with the gap after it."""
        return max(map(cell_len, (self.heading, *self.cells))) + len(_GAP) if self.cells else 0


@dataclass(frozen=True, slots=True)
class _Column:
    """A column with its forms, the widest first; columns of the highest rank become narrower first."""

    forms: tuple[_Form, ...]
    rank: int = 0
    is_text: bool = False

    def narrower(self) -> _Column:
        """Return the column in its next form."""
        return _Column(self.forms[1:], self.rank, self.is_text)

    def lines(self) -> list[str]:
        """Return heading and cells, all of one width; nothing of a column that is left out."""
        form = self.forms[0]
        width = form.width - len(_GAP)
        texts = (form.heading, *form.cells) if form.cells else ()
        return [padded(one, width) if self.is_text else one.rjust(width - cell_len(one) + len(one)) for one in texts]


def _fit(table: list[_Column], width: int) -> Iterator[str]:
    """Yield the lines of a table, in the widest forms that fit."""
    while sum(column.forms[0].width for column in table) - len(_GAP) > width:
        narrow = [place for place, column in enumerate(table) if len(column.forms) > 1]
        if not narrow:
            break
        place = max(narrow, key=lambda one: (table[one].rank, table[one].forms[0].width))
        table[place] = table[place].narrower()
    for parts in zip(*filter(None, (column.lines() for column in table)), strict=True):
        yield _GAP.join(parts).rstrip()


def _table(summary: Summary, width: int) -> Iterator[str]:
    keys = _headlines(summary)
    if not keys:
        return
    subjects, pairs = summary.run.plan.subjects, summary.run.plan.pairs
    results = {(one.metric, one.scenario, one.subject): one for one in summary.results}
    compared = {(one.metric, one.scenario, one.subject, one.reference): one for one in summary.comparisons}
    if changes := tuple(summary.run.plan.older.items()):
        yield from _revision(summary)
        yield from _fit(_changes(keys, changes, results, compared), width)
        yield from _more(len(changes) - _MOST_CHANGES)
        return
    if len(pairs) <= 1:
        yield from _fit(_by_metric(keys, subjects, results, compared), width)
        return
    rows: list[tuple[Subject, Subject | None]] = [(subjects[0], None), *pairs]
    rows = [row for row in rows if any(_has_number(results.get((*key, row[0]))) for key in keys)]
    yield from _fit(_by_subject(keys, rows[:_MOST_ROWS], subjects, results, compared), width)
    yield from _more(len(rows) - _MOST_ROWS)


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"and {count} more"


def _revision(summary: Summary) -> Iterator[str]:
    against = summary.run.plan.against
    if against is not None:
        yield f"changes of {against.now} from {against.name} ({against.commit[:SHORT_COMMIT]})"


def _changes(
    keys: Sequence[_Key], changes: Sequence[tuple[Subject, Subject]], results: _Results, compared: _Comparisons
) -> list[_Column]:
    """Return the columns of the changes from a revision: of one target with its numbers, of more a row of ratios each.

    Args:
        keys: The headlines.
        changes: Each target with its build of the revision, at most `_MOST_CHANGES` of which have a row.
        results: The results of all subjects.
        compared: The comparisons of the run.
    """
    if len(changes) == 1:
        ((subject, build),) = changes
        return _by_metric(keys, (build, subject), results, compared)
    shown = changes[:_MOST_CHANGES]
    subjects = [subject for subject, _ in changes]
    names = tuple(short_name(subject, subjects) for subject, _ in shown)
    table = [_Column((_Form("", names),), is_text=True)]
    for number, key in enumerate(keys):
        ratios = [compared.get((*key, *pair)) for pair in shown]
        wide, short = tuple(map(ratio_cell, ratios)), tuple(short_ratio(one) if one else "" for one in ratios)
        forms = (_Form(_role(key), wide), _Form(_role(key), short), *([_Form()] if number else []))
        table.append(_Column(forms))
    return table


def _has_number(result: Result | None) -> bool:
    return result is not None and result.estimate is not None


def _headlines(summary: Summary) -> list[_Key]:
    """Return metric and scenario of the headlines of which a subject has a number, in the order of all metrics."""
    measured = {(one.metric, one.scenario) for one in summary.results if one.estimate is not None}
    found = headline_metrics(summary.run.plan) & measured
    return sorted(found, key=lambda key: (_ROLES.index(_role(key)), sort_key(key[0])))


def _role(key: _Key) -> str:
    """Return the short name of a headline: `throughput`, `p99`, `cold start`."""
    role = headline_of(key[0])
    return role.precision.replace("_", " ") if role else key[0]


def _by_metric(
    keys: Sequence[_Key], subjects: Sequence[Subject], results: _Results, compared: _Comparisons
) -> list[_Column]:
    """Return the columns of a table with a row for each headline: the subjects' numbers, ratio and bar."""
    table = [_Column((_Form("", tuple(map(_role, keys))),), is_text=True)]
    for subject in subjects:
        of_subject = [results.get((*key, subject)) for key in keys]
        table.append(_values(short_name(subject, subjects), of_subject))
    if len(subjects) > 1:
        pair = subjects[1], subjects[0]
        name = " / ".join(short_name(one, subjects) for one in pair)
        ratios = [compared.get((*key, *pair)) for key in keys]
        table += [_ratios(name, ratios), _bars(ratios)]
    return table


def _values(name: str, of_subject: Sequence[Result | None]) -> _Column:
    wide, short = (
        tuple(result_cell(one, shown) for one in of_subject) for shown in (human_interval, _without_interval)
    )
    least = max(_LEAST_NAME, *map(cell_len, short))
    return _Column((_Form(name, wide), _Form(name, short), _Form(fitted_end(name, least), short)), rank=3)


def _ratios(name: str, ratios: Sequence[Comparison | None]) -> _Column:
    wide = tuple(ratio_cell(one) for one in ratios)
    short = tuple(short_ratio(one) if one else "" for one in ratios)
    return _Column((_Form(name, wide), _Form("ratio", wide), _Form("ratio", short)), rank=2)


def _bars(ratios: Sequence[Comparison | None]) -> _Column:
    """Return the ratios as bars on one log scale, from the centre: to the right where they are more than 1."""
    shown = [one for one in ratios if one is not None and one.verdict not in NOT_SHOWN and one.ratio > 0]
    most = max((abs(math.log(one.ratio)) for one in shown), default=0.0)
    block, centre = ("\N{FULL BLOCK}", "\N{BOX DRAWINGS LIGHT VERTICAL}") if draws_blocks() else ("#", "|")

    def bar(one: Comparison | None, width: int) -> str:
        half = width // 2
        if one is None:
            return ""
        length = math.ceil(half * abs(math.log(one.ratio)) / most) if one in shown and most else 0
        left, right = (length, 0) if one.ratio < 1 else (0, length)
        return f"{block * left:>{half}}{centre}{block * right:<{half}}"

    forms = (_Form("", tuple(bar(one, width) for one in ratios)) for width in (_BAR, _SHORT_BAR))
    return _Column((*forms, _Form()), rank=1, is_text=True)


def _by_subject(
    keys: Sequence[_Key],
    rows: Sequence[tuple[Subject, Subject | None]],
    subjects: Sequence[Subject],
    results: _Results,
    compared: _Comparisons,
) -> list[_Column]:
    """Return the columns of a table with a row for each subject: its numbers, ratio and bar of the first headline.

    `~` stands before a number that is not told apart from the reference's.
    """
    names = tuple(_row_name(subject, reference, subjects) for subject, reference in rows)
    least = max(_LEAST_NAME, max(map(cell_len, names)) // 2)
    cut = tuple(fitted_end(name, least) for name in names)
    table = [_Column((_Form("", names), _Form("", cut)), rank=-1, is_text=True)]
    for number, key in enumerate(keys):
        of_rows = [results.get((*key, subject)) for subject, _ in rows]
        ratios = [compared.get((*key, subject, other)) if other else None for subject, other in rows]
        values = [result_cell(one, _without_interval) for one in of_rows]
        if number:
            values = [f"~ {text}" if _is_alike(one) else text for text, one in zip(values, ratios, strict=True)]
        forms = (_Form(_role(key), tuple(values)), *([_Form()] if number else []))
        table.append(_Column(forms, rank=4 if _role(key) == "p50" else 0))
        if not number:
            bars = _bars(ratios)
            table += [_Column(_ratios("ratio", ratios).forms[1:], rank=5), _Column(bars.forms, rank=3, is_text=True)]
    return table


def _row_name(subject: Subject, reference: Subject | None, subjects: Sequence[Subject]) -> str:
    """Return the name of a row: of a build of a revision as `flask_app / flask_app@0123abc`."""
    name = short_name(subject, subjects)
    if reference is None or reference == subjects[0]:
        return name
    return f"{name} / {short_name(reference, subjects)}"


def _is_alike(comparison: Comparison | None) -> bool:
    return comparison is not None and comparison.verdict in NOT_SHOWN


def _without_interval(estimate: float, low: float, high: float, unit: Unit) -> str:
    return human_interval(estimate, low, high, unit) if low == high else human(estimate, unit)
