"""`harness init`: a new project, or a new target in a project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands import completion
from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.errors import UsageError
from harness.project import find_project

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal


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
    as_json: Json = False,
) -> None:
    """Create a project, or add a target to this project."""
    match words or ["."]:
        case ["target", name]:
            _init_target(name, like, as_json=as_json)
        case ["target"]:
            raise UsageError(
                "no name", where="init target", cause="a target needs a name", remedy="Use `harness init target NAME`."
            )
        case [folder] if like is None:
            _init_project(Path(folder), as_json=as_json)
        case _:
            raise UsageError(
                "wrong arguments",
                where=f"init {' '.join(words or [])}".strip(),
                cause="it needs a single folder without --like, or `target NAME`",
                remedy="Use `harness init FOLDER`, or `harness init target NAME`.",
            )


def _init_project(folder: Path, *, as_json: bool) -> None:
    from harness import console
    from harness.commands.schema import schemas_of_files
    from harness.scaffold import new_project

    schemas = {name: f"{json.dumps(one, indent=1, ensure_ascii=False)}\n" for name, one in schemas_of_files().items()}
    _show_created("project", (folder / path for path in new_project(folder, schemas)), as_json=as_json)
    first = "" if folder.resolve() == Path.cwd() else f"`cd {folder}`, "
    console.tell(f"Next: {first}`harness run --profile smoke`, `harness report`, `harness check`.")
    console.tell("`harness run --against REV` needs a git repository: `git init`, `git add .`, `git commit`.")


def _init_target(name: str, like: str | None, *, as_json: bool) -> None:
    from harness import console
    from harness.scaffold import new_target

    project = find_project()
    reference = project.reference.partition(":")[0]
    folder = new_target(project.root, name, like)
    _show_created("target", [folder], as_json=as_json)
    console.tell(f"Next: edit target.toml and the app in {folder}. Then:")
    console.tell(f"  harness build --target {name} --verify")
    console.tell(f"  harness run --target {reference},{name} --profile smoke")
    console.tell(f"To measure it without --target, add it to `targets` in {project.file}.")


def _show_created(kind: Literal["project", "target"], paths: Iterable[Path], *, as_json: bool) -> None:
    """Print what was created: a line each, or one document."""
    from harness import console
    from harness.documents import InitDocument
    from harness.documents import as_json as plain

    created = list(map(str, paths))
    if as_json:
        console.print_json(plain(InitDocument(kind=kind, created=created)))
        return
    for path in created:
        console.say(f"created {path}")
