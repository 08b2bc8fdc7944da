"""`harness history`: the headline numbers of all stored runs, with the changes of their level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands import completion
from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.project import find_project, open_store, read_targets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Summary
    from harness.store import Store

PAGE = "history.html"


def history(
    *,
    profile: Annotated[
        str | None,
        typer.Option(
            autocompletion=completion.profiles, metavar="NAME", help="Only runs of this profile; default: all."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the headline numbers of all stored runs, by machine.

    It also writes a page of them.

    Runs of unlike machines are never joined: each machine, runtime and profile has its own part.
    """
    from harness import console
    from harness.analysis.history import history as histories
    from harness.documents import as_json as plain
    from harness.documents import history_document
    from harness.durable_files import write_atomically
    from harness.report.history import render_history

    project = find_project()
    store = open_store(project)
    machines = histories(_complete(store, profile))
    if as_json:
        console.print_json(plain(history_document(machines)))
        return
    for machine in machines:
        console.show_history(machine)
    page = store.root / PAGE
    write_atomically(page, render_history(machines, read_targets(project)))
    console.say(f"\n{page}")


def _complete(store: Store, profile: str | None) -> Iterator[Summary]:
    from harness.analysis.summary import summarise
    from harness.model import RunStatus

    for folder, run in store.others(()):
        if run.status is RunStatus.COMPLETE and profile in (None, run.plan.profile.name):
            yield summarise(folder.load(run))
