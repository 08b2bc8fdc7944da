"""`harness import`: a saved page to a figures file, with what could not be placed."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands.options import Json, Language  # noqa: TC001 - typer reads them at run time
from harness.errors import NO_ROOM, MachineError, UsageError
from harness.project import project_here, read_targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.figures.importing import Imported, ImportedFile
    from harness.figures.importing.found import Unplaced
    from harness.figures.importing.questions import Answer
    from harness.model import Project


def import_(
    page: Annotated[
        Path,
        typer.Argument(
            metavar="PAGE", help="A saved page: HTML, Markdown, text, CSV, the output of a load tool, JSON."
        ),
    ],
    *,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The figures file to write; without it, it is printed.")
    ] = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="Ask for each number that could not be placed.")
    ] = False,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Write the figures of a saved page as a figures file.

    It also lists what could not be placed, and why.
    """
    from harness import console
    from harness.documents import as_json as plain
    from harness.figures.importing import as_toml, figures_file, import_page, no_figure
    from harness.figures.importing.document import import_document
    from harness.figures.importing.numerals import require_language

    _check(output, interactive=interactive)
    project = project_here()
    titles = {name: target.title for name, target in read_targets(project).items()} if project else {}
    imported = import_page(page, titles, require_language(language))
    if interactive:
        imported = _asked(imported, titles)
    file = figures_file(imported)
    text = f"{_schema(project, output)}{as_toml(file)}"
    if output is not None:
        _write(output, text)
    if as_json:
        console.print_json(plain(import_document(file, output)))
    elif output is None:
        console.say(text.rstrip("\n"))
    console.tell(_counts(file, output))
    if not file.figures.figures:
        raise no_figure(file, "--interactive asks for each.")


def _check(output: Path | None, *, interactive: bool) -> None:
    """Check the options before the page is read."""
    if interactive and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "--interactive needs a terminal",
            where="--interactive",
            cause="input or output is a pipe or a file",
            remedy="Drop it: the file lists what could not be placed.",
        )
    if output is not None and output.exists():
        raise UsageError(
            "the file exists",
            where=str(output),
            cause="it would be lost",
            remedy="Name another file, or remove this one.",
        )


def _write(output: Path, text: str) -> None:
    """Write the new file; nothing of it stays if it can't be written, because an existing file is refused."""
    what, where = "can't write a file", str(output)
    try:
        with ExitStack() as undone:
            undone.callback(output.unlink, missing_ok=True)
            output.write_text(text, encoding="utf-8")
            undone.pop_all()
    except OSError as error:
        cause = error.strerror or str(error)
        if error.errno in NO_ROOM:
            raise MachineError(what, where=where, cause=cause, remedy="Free some space.") from error
        raise UsageError(what, where=where, cause=cause, remedy="Name another file.") from error


def _schema(project: Project | None, output: Path | None) -> str:
    """Return the first line of a file in a project, which names its schema to an editor."""
    schema = project.root / "schemas" / "figures.json" if project else None
    if schema is None or output is None or not schema.is_file():
        return ""
    return f"#:schema {Path(os.path.relpath(schema, output.resolve().parent)).as_posix()}\n"


def _counts(file: ImportedFile, output: Path | None) -> str:
    """Return the line of stderr: how many figures, and how many numbers could not be placed, by reason."""
    from harness.figures.importing import reason_lines
    from harness.units import counted

    listed = "".join(f"\n  {line}" for line in reason_lines(file))
    where = f" in {output}" if output else ""
    counts = (
        f"{counted(len(file.figures.figures), 'figure')}{where}, {counted(len(file.unplaced), 'number')} not placed"
    )
    if file.left_out:
        counts += f" (the file has the first {len(file.file.unplaced)}, --json all)"
    return f"{file.page}: {counts}{':' if listed else '.'}{listed}"


def _asked(imported: Imported, titles: Mapping[str, str]) -> Imported:
    """Ask for each number that could not be placed."""
    from harness.figures.importing.questions import open_questions, with_answer

    for one in list(open_questions(imported)):
        line, column = imported.page.source.place(one.offset)
        typer.echo(f"\n{imported.page.source.path.name}:{line}:{column}: {one.printed!r} in {one.context!r}", err=True)
        typer.echo(f"  {one.reason}", err=True)
        answer = _answer(one, titles)
        if answer is not None:
            imported = with_answer(imported, one, answer)
    return imported


def _answer(one: Unplaced, titles: Mapping[str, str]) -> Answer | None:
    """Ask whom a number is about, and what else is open; None if it is left out."""
    from harness.figures.importing.questions import Answer

    target = _word(f"  framework ({', '.join(titles)}; -: leave it out)", one.target or "-")
    if target in {None, "-"} or one.amount is None:
        return None
    amount = one.amount
    number = None
    if amount.other is not None:
        number = typer.prompt("  number", default=amount.low, type=float, err=True)
    is_ratio = amount.unit in {"x", "%"}
    of = _word("  compared with (empty: no ratio)") if is_ratio else None
    unit = amount.unit or _word("  unit, such as req/s, ms or MB")
    is_less = of is not None and amount.unit == "x" and amount.high < 1
    reading = _word("  of it, or less by it (of, by)") if is_less else None
    return Answer(str(target), of, unit, number, reading)


def _word(question: str, default: str = "") -> str | None:
    answer: str = typer.prompt(question, default=default, show_default=bool(default), err=True)
    return answer.strip() or None
