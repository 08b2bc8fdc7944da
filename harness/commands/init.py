"""`harness init`: a project, or a target in it, that runs as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from harness.errors import UsageError
from harness.project import find_project


def init(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FOLDER | target NAME]", help="A folder for a project; or a target's name."),
    ] = None,
    *,
    like: Annotated[
        str | None, typer.Option(metavar="TARGET", help="The target that is copied; without it, the reference.")
    ] = None,
) -> None:
    """Make a project, or add a target to it, that runs as it is."""
    match words or ["."]:
        case ["target", name]:
            _init_target(name, like)
        case ["target"]:
            raise UsageError(
                "no name", where="init target", cause="a target needs one", remedy="Say `harness init target NAME`."
            )
        case [folder] if like is None:
            _init_project(Path(folder))
        case _:
            raise UsageError(
                "can't make that",
                where=f"init {' '.join(words or [])}".strip(),
                cause="it is neither one folder nor `target NAME`",
                remedy="Say `harness init FOLDER`, or `harness init target NAME --like TARGET`.",
            )


def _init_project(folder: Path) -> None:
    from harness import console
    from harness.commands.schema import schemas_of_files
    from harness.scaffold import new_project

    schemas = {name: f"{json.dumps(one, indent=1, ensure_ascii=False)}\n" for name, one in schemas_of_files().items()}
    for path in new_project(folder, schemas):
        console.say(f"made {folder / path}")
    console.tell("In this folder, `harness run --profile smoke` measures; then `harness report` and `harness check`.")


def _init_target(name: str, like: str | None) -> None:
    from harness import console
    from harness.scaffold import new_target

    project = find_project()
    reference = project.reference.partition(":")[0]
    folder = new_target(project.root, name, like or reference)
    console.say(f"made {folder}")
    console.tell(f"`harness run --target {reference},{name}` measures it beside {reference}.")
    console.tell(f"{project.file}: `targets` lists what is measured without --target.")
