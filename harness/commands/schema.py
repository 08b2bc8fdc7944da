"""`harness schema`: the JSON Schemas of the documents and of the hand-written files."""

from __future__ import annotations

from typing import Annotated, Any

import typer

_HELP = (
    "A document: run, check, explain, import, compare, history, list, clean, doctor, selftest or render; or a file: "
    "project, target or figures."
)


def schema(name: Annotated[str, typer.Argument(help=_HELP)]) -> None:
    """Print the JSON Schema of a document or of a hand-written file."""
    from harness import console
    from harness.documents import DOCUMENTS, schema_of
    from harness.manifest import find_one

    written = schemas_of_files()
    find_one("schema", name, {**DOCUMENTS, **written})
    console.print_json(written[name] if name in written else schema_of(name))


def schemas_of_files() -> dict[str, dict[str, Any]]:
    """Return the schemas of the hand-written files, by name."""
    from harness.figures.reading import FiguresFile
    from harness.manifest import ProjectFile, TargetFile, schema_of

    return {"project": schema_of(ProjectFile), "target": schema_of(TargetFile), "figures": schema_of(FiguresFile)}
