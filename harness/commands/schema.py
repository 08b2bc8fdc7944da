"""`harness schema`: the JSON Schemas of the documents and of the hand-written files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from harness.errors import UsageError

_HELP = (
    "A document: run, check, explain, import, compare, history, list, clean, doctor, selftest, render, build, report "
    "or init; or a file: project, target or figures."
)


def schema(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help=_HELP)] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Write all schemas as files, NAME.json each.")] = False,
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="The folder of --all.")] = Path("schemas"),
) -> None:
    """Print the JSON Schema of a document or hand-written file.

    With --all, write all of them.

    `report.json` of a report has the schema `run`.
    """
    from harness import console
    from harness.durable_files import write_atomically
    from harness.foreign_text import json_document
    from harness.manifest import find_one

    schemas = every_schema()
    if all_ == (name is not None):
        cause = "it takes either a name or --all"
        raise UsageError("no schema chosen", where="schema", cause=cause, remedy=f"Names: {', '.join(schemas)}.")
    if name is not None:
        console.print_json(find_one("schema", name, schemas))
        return
    for own_name, one in schemas.items():
        path = output / f"{own_name}.json"
        write_atomically(path, json_document(one), elsewhere="Name another folder with --output.")
        console.say(str(path))


def every_schema() -> dict[str, dict[str, Any]]:
    """Return the schemas of the documents and of the hand-written files, by name."""
    from harness.documents import DOCUMENTS, schema_of

    return {name: schema_of(name) for name in DOCUMENTS} | schemas_of_files()


def schemas_of_files() -> dict[str, dict[str, Any]]:
    """Return the schemas of the hand-written files, by name."""
    from harness.figures.reading import FiguresFile
    from harness.manifest import ProjectFile, TargetFile, schema_of

    return {"project": schema_of(ProjectFile), "target": schema_of(TargetFile), "figures": schema_of(FiguresFile)}
