"""`harness schema`: the shapes of documents."""

from __future__ import annotations

from typing import Annotated

import typer


def schema(name: Annotated[str, typer.Argument(help="run, check, compare, list, clean, doctor or selftest.")]) -> None:
    """Print the JSON Schema of a document."""
    from harness import console
    from harness.documents import DOCUMENTS, schema_of
    from harness.manifest import find_one

    find_one("document", name, DOCUMENTS)
    console.print_json(schema_of(name))
