"""`harness selftest`: tests of the harness with servers of known behaviour."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from harness import interrupts
from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.errors import FindingError, MeasurementError
from harness.project import stock_folder


def selftest(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Rows to run; default: all.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Test the harness with servers of known behaviour."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.experiment.environment import plan_cpus
    from harness.machine_lock import machine_lock
    from harness.selftest.registry import document_of, find_rows, run_rows
    from harness.selftest.rig import Lab

    rows = find_rows(names or [])
    lab = Lab(plan_cpus(), stock_folder())
    with machine_lock() if any(row.live for row in rows) else nullcontext(), interrupts.raising():
        document = document_of(list(run_rows(rows, lab, console.tell)))
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
