"""`harness history`: the headline numbers of all stored runs, with the changes of their level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands import completion
from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.project import find_project, open_store, read_targets

if TYPE_CHECKING:
    from harness.model import LeftOut, Summary
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

    Only runs with the same conditions are joined: each machine, runtime, profile and set of scenarios has its own part.
    A run whose requests failed is left out.
    """
    from harness import console
    from harness.analysis.history import history as histories
    from harness.documents import as_json as plain
    from harness.documents import history_document
    from harness.durable_files import write_atomically
    from harness.report.history import render_history

    project = find_project()
    store = open_store(project)
    summaries, left_out = _valid(store, profile)
    machines = histories(summaries)
    if as_json:
        console.print_json(plain(history_document(machines, left_out)))
        return
    for number, machine in enumerate(machines):
        console.say("") if number else None
        console.show_history(machine, machines)
    for one in left_out:
        console.say(f"left out: {one.run}: {one.reason}")
    page = store.root / PAGE
    write_atomically(page, render_history(machines, read_targets(project), left_out))
    console.say(f"\n{page}")


def _valid(store: Store, profile: str | None) -> tuple[list[Summary], list[LeftOut]]:
    """Return the complete runs of a profile that are valid, and the others: their requests failed under load."""
    from harness.analysis.summary import summarise
    from harness.errors import MeasurementError
    from harness.experiment.outcome import invalidity
    from harness.model import LeftOut, RunStatus

    summaries, left_out = [], []
    for folder, run in store.others(()):
        if run.status is RunStatus.COMPLETE and profile in (None, run.plan.profile.name):
            stored = folder.load(run)
            error = invalidity(stored)
            if isinstance(error, MeasurementError):
                left_out.append(LeftOut(run.id, f"{error.what}: {error.cause}"))
            else:
                summaries.append(summarise(stored))
    return summaries, sorted(left_out, key=lambda one: one.run)
