"""All rows in the order in which they run. To add a row, add a module in `rows/` and its name here."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from harness.documents import SelftestCheck, SelftestDocument, SelftestOutcome, SelftestRow
from harness.errors import HarnessError, Interrupted, UsageError, nearest, refuse_doubles
from harness.selftest.checks import Outcome
from harness.selftest.rows import (
    a_a,
    accounting,
    black_hole,
    closed_loop,
    cpu_per_request,
    delay,
    frozen_generator,
    histogram,
    interval_coverage,
    known_effect,
    memory,
    noise,
    queue,
    rate_search,
    saturation,
    schedule,
    slow_handler,
    stall,
    start_delay,
    steady_state,
    verification,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.selftest.checks import Check, Row
    from harness.selftest.rig import Lab

ROWS: tuple[Row, ...] = tuple(
    module.ROW
    for module in (
        verification,
        accounting,
        schedule,
        delay,
        closed_loop,
        queue,
        stall,
        frozen_generator,
        black_hole,
        histogram,
        steady_state,
        interval_coverage,
        a_a,
        known_effect,
        cpu_per_request,
        memory,
        start_delay,
        noise,
        saturation,
        rate_search,
        slow_handler,
    )
)


def find_rows(names: Sequence[str], rows: Sequence[Row] = ROWS) -> tuple[Row, ...]:
    """Return the rows with these names, in the order in which they run; without names, all rows.

    Raises:
        UsageError: No row has one of the names, and the error names the nearest row; or a row is named twice.
    """
    known = {row.name: row for row in rows}
    refuse_doubles("row", zip(names, names, strict=True))
    for name in names:
        if name not in known:
            raise UsageError("unknown row", where=name, cause="no row of that name", remedy=nearest(name, known))
    return tuple(row for row in rows if row.name in names or not names)


def run_rows(rows: Sequence[Row], lab: Lab, announce: Callable[[str], None]) -> Iterator[Outcome]:
    """Run rows one after the other, and yield their outcomes. A row that can't be run fails; the next ones still run.

    Args:
        rows: The rows to run.
        lab: Their cores, project folder and seed.
        announce: Called when a row begins, with its number, its name and the time since the first began.
    """
    began_s = time.monotonic()
    for number, row in enumerate(rows, 1):
        so_far = f" ({time.monotonic() - began_s:.0f} s so far)" if number > 1 else ""
        announce(f"{number} of {len(rows)}: {row.name}{so_far}")
        try:
            findings = row.run(lab)
        except Interrupted:
            raise
        except HarnessError as error:
            yield Outcome(row.name, (), f"not run: {error}")
        else:
            yield Outcome(row.name, findings.checks, findings.detail, findings.yardsticks)


def document_of(outcomes: Sequence[Outcome]) -> SelftestDocument:
    """Return the outcomes as a document. The numbers of a row are those of its tightest check."""
    return SelftestDocument(
        rows=[_row(outcome) for outcome in outcomes],
        passed=_count(outcomes, SelftestOutcome.PASSED),
        failed=_count(outcomes, SelftestOutcome.FAILED),
        too_noisy=_count(outcomes, SelftestOutcome.TOO_NOISY),
    )


def _count(outcomes: Sequence[Outcome], kind: SelftestOutcome) -> int:
    return sum(outcome.kind is kind for outcome in outcomes)


def _row(outcome: Outcome) -> SelftestRow:
    tightest = None if outcome.tightest is None else _check(outcome.tightest)
    return SelftestRow(
        name=outcome.name,
        what=tightest.what if tightest else None,
        truth=tightest.truth if tightest else None,
        measured=tightest.measured if tightest else None,
        limit=tightest.limit if tightest else None,
        rule=tightest.rule if tightest else None,
        unit=tightest.unit if tightest else None,
        passed=outcome.passed,
        outcome=outcome.kind,
        detail=outcome.detail,
        checks=[_check(check) for check in outcome.checks],
        yardsticks=[_check(check) for check in outcome.yardsticks],
    )


def _check(check: Check) -> SelftestCheck:
    return SelftestCheck(
        what=check.what,
        truth=_finite(check.truth),
        measured=_finite(check.measured),
        limit=check.limit,
        rule=check.rule.value,
        unit=check.unit,
        passed=check.passed,
    )


def _finite(number: float | None) -> float | None:
    """Return a finite number unchanged, and None for the others: JSON has no infinity and no NaN."""
    return number if number is not None and math.isfinite(number) else None
