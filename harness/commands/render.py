"""`harness render`: documents that are fed from a stored run, and the check that they say what it says."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands import completion
from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.errors import FindingError, UsageError

if TYPE_CHECKING:
    from harness.documents import RenderDocument, RenderedFile


def render(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="Markdown or HTML files with marked blocks, or own pages."),
    ],
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 where a byte differs from what the run gives.")
    ] = False,
    run: Annotated[
        str | None,
        typer.Option(
            autocompletion=completion.runs,
            metavar="RUN",
            help="A run's id or name; default: the one that a document names, else the reference.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Fill the marked blocks of documents from a stored run.

    With --check, compare them with the run and change nothing.

    A marked block is `<!-- harness: METRIC SUBJECT -->...<!-- /harness -->`; docs/documents.md has all kinds. A page
    of `harness report` carries its run, so it is checked without any other file.
    """
    from harness import console
    from harness.documents import RenderDocument
    from harness.documents import as_json as plain

    document = RenderDocument(files=_rendered(list(dict.fromkeys(files)), run, check=check))
    if as_json:
        console.print_json(plain(document))
    else:
        console.show_render(document)
    _raise_findings(document, check=check)


def _rendered(paths: list[Path], run: str | None, *, check: bool) -> list[RenderedFile]:
    """Fill all documents before the first one is written, so that an error leaves all of them unchanged."""
    from harness import console
    from harness.documents import RenderedFile
    from harness.durable_files import write_atomically
    from harness.rendering.rendered import Renderer

    renderer = Renderer(run)
    fed = [(path, renderer.render(path)) for path in paths]
    rows = []
    for path, one in fed:
        is_written = bool(one.differences) and not check
        if is_written:
            for file, text in ((path.resolve(), one.text), *one.files):
                if not write_atomically(file, text, elsewhere="Make its folder writable, or render a copy."):
                    console.tell(f"{file} is yours now: this user can't keep the owner and the group that it had.")
        rows.append(
            RenderedFile(path=str(path), blocks=one.blocks, written=is_written, differences=list(one.differences))
        )
    return rows


def _raise_findings(document: RenderDocument, *, check: bool) -> None:
    """Raise the finding that fails a command: documents differ, or there was nothing to fill."""
    names = ", ".join(file.path for file in document.files)
    if not any(file.blocks for file in document.files):
        cause = "there is no marked block"
        remedy = "docs/documents.md says how a block is marked."
        error = FindingError if check else UsageError
        raise error("nothing to render", where=names, cause=cause, remedy=remedy)
    differing = [file for file in document.files if file.differences]
    if check and differing:
        number = sum(len(file.differences) for file in differing)
        raise FindingError(
            "documents differ from their run",
            where=", ".join(file.path for file in differing),
            cause=f"{number} line{'' if number == 1 else 's'} differ{'s' if number == 1 else ''}",
            remedy="See above; `harness render FILES` writes what the run gives.",
        )
