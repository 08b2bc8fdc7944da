"""The terminal output: results on stdout, progress on stderr, plain text if the stream is not a terminal.

Only this room and `cli` print. Progress is drawn only at the end of a slice: a timer would use CPU time of the cores
that measure, but the head of the next slice is not counted.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from harness.console.explanation import show_explanation
from harness.console.fed import show_render
from harness.console.review import show_check
from harness.console.terminal import DASH, add_row, captured, new_table, say, show_table, stream, tell
from harness.foreign_text import json_document, one_line, printable
from harness.metrics.catalogue import connections_of, is_given
from harness.model import LEAST_RANKED, SHORT_COMMIT, Difference
from harness.runtime.building import is_step
from harness.units import Unit, human, human_interval, significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.documents import DoctorDocument, SelftestCheck, SelftestDocument, SelftestRow
    from harness.model import (
        BetweenRuns,
        Comparison,
        EnvironmentDifference,
        Result,
        RunsCompared,
        Slice,
        SliceResult,
        Subject,
        Summary,
    )

__all__ = [
    "RunProgress",
    "captured",
    "print_json",
    "run_progress",
    "say",
    "show_check",
    "show_compare",
    "show_doctor",
    "show_explanation",
    "show_render",
    "show_rows",
    "show_selftest",
    "show_summary",
    "subject_words",
    "tell",
]

_SELFTEST_DIGITS = 4
_LINE = 60  # of a build's output, so that a line of progress fits into 80 columns
_SELFTEST_WORDS = {"passed": "passed", "failed": "FAILED", "too_noisy": "too noisy to tell"}


def print_json(values: Mapping[str, object]) -> None:
    """Print one JSON document."""
    sys.stdout.write(json_document(values))


class RunProgress:
    """Progress display of a run; a `RunObserver`."""

    def __init__(self, progress: Progress, expected_s: float) -> None:
        self._progress = progress
        self._expected_s = expected_s
        self._task: TaskID = progress.add_task("preparing", total=expected_s, rate="")
        self._began_s: float | None = None
        self._block = ""
        self._event = ""
        self._slice = self._slices = 0
        self._plain = not progress.console.is_terminal

    def event(self, text: str, slices: int = 0) -> None:
        """Show what begins, and reset the count of slices."""
        self._slice, self._slices = 0, slices
        self._event = f"{self._block}{text}"
        self._show(rate="", description=self._event)

    def building(self, line: str) -> None:
        """Show a line of a build below its step; without a terminal, print the steps."""
        if not is_step(line):
            self._show(rate=line[:_LINE])
        elif self._plain:
            tell(f"{self._event}: {line}")
        else:
            self._show(rate="", description=f"{self._event}: {line}"[:_LINE])

    def notice(self, text: str) -> None:
        """Print a deviation from the plan; it stays on the terminal."""
        self._progress.console.print(Text(printable(f"{self._block}{text}")), soft_wrap=True)

    def block_begins(self, number: int, total: int) -> None:
        """Show the number of the block; the first block starts the remaining time."""
        self._began_s = self._began_s or time.monotonic()
        self._block = f"block {number} of {total}: "
        if self._plain:
            tell(f"block {number} of {total}")

    def sliced(self, plan: Slice, result: SliceResult) -> None:
        """Show number, rate and p99 of the slice that has just ended."""
        self._slice += 1
        if self._plain:
            return
        place = f"{self._slice} of {self._slices}" if self._slices else f"{self._slice}"
        rate = result.counted / result.counted_s if result.counted_s else 0.0
        self._show(rate=f"slice {place}: {plan.subject} {significant(rate)} req/s{_p99(result)}")

    def _show(self, **fields: str) -> None:
        done_s = time.monotonic() - self._began_s if self._began_s else 0.0
        done_s = min(done_s, self._expected_s)  # the remaining time must not be negative if the run takes longer
        lines = {name: one_line(text) for name, text in fields.items()}
        self._progress.update(self._task, completed=done_s, **lines)  # type: ignore[arg-type]
        if not self._plain:
            self._progress.refresh()


def _p99(result: SliceResult) -> str:
    """Return the slice's p99 in words: of the response time if there is one, else of the service time."""
    from harness.histogram import Histogram  # noqa: PLC0415 - it imports numpy, which other commands don't need

    text = result.response or result.service
    histogram = Histogram.from_texts([text])
    return f", p99 {human(histogram.quantile_s(0.99), Unit.SECOND)}" if histogram.count else ""


@contextmanager
def run_progress(expected_s: float) -> Iterator[RunProgress]:
    """Show a run's progress on stderr within the context."""
    console = stream(stderr=True)
    left = TextColumn("about {task.remaining:.0f} s left")
    # Two lines, so that the text fits into 80 columns. No markup, because builds print brackets.
    status = TextColumn("{task.description}\n{task.fields[rate]}", markup=False)
    columns = (status, BarColumn(), left)
    with Progress(
        *columns, console=console, auto_refresh=False, transient=True, disable=not console.is_terminal
    ) as progress:
        yield RunProgress(progress, expected_s)


def show_summary(summary: Summary) -> None:
    """Print a run's results: a row for each metric, a column for each subject and ratio."""
    run = summary.run
    subjects, pairs = run.plan.subjects, run.plan.pairs
    ratios = [f"{_short(one, subjects)} / {_short(reference, subjects)}" for one, reference in pairs]
    table = new_table("metric", "scenario", *map(str, subjects), *ratios)
    for column in table.columns[2:]:
        column.justify = "right"
    for metric, scenario in dict.fromkeys((r.metric, r.scenario) for r in summary.results):
        results = {r.subject: r for r in summary.results if (r.metric, r.scenario) == (metric, scenario)}
        of_row = [one for one in summary.comparisons if (one.metric, one.scenario) == (metric, scenario)]
        comparisons = {(one.subject, one.reference): one for one in of_row}
        cells = [_result_cell(results.get(subject)) for subject in subjects]
        add_row(table, metric, scenario or "", *cells, *(_ratio_cell(comparisons.get(pair)) for pair in pairs))
    show_table(f"{run.id}: {run.status}; {run.plan.cpus_each}", table, breaks_rows=False)
    if (revision := run.plan.against) is not None:
        say(f"@{revision.commit[:SHORT_COMMIT]}: built from {revision.name}; the others: from {revision.now}")
    _show_ranks(summary)
    _show_paced(summary.results)
    _show_noise(summary)
    _show_inconclusive(summary.comparisons)
    if run.stopped is not None and run.stopped.missed:
        say(f"warning: {run.stopped.reason} in {run.stopped.blocks} blocks: {'; '.join(run.stopped.missed)}")
    _show_reasons(summary.results)


def _show_ranks(summary: Summary) -> None:
    """Print a line for each ranking of more than two subjects; equal ranks stand together."""
    subjects = summary.run.plan.subjects
    for ranking in summary.rankings:
        if len(ranking.places) > LEAST_RANKED:
            of = f"{ranking.metric} ({ranking.scenario})" if ranking.scenario else ranking.metric
            ranks = groupby(ranking.places, key=lambda place: place.rank)
            places = (
                f"{rank} {', '.join(_short(one.subject, subjects) for one in of_rank)}" for rank, of_rank in ranks
            )
            say(f"ranks by {of}: {'; '.join(places)}")


def _show_paced(results: Sequence[Result]) -> None:
    """Print what stands beside each rate of paced users: its source, failed requests, complaints of the scenario."""
    for result in results:
        if is_given(result.metric) and result.estimate is not None:
            say(f"{result.subject} {result.scenario}: {'; '.join(filter(None, (result.detail, *result.warnings)))}")


def _show_noise(summary: Summary) -> None:
    """Print the noise floor of the throughputs, if the run has a control."""
    floors = {metric: floor for metric, floor in summary.noise_floor.items() if connections_of(metric)}
    for metric, floor in floors.items():
        trials = max(result.trials for result in summary.results if result.metric == metric)
        say(f"noise floor of {metric}: \N{PLUS-MINUS SIGN} {significant(100 * floor)} % (95 %, {trials} blocks)")


def _show_inconclusive(comparisons: Sequence[Comparison]) -> None:
    """Print the reasons for inconclusive comparisons, each with the number of comparisons.

    What follows a semicolon differs between comparisons, such as the effect and the control's reach. It is not printed.
    """
    reasons = Counter(
        why.partition(";")[0] for one in comparisons for why in one.warnings if why.startswith(Difference.INCONCLUSIVE)
    )
    for why, count in reasons.items():
        say(f"warning: {count} of {len(comparisons)} comparisons are {why}")


def _short(subject: Subject, subjects: Sequence[Subject]) -> str:
    """Return the target of a subject if no other subject has it, else the subject."""
    is_only = sum(one.target == subject.target for one in subjects) == 1
    return subject.target if is_only else str(subject)


def _result_cell(result: Result | None) -> str:
    if result is None or result.estimate is None or result.low is None or result.high is None:
        return DASH
    mark = " \N{GREATER-THAN OR EQUAL TO}" if result.bound == "generator" else ""
    return human_interval(result.estimate, result.low, result.high, result.unit) + mark


def _ratio_cell(comparison: Comparison | BetweenRuns | None) -> str:
    if comparison is None:
        return ""
    claim = "~ " if comparison.verdict in {"no_difference_shown", "inconclusive"} else ""
    is_exact = comparison.low == comparison.high
    interval = "" if is_exact else f" [{significant(comparison.low)}, {significant(comparison.high)}]"
    return f"{claim}{significant(comparison.ratio)}{interval}"


def _show_reasons(results: Sequence[Result]) -> None:
    if any(result.bound == "generator" for result in results):
        say("\N{GREATER-THAN OR EQUAL TO} the generator was the limit: a lower bound of what the target can do")
    for result in results:
        if result.reason:
            of = " ".join(filter(None, (str(result.subject), result.scenario, result.metric)))
            say(f"{DASH} {of}: {result.reason}")


def show_compare(compared: RunsCompared, differences: Sequence[EnvironmentDifference]) -> None:
    """Print the ratios of the second run to the first, a row for each metric, and all other differences."""
    table = new_table("metric", "scenario", "target", "ratio", "verdict")
    for one in compared.comparisons:
        of = str(one.of) if one.over is None else f"{one.of} / {one.over}"
        verdict = one.verdict.value if one.is_called else "not called"
        add_row(table, one.metric, one.scenario or "", of, _ratio_cell(one), verdict)
    show_table(f"{compared.b} / {compared.a}", table, breaks_rows=False)
    for subject in compared.gone:
        say(f"gone: {subject} was measured in {compared.a} and is not in {compared.b}")
    for subject in compared.new:
        say(f"new: {subject} was measured in {compared.b} and is not in {compared.a}")
    _show_spread(compared)
    show_rows("\ndifferences", [(one.key, str(one.a), str(one.b)) for one in differences])


def _show_spread(compared: RunsCompared) -> None:
    """Print which stored runs show the spread between runs, and what is not called without it."""
    if (runs := compared.spread_runs) and any(one.between is not None for one in compared.comparisons):
        first, last = runs[0].started_at[:16], runs[-1].started_at[:16]
        say(f"changes include the spread between {len(runs)} stored runs of this machine, {first} to {last}")
    uncalled = [one for one in compared.comparisons if not one.is_called]
    if uncalled:
        say(
            f"not called: {uncalled[0].warnings[-1]}. Ratios to another target are called, and thresholds apply to "
            "them. The spread between runs is in their intervals only where it is known"
        )


def show_selftest(document: SelftestDocument) -> None:
    """Print each row's outcome with its tightest check, and the failed checks and yardsticks of rows not passed."""
    table = new_table("row", "outcome", "truth", "measured", "limit", "tightest check")
    for row in document.rows:
        cells = ("", "", "", row.detail) if row.what is None else _selftest_cells(row)
        add_row(table, row.name, _SELFTEST_WORDS[row.outcome], *cells)
    show_table("self-test of the harness", table)
    for row in document.rows:
        for check in (*row.yardsticks, *row.checks):
            if not check.passed:
                truth, measured, limit, what = _selftest_cells(check)
                say(f"{row.name}: {what}: truth {truth}, measured {measured}, limit {limit}")
        if not row.passed and row.checks:
            say(f"{row.name}: {row.detail}")
    noisy = f", {document.too_noisy} too noisy to tell" if document.too_noisy else ""
    say(f"{document.passed} passed, {document.failed} failed{noisy}")


def _selftest_cells(check: SelftestCheck | SelftestRow) -> tuple[str, str, str, str]:
    def shown(number: float | None) -> str:
        if number is None or check.unit is None:
            return DASH
        return human(number, check.unit, _SELFTEST_DIGITS) if check.unit != Unit.ONE else f"{number:,.6g}"

    sign = "\N{PLUS-MINUS SIGN}" if check.rule == "within" else "\N{GREATER-THAN OR EQUAL TO}"
    return shown(check.truth), shown(check.measured), f"{sign} {shown(check.limit)}", check.what or ""


def show_doctor(document: DoctorDocument) -> None:
    """Print all findings, and below them the fixes for those with a problem."""
    table = new_table("finding", "state", "detail")
    for row in document.findings:
        add_row(table, row.name, row.state, row.detail)
    show_table("what this machine can do", table)
    for row in document.findings:
        if row.fix:
            say(f"{row.name}: {row.fix}")


def show_rows(title: str, rows: Sequence[tuple[str, ...]]) -> None:
    """Print a titled list of aligned rows; nothing without rows."""
    if not rows:
        return
    table = new_table(*("" for _ in rows[0]))
    table.show_header = False
    for row in rows:
        add_row(table, *row)
    show_table(title, table)


def subject_words(subjects: Sequence[Subject]) -> str:
    """Return the subjects separated by commas."""
    return ", ".join(map(str, subjects))
