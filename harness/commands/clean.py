"""`harness clean`: removal of the processes, containers and temporary files of dead runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.errors import UsageError
from harness.project import open_store, project_here

if TYPE_CHECKING:
    from collections.abc import Callable


def clean(
    *,
    images: Annotated[bool, typer.Option("--images", help="Also remove unused builds of targets.")] = False,
    as_json: Json = False,
) -> None:
    """Remove the processes and containers of dead runs.

    It also removes the temporary folders of killed commands, and the temporary files that killed writes left in this
    project's results. It removes nothing that the harness did not start.
    """
    from harness import console
    from harness.documents import CleanDocument
    from harness.documents import as_json as plain
    from harness.foreign_text import one_line
    from harness.runtime import cleaning
    from harness.temporary_folders import remove_abandoned

    done = cleaning.clean(console.tell, images=images)
    files = (*map(str, remove_abandoned()), *_unfinished_files(console.tell))
    if as_json:
        containers, processes, built = map(list, (done.containers, done.processes, done.images))
        document = CleanDocument(containers=containers, processes=processes, images=built, files=list(files))
        console.print_json(plain(document))
        return
    removed = done.containers + done.processes + done.images + files
    for name in removed:
        console.say(f"removed {one_line(name)}")
    if not removed:
        console.say("nothing to remove")


def _unfinished_files(notify: Callable[[str], None]) -> tuple[str, ...]:
    """Remove the temporary files of killed writers from the results of the project here, if there is one."""
    try:
        project = project_here()
    except UsageError as error:
        notify(f"{error.what} ({error.where}): temporary files of results were not checked")
        return ()
    return () if project is None else tuple(map(str, open_store(project).remove_unfinished()))
