"""`harness doctor`: what this machine can do."""

from __future__ import annotations

from harness import interrupts
from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.project import find_project, results_folder


def doctor(*, as_json: Json = False) -> None:
    """Say what this machine can do, and what to do about what it can't."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.experiment.doctor import document_of, examine, incapacity

    project = find_project()
    with interrupts.raising():
        findings = examine(project, results_folder(project))
    if as_json:
        console.print_json(plain(document_of(findings)))
    else:
        console.show_doctor(document_of(findings))
    problem = incapacity(findings)
    if problem:
        raise problem
