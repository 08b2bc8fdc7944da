"""The terminal output: results on stdout, progress on stderr, plain text if the stream is not a terminal.

Only this room and `cli` print.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from harness.console.compared import Found, show_compare
from harness.console.explanation import show_explanation
from harness.console.fed import show_render
from harness.console.history import show_history
from harness.console.overview import show_summary
from harness.console.planned import show_plan
from harness.console.progress import RunProgress, run_progress
from harness.console.review import show_check
from harness.console.terminal import (
    DASH,
    add_row,
    aligned,
    captured,
    columns,
    fitted,
    has_width,
    new_table,
    say,
    say_wrapped,
    show_table,
    tell,
)
from harness.foreign_text import json_document
from harness.units import Unit, human

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.documents import DoctorDocument, SelftestCheck, SelftestDocument, SelftestRow, StoredRow

__all__ = [
    "Found",
    "RunProgress",
    "captured",
    "print_json",
    "run_progress",
    "say",
    "say_wrapped",
    "show_check",
    "show_compare",
    "show_doctor",
    "show_explanation",
    "show_history",
    "show_plan",
    "show_render",
    "show_rows",
    "show_runs",
    "show_selftest",
    "show_summary",
    "tell",
]

_SELFTEST_DIGITS = 4
_SELFTEST_WORDS = {"passed": "passed", "failed": "FAILED", "too_noisy": "too noisy to tell"}


def print_json(values: Mapping[str, object]) -> None:
    """Print one JSON document; characters that stdout lacks are escapes."""
    document = json_document(values)
    try:
        document.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        document = json.dumps(values, indent=1, allow_nan=False) + "\n"
    sys.stdout.write(document)


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


def show_runs(rows: Sequence[StoredRow]) -> None:
    """Print the stored runs: how each ended, its profile, its day, and as many of its targets as the width has."""
    if not rows:
        return
    cells = [
        [row.name, "invalid" if row.is_invalid else row.status.value, row.profile, row.started_at[:10]] for row in rows
    ]
    say("\nruns")
    for row, line in zip(rows, aligned(cells), strict=True):
        targets = ", ".join(f"{one} failed" if one in row.failed_targets else one for one in row.targets)
        whole = f"{line}  {targets}"
        say(fitted(whole, columns()) if has_width() else whole)


def show_rows(title: str, rows: Sequence[tuple[str, ...]]) -> None:
    """Print a titled list of aligned rows; nothing without rows."""
    if not rows:
        return
    table = new_table(*("" for _ in rows[0]))
    table.show_header = False
    for row in rows:
        add_row(table, *row)
    show_table(title, table)
