"""`harness selftest`: tests of the harness with servers of known behaviour."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from harness import interrupts
from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.errors import FindingError, Interrupted, MeasurementError, UsageError
from harness.project import chosen_subjects, find_project, read_targets, stock_folder

if TYPE_CHECKING:
    from harness.selftest.checks import Outcome, Row

_DURATION = "all rows take about 5 minutes on an idle machine"


def selftest(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Rows to run; default: all.")] = None,
    *,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="NAMES", help="Start these targets and run no rows: names as for run, or 'all'."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Test the harness with servers of known behaviour."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.experiment.environment import plan_cpus
    from harness.machine_lock import machine_lock
    from harness.selftest.registry import document_of, find_rows, run_rows
    from harness.selftest.rig import Lab

    rows = _starts(target, names or []) if target else find_rows(names or [])
    lab = Lab(plan_cpus(), stock_folder())
    if not (names or target):
        console.tell(_DURATION)
    outcomes: list[Outcome] = []
    with machine_lock() if any(row.live for row in rows) else nullcontext(), interrupts.raising("selftest"):
        try:
            outcomes.extend(run_rows(rows, lab, console.tell))
        except Interrupted as error:
            passed = document_of(outcomes).passed
            remedy = f"{passed} of {len(rows)} rows had passed."
            raise Interrupted(error.signal_number, where=error.where, remedy=remedy) from error
    document = document_of(outcomes)
    if as_json:
        console.print_json(plain(document))
    else:
        console.show_selftest(document)
    if document.failed:
        failed = ", ".join(row.name for row in document.rows if row.passed is False)
        remedy = "Run them again on an idle machine; docs/selftest.md describes each row."
        raise FindingError("the self-test failed", where="selftest", cause=failed, remedy=remedy)
    if document.too_noisy:
        noisy = ", ".join(row.name for row in document.rows if row.passed is None)
        remedy = "Run these rows again when no other process uses the machine."
        raise MeasurementError("this machine is too noisy to tell", where="selftest", cause=noisy, remedy=remedy)


def _starts(words: list[str], names: list[str]) -> tuple[Row, ...]:
    """Return the rows that start the chosen targets of this project."""
    from harness.selftest.rows.target_start import rows_of

    if names:
        raise UsageError(
            "rows and targets can't be combined",
            where=names[0],
            cause="--target starts targets in place of the rows",
            remedy="Drop one.",
        )
    project = find_project()
    targets = read_targets(project)
    return tuple(rows_of(chosen_subjects(words, None, project, targets), targets))
