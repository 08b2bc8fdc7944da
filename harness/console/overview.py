"""The short result of a run on the terminal: its headlines in one table that fits the width, in few lines.

A run of one or two subjects has a row for each headline; a run of more has a row for each subject. A run against a
revision has its changes from it in place of the numbers of each target. Columns become narrower before the table is
cut: the intervals of single targets are left out first. A ratio keeps its interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.analysis.headlines import measured_headlines
from harness.console.layout import Column, Form, fit, width_of
from harness.console.remarks import all_notes, is_rate, others_asked, wrapped
from harness.console.results import (
    NOT_SHOWN,
    mark_of,
    ratio_cell,
    result_cell,
    short_name,
    show_results,
)
from harness.console.terminal import cells_of, columns, draws_blocks, fitted, folded, say
from harness.foreign_text import one_line
from harness.metrics.words import short_of
from harness.model import SHORT_COMMIT
from harness.paragraphs import wrapped as lines_of
from harness.units import counted, human, human_interval

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
_MOST_CHANGES = 8  # they have a line above them
_MOST_LAST = 2
_BAR, _SHORT_BAR = 13, 7
_LEAST_NAME = 9
_LEAST_LABEL = 12

# what becomes narrower first: the highest rank
_OF_INTERVALS = 60  # of single targets
_OF_BARS = 40
_OF_NAMES = 30
_OF_UNITS = 20
_OF_METRICS = 10  # the last one is left out first
_CUT = 5
_LAST = 0


def show_summary(summary: Summary, *, verbose: bool = False, report: Path | None = None) -> None:
    """Print the headlines of a run in at most `MOST_LINES` lines that fit the width; `verbose` prints all results.

    Args:
        summary: The analysed run.
        verbose: Whether to print all results.
        report: The folder of the run's report; by default the usual one.
    """
    if verbose:
        show_results(summary)
        return
    width = columns()
    last = _pointer(report or Path("results", summary.run.id, "report"), width)
    keys, others = measured_headlines(summary), others_asked(summary)
    table = list(_table(summary, keys, others, width))
    notes = list(all_notes(summary, [*keys, *others], table, width))
    title = f"{summary.run.id}: {summary.run.status}; {summary.run.plan.cpus_each}"
    for line in (title, *table, *wrapped(notes, width, MOST_LINES - 1 - len(last) - len(table)), *last):
        say(fitted(one_line(line), width))


def _pointer(folder: Path, width: int) -> list[str]:
    """Return where everything else is, in at most two lines; shorter where the terminal is narrow."""
    whole, short = f"`harness report` writes all numbers and reasons: {folder}/", "`harness report` writes all"
    lines = [whole] if cells_of(whole) <= width else lines_of(f"{short}: {folder}/", width)
    return lines if len(lines) <= _MOST_LAST else [short]


def _table(summary: Summary, keys: list[_Key], others: list[_Key], width: int) -> Iterator[str]:
    if not keys and not others:
        return
    subjects, pairs = summary.run.plan.subjects, summary.run.plan.pairs
    results = {(one.metric, one.scenario, one.subject): one for one in summary.results}
    compared = {(one.metric, one.scenario, one.subject, one.reference): one for one in summary.comparisons}
    changes = tuple(summary.run.plan.older.items())
    of_changes = _changes(keys, changes, compared, width) if len(changes) > 1 else []
    yield from _revision(summary, width, is_cut=width_of(of_changes) > width)
    if len(changes) > 1:
        yield from fit(of_changes, width)
        yield from _more({"target": len(changes) - _MOST_CHANGES})
    elif changes or len(pairs) <= 1:
        if len(keys) + len(others) > _MOST_ROWS:
            others = [key for key in others if is_rate(key[0])]
        shown = [*keys, *others][:_MOST_ROWS]
        pair = changes[0][::-1] if changes else subjects
        names = [*map(_label, keys), *(f"{_label(key)}, {key[1]}" for key in others)]
        yield from fit(_by_metric(dict(zip(shown, names, strict=False)), pair, results, compared), width)
        yield from _more({"scenario": len(keys) + len(others) - len(shown)})
    else:
        if others and not any(scenario for _, scenario in keys):
            first = [key for key in others if key[1] == others[0][1]]
            keys, others = [*first, *keys], others[len(first) :]
        others = [key for key in others if is_rate(key[0])]
        firsts = [_Row(*pair) for pair in ((subjects[0], None), *pairs)]
        firsts = [row for row in firsts if any(_has_number(results.get((*key, row.subject))) for key in keys)]
        further = [replace(row, key=key) for key in others for row in firsts]
        rows = [*firsts, *further] if len(firsts) + len(further) <= _MOST_ROWS else firsts[:_MOST_ROWS]
        yield from fit(_by_subject(keys, rows, subjects, results, compared), width) if rows else ()
        rates = len(further) if further and rows[-1] is not further[-1] else 0
        named = f" ({', '.join(str(scenario) for _, scenario in others)})" if rates else ""
        yield from _more({"target": len(firsts) - _MOST_ROWS, "rate": rates}, named)


def _more(left: Mapping[str, int], named: str = "") -> Iterator[str]:
    """Yield the line that counts what has no row, with the names of the last kind; none if nothing is left out."""
    counts = [counted(count, f"more {what}") for what, count in left.items() if count > 0]
    if counts:
        yield f"{', '.join(counts)}{named}: `harness report`"


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table of many subjects: a subject, its reference, and the scenario's rate; None for the headlines."""

    subject: Subject
    reference: Subject | None
    key: _Key | None = None


def _revision(summary: Summary, width: int, *, is_cut: bool) -> Iterator[str]:
    against = summary.run.plan.against
    if against is not None:
        line = f"changes of {against.now} from {against.name} ({against.commit[:SHORT_COMMIT]})"
        with_hint = f"{line}; all headlines: --verbose"
        yield with_hint if is_cut and cells_of(with_hint) <= width else line


def _changes(
    keys: Sequence[_Key], changes: Sequence[tuple[Subject, Subject]], compared: _Comparisons, width: int
) -> list[Column]:
    """Return the columns of the changes of several targets from a revision: a row of ratios each.

    Where such rows do not fit the width, few targets have a column each. Else headlines are left out, first those
    without a change.

    Args:
        keys: The headlines.
        changes: Each target with its build of the revision, at most `_MOST_CHANGES` of which have a row.
        compared: The comparisons of the run.
        width: The width that the table should fit.
    """
    shown = changes[:_MOST_CHANGES]
    subjects = [subject for subject, _ in changes]
    names = tuple(short_name(subject, subjects) for subject, _ in shown)
    table = [Column((Form("", names),), is_text=True)]
    for number, key in enumerate(keys):
        ratios = [compared.get((*key, *pair)) for pair in shown]
        cells = tuple(map(ratio_cell, ratios))
        is_claimed = any(one is not None and one.verdict not in NOT_SHOWN for one in ratios)
        says = (not any(ratios)) + (not is_claimed)  # the less a column says, the sooner it is left out
        narrow = [Form(rank=says * _OF_METRICS + number)] if number else []
        table.append(Column((Form(_label(key), cells), *narrow)))
    columns = [Column((Form("", tuple(map(_label, keys))),), is_text=True)]
    for name, pair in zip(names, shown, strict=True):
        columns.append(Column((Form(name, tuple(ratio_cell(compared.get((*key, *pair))) for key in keys)),)))
    return columns if len(shown) == len(changes) and width_of(columns) <= width < width_of(table) else table


def _has_number(result: Result | None) -> bool:
    return result is not None and result.estimate is not None


def _label(key: _Key) -> str:
    """Return the short name of a metric."""
    return short_of(key[0])


def _narrow(label: str) -> str:
    """Return a shorter heading for narrow tables: `p99` for `p99 latency`, `memory` for `loaded memory`."""
    return label.removesuffix(" latency").removeprefix("loaded ").removeprefix("idle ")


def _folded(name: str, width: int) -> str:
    """Return a name as a cell of several lines."""
    return "\n".join(folded(name, width))


def _shortest(label: str, scenario: str | None) -> str:
    """Return the shortest label of a row: of a further scenario its name, with `p99` before it for a latency."""
    what = label.removesuffix(f", {scenario}")
    if scenario is None or what == label:
        return _narrow(label)
    return f"{_narrow(what)} {scenario}" if what.endswith(" latency") else scenario


def _by_metric(
    keys: Mapping[_Key, str], subjects: Sequence[Subject], results: _Results, compared: _Comparisons
) -> list[Column]:
    """Return the columns of a table with a row for each named metric: the subjects' numbers, ratio and bar."""
    labels = tuple(keys.values())
    folds = tuple(_folded(_shortest(label, scenario), _LEAST_LABEL) for (_, scenario), label in keys.items())
    table = [Column((Form("", labels), Form("", folds, _CUT)), is_text=True)]
    for subject in subjects:
        of_subject = [results.get((*key, subject)) for key in keys]
        table.append(_values(short_name(subject, subjects), of_subject))
    if len(subjects) > 1:
        pair = subjects[1], subjects[0]
        name = " / ".join(short_name(one, subjects) for one in pair)
        ratios = [compared.get((*key, *pair)) for key in keys]
        table += [_ratios(name, ratios), _bars(ratios)]
    return table


def _values(name: str, of_subject: Sequence[Result | None]) -> Column:
    wide, short = (
        tuple(result_cell(one, shown) for one in of_subject) for shown in (human_interval, _without_interval)
    )
    brief = tuple(map(_brief, short))
    fold, least = (_folded(name, max(_LEAST_NAME, *map(cells_of, cells))) for cells in (short, brief))
    forms = Form(name, short, _OF_INTERVALS), Form(fold, short, _OF_NAMES), Form(least, brief, _OF_UNITS)
    return Column((Form(name, wide), *forms, Form(rank=_LAST)))


def _brief(text: str) -> str:
    """Return a rate with the shortest unit that says what it is."""
    return text.replace(" req/s", "/s")


def _ratios(name: str, ratios: Sequence[Comparison | None]) -> Column:
    """Return the ratios, always with their intervals: without one a ratio claims more than was measured."""
    cells = tuple(ratio_cell(one) for one in ratios)
    return Column((Form(name, cells), Form("ratio", cells, _OF_NAMES)))


def _bars(ratios: Sequence[Comparison | None]) -> Column:
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

    wide, short = (tuple(bar(one, width) for one in ratios) for width in (_BAR, _SHORT_BAR))
    return Column((Form("", wide), Form("", short, _OF_BARS), Form(rank=_OF_BARS)), is_text=True)


def _by_subject(
    keys: Sequence[_Key],
    rows: Sequence[_Row],
    subjects: Sequence[Subject],
    results: _Results,
    compared: _Comparisons,
) -> list[Column]:
    """Return the columns of a table with a row for each subject: its numbers, ratio and bar of the first headline.

    A mark stands before a number that is not distinguished from the reference's.
    """
    names = tuple(_row_name(row, subjects) for row in rows)
    least = max(_LEAST_NAME, max(map(cells_of, names)) // 2)
    folds = tuple(_folded(name, least) for name in names)
    table = [Column((Form("", names), Form("", folds, _CUT)), is_text=True)]
    for number, key in enumerate(keys):
        of_rows = [(row, (row.key or key) if not number else key) for row in rows]
        values = tuple(
            "" if number and row.key else result_cell(results.get((*of, row.subject)), _without_interval)
            for row, of in of_rows
        )
        ratios = [compared.get((*of, row.subject, row.reference)) if row.reference else None for row, of in of_rows]
        if number:
            values = tuple(f"{mark_of(one)}{text}" if text else "" for text, one in zip(values, ratios, strict=True))
        label, brief = _label(key), tuple(map(_brief, values))
        forms = Form(label, values), Form(_narrow(label), values, _OF_NAMES), Form(_narrow(label), brief, _OF_UNITS)
        table.append(Column((*forms, Form(rank=_OF_METRICS + number if number else _LAST))))
        if not number and any(ratios):
            table += [Column(_ratios("ratio", ratios).forms[1:]), _bars(ratios)]
    return table


def _row_name(row: _Row, subjects: Sequence[Subject]) -> str:
    """Return the name of a row: of a build of a revision as `flask_app / flask_app@0123abc`."""
    name = short_name(row.subject, subjects)
    if row.reference is not None and row.reference != subjects[0]:
        name = f"{name} / {short_name(row.reference, subjects)}"
    return f"{name} {row.key[1]}" if row.key else name


def _without_interval(estimate: float, low: float, high: float, unit: Unit) -> str:
    return human_interval(estimate, low, high, unit) if low == high else human(estimate, unit)
