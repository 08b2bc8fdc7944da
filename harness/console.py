"""What the terminal shows: results on stdout, progress on stderr, plain where it is no terminal.

With `cli`, the only room that prints. Progress is drawn when a slice has ended and at no other time: a clock of its own
would take time from the cores that measure.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from harness.figures.document import totals
from harness.units import Unit, human, human_interval, significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.documents import SelftestCheck, SelftestDocument, SelftestRow
    from harness.figures.published import Contradiction, Judgement
    from harness.model import Slice, SliceResult, Subject
    from harness.statements import Comparison, Result, Summary

_NOT_A_TERMINAL_COLUMNS = 160
_SELFTEST_DIGITS = 4
_DASH = "\N{EN DASH}"


def _console(*, stderr: bool = False) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _NOT_A_TERMINAL_COLUMNS
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False)


def say(text: str) -> None:
    """Print a line of the result."""
    _console().print(Text(text), soft_wrap=True)


def tell(text: str) -> None:
    """Print a line about what goes on."""
    _console(stderr=True).print(Text(text), soft_wrap=True)


def print_json(values: Mapping[str, object]) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


class RunProgress:
    """Shows how a run goes on; a `RunObserver`."""

    def __init__(self, progress: Progress, expected_s: float) -> None:
        self._progress = progress
        self._task: TaskID = progress.add_task("preparing", total=expected_s, rate="")
        self._began_s: float | None = None
        self._block = ""
        self._plain = not progress.console.is_terminal

    def event(self, text: str) -> None:
        """Show what begins."""
        self._show(description=f"{self._block}{text}")

    def building(self, line: str) -> None:
        """Show a line of a build."""
        self._show(rate=line[:60])

    def block_begins(self, number: int, total: int) -> None:
        """Show which block begins; the time left counts from the first."""
        self._began_s = self._began_s or time.monotonic()
        self._block = f"block {number} of {total}: "
        if self._plain:
            tell(f"block {number} of {total}")

    def sliced(self, plan: Slice, result: SliceResult) -> None:
        """Show the rate of the slice that has just ended."""
        rate = result.counted / result.counted_s if result.counted_s else 0.0
        self._show(rate=f"{plan.subject} {significant(rate)} req/s")

    def _show(self, **fields: str) -> None:
        done = time.monotonic() - self._began_s if self._began_s else 0.0
        self._progress.update(self._task, completed=done, **fields)  # type: ignore[arg-type]
        if not self._plain:
            self._progress.refresh()


@contextmanager
def run_progress(expected_s: float) -> Iterator[RunProgress]:
    """Show a run's progress on stderr for as long as the context lasts."""
    console = _console(stderr=True)
    left = TextColumn("about {task.remaining:.0f} s left")
    columns = (TextColumn("{task.description}"), BarColumn(), left, TextColumn("{task.fields[rate]}"))
    with Progress(
        *columns, console=console, auto_refresh=False, transient=True, disable=not console.is_terminal
    ) as progress:
        yield RunProgress(progress, expected_s)


def show_summary(summary: Summary) -> None:
    """Print a run's results, a row a metric, its subjects side by side."""
    run = summary.run
    subjects = run.plan.subjects
    table = Table(title=f"{run.id}: {run.status}", title_justify="left", box=None, pad_edge=False)
    table.add_column("metric")
    table.add_column("scenario")
    for subject in subjects:
        table.add_column(str(subject), justify="right")
    for subject in subjects[1:]:
        table.add_column(f"{subject.target} / {subjects[0].target}", justify="right")
    for metric, scenario in dict.fromkeys((r.metric, r.scenario) for r in summary.results):
        mine = {r.subject: r for r in summary.results if (r.metric, r.scenario) == (metric, scenario)}
        ratios = {c.subject: c for c in summary.comparisons if (c.metric, c.scenario) == (metric, scenario)}
        cells = [_result_cell(mine.get(subject)) for subject in subjects]
        table.add_row(metric, scenario or "", *cells, *(_ratio_cell(ratios.get(s)) for s in subjects[1:]))
    _console().print(table)
    _show_reasons(summary.results)


def _result_cell(result: Result | None) -> str:
    if result is None or result.estimate is None or result.low is None or result.high is None:
        return _DASH
    mark = " \N{GREATER-THAN OR EQUAL TO}" if result.bound == "generator" else ""
    return human_interval(result.estimate, result.low, result.high, result.unit) + mark


def _ratio_cell(comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    claim = "~ " if comparison.verdict in {"no_difference_shown", "inconclusive"} else ""
    low, high = significant(comparison.low), significant(comparison.high)
    return f"{claim}{significant(comparison.ratio)} [{low}, {high}]"


def _show_reasons(results: Sequence[Result]) -> None:
    if any(result.bound == "generator" for result in results):
        say("\N{GREATER-THAN OR EQUAL TO} the generator was the limit: a lower bound of what the target can do")
    for result in results:
        if result.reason:
            say(f"{_DASH} {result.subject} {result.metric}: {result.reason}")


def show_check(judgements: Sequence[Judgement], contradictions: Sequence[Contradiction], run_id: str) -> None:
    """Print each published figure that was measured with its verdict, then the totals."""
    table = Table(title=f"published figures against {run_id}", title_justify="left", box=None, pad_edge=False)
    table.add_column("verdict")
    table.add_column("target")
    table.add_column("printed", max_width=34)
    table.add_column("why", overflow="fold")
    for judgement in judgements:
        if judgement.verdict != "not_measured":
            figure = judgement.figure
            table.add_row(judgement.verdict, figure.target, f"{figure.label}: {figure.printed}", judgement.reason)
    _console().print(table)
    for contradiction in contradictions:
        say(f"the page contradicts itself: {contradiction.message}")
    say(", ".join(f"{count} {verdict}" for verdict, count in totals(judgements).items()))


def show_selftest(document: SelftestDocument) -> None:
    """Print each row's verdict with its tightest check, and for those that failed every check that did."""
    table = Table(title="the harness against the truth", title_justify="left", box=None, pad_edge=False)
    for title in ("row", "verdict", "truth", "measured", "limit"):
        table.add_column(title)
    table.add_column("tightest check", overflow="fold")
    for row in document.rows:
        cells = ("", "", "", row.detail) if row.what is None else _selftest_cells(row)
        table.add_row(row.name, "passed" if row.passed else "FAILED", *cells)
    _console().print(table)
    for row in document.rows:
        for check in row.checks:
            if not check.passed:
                truth, measured, limit, what = _selftest_cells(check)
                say(f"{row.name}: {what}: truth {truth}, measured {measured}, limit {limit}")
        if not row.passed and row.checks:
            say(f"{row.name}: {row.detail}")
    say(f"{document.passed} passed, {document.failed} failed")


def _selftest_cells(check: SelftestCheck | SelftestRow) -> tuple[str, str, str, str]:
    def shown(number: float | None) -> str:
        if number is None or check.unit is None:
            return _DASH
        return human(number, check.unit, _SELFTEST_DIGITS) if check.unit != Unit.ONE else f"{number:,.6g}"

    sign = "\N{PLUS-MINUS SIGN}" if check.rule == "within" else "\N{GREATER-THAN OR EQUAL TO}"
    return shown(check.truth), shown(check.measured), f"{sign} {shown(check.limit)}", check.what or ""


def show_rows(title: str, rows: Sequence[tuple[str, ...]]) -> None:
    """Print a titled list of aligned rows; nothing where there are none."""
    if not rows:
        return
    table = Table(title=title, title_justify="left", box=None, show_header=False, pad_edge=False)
    for _ in rows[0]:
        table.add_column()
    for row in rows:
        table.add_row(*row)
    _console().print(table)


def subject_words(subjects: Sequence[Subject]) -> str:
    """Write subjects one behind the other."""
    return ", ".join(map(str, subjects))
