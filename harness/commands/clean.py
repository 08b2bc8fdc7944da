"""`harness clean`: removal of the processes and containers of dead runs."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time


def clean(
    *,
    images: Annotated[bool, typer.Option("--images", help="Also remove unused builds of targets.")] = False,
    as_json: Json = False,
) -> None:
    """Remove the processes and containers of dead runs.

    It removes nothing that the harness did not start.
    """
    from harness import console
    from harness.documents import CleanDocument
    from harness.documents import as_json as plain
    from harness.foreign_text import one_line
    from harness.runtime import cleaning

    done = cleaning.clean(console.tell, images=images)
    if as_json:
        containers, processes, built = map(list, (done.containers, done.processes, done.images))
        console.print_json(plain(CleanDocument(containers=containers, processes=processes, images=built)))
        return
    removed = done.containers + done.processes + done.images
    for name in removed:
        console.say(f"removed {one_line(name)}")
    if not removed:
        console.say("nothing to remove")
