"""`harness init`: a new project, or a new target in a project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from harness.commands import completion
from harness.errors import UsageError
from harness.project import find_project


def init(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="FOLDER | target NAME", help="The folder of a project, or the name of a target."),
    ] = None,
    *,
    like: Annotated[
        str | None,
        typer.Option(
            autocompletion=completion.target_names,
            metavar="TARGET",
            help="The target that is copied; default: a small app with one variant.",
        ),
    ] = None,
) -> None:
    """Create a project, or add a target to this project."""
    match words or ["."]:
        case ["target", name]:
            _init_target(name, like)
        case ["target"]:
            raise UsageError(
                "no name", where="init target", cause="a target needs a name", remedy="Use `harness init target NAME`."
            )
        case [folder] if like is None:
            _init_project(Path(folder))
        case _:
            raise UsageError(
                "wrong arguments",
                where=f"init {' '.join(words or [])}".strip(),
                cause="it needs a single folder without --like, or `target NAME`",
                remedy="Use `harness init FOLDER`, or `harness init target NAME`.",
            )


def _init_project(folder: Path) -> None:
    from harness import console
    from harness.commands.schema import schemas_of_files
    from harness.scaffold import new_project

    schemas = {name: f"{json.dumps(one, indent=1, ensure_ascii=False)}\n" for name, one in schemas_of_files().items()}
    for path in new_project(folder, schemas):
        console.say(f"created {folder / path}")
    first = "" if folder.resolve() == Path.cwd() else f"`cd {folder}`, "
    console.tell(f"Next: {first}`harness run --profile smoke`, `harness report`, `harness check`.")


def _init_target(name: str, like: str | None) -> None:
    from harness import console
    from harness.scaffold import new_target

    project = find_project()
    reference = project.reference.partition(":")[0]
    folder = new_target(project.root, name, like)
    console.say(f"created {folder}")
    console.tell(f"Next: edit target.toml and the app in {folder}. Then:")
    console.tell(f"  harness build --target {name} --verify")
    console.tell(f"  harness run --target {reference},{name} --profile smoke")
    console.tell(f"To measure it without --target, add it to `targets` in {project.file}.")
