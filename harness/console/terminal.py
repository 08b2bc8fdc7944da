"""The two streams of the terminal: lines, tables, and the width.

Results go to stdout, progress to stderr; the text is plain if the stream is not a terminal. It must not know what the
lines say. Every line may have text from outside, so all are made printable here.
"""

from __future__ import annotations

import io
import os
import re
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.foreign_text import one_line, printable
from harness.paragraphs import LEAST_COLUMNS, fitted_to, glued, unglued, wrapped
from harness.plain_characters import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import RenderableType

DASH = "\N{EN DASH}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_UNBOUNDED_COLUMNS = 10_000
_INDENT = "  "
_WORDS = re.compile(r"\S+(?: /(?!\S))?")
_PARTS = re.compile(r"[^_:@-]+[_:@-]*|[_:@-]+")


_captured: ContextVar[Console | None] = ContextVar("_captured", default=None)


class _ProgressConsole(Console):
    """Console of stderr. A reader that goes away or a full disk must not end a run: its further lines go nowhere."""

    def on_broken_pipe(self) -> None:
        """Let stderr lead nowhere; rich would exit with 1."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stderr.fileno())
        os.close(nowhere)

    def _check_buffer(self) -> None:
        try:
            super()._check_buffer()
        except OSError:  # rich itself handles only a broken pipe
            self.on_broken_pipe()


class _ResultConsole(Console):
    """Console of stdout. A reader that goes away ends the command with the code of its signal: see `cli.Commands`."""

    def on_broken_pipe(self) -> None:
        """Raise the error again; rich would exit with 1, the code of a finding."""
        raise  # noqa: PLE0704 - rich calls this while it handles the error


def stream(*, stderr: bool = False) -> Console:
    """Return the console of stdout or stderr."""
    if stderr:
        return _ProgressConsole(stderr=True, highlight=False)
    return _captured.get() or _ResultConsole(highlight=False)


def captured(width: int, show: Callable[[], None]) -> str:
    """Return what a function says, as plain text of a width, in place of printing it."""
    text = io.StringIO()
    token = _captured.set(Console(file=text, width=width, highlight=False, color_system=None))
    try:
        show()
    finally:
        _captured.reset(token)
    return text.getvalue()


def say(text: str) -> None:
    """Print a line of the result on stdout; on a terminal it is wrapped at words."""
    text = written(printable(text))
    stream().print(Text(text if _captured.get() else fitted_to(sys.stdout, text)), soft_wrap=True)


def tell(text: str) -> None:
    """Print a line about the progress on stderr; on a terminal it is wrapped at words."""
    stream(stderr=True).print(Text(fitted_to(sys.stderr, printable(text))), soft_wrap=True)


def columns() -> int:
    """Return the width of stdout: COLUMNS, else the terminal's width, else 80; at least 40."""
    return max(LEAST_COLUMNS, stream().width)


def has_width() -> bool:
    """Return whether lines must fit a width: that of a terminal, or COLUMNS. A program reads whole lines."""
    return sys.stdout.isatty() or bool(os.environ.get("COLUMNS"))


def draws_blocks() -> bool:
    """Return whether stdout shows block elements: a terminal whose encoding has them."""
    console = stream()
    return console.is_terminal and console.encoding.startswith("utf")


def say_heading(text: str) -> None:
    """Print a heading on stdout, wrapped to the width; bold on a terminal."""
    console = stream()
    for line in Text(written(printable(text)), style="bold").wrap(console, columns()):
        line.rstrip()
        console.print(line, soft_wrap=True)


def say_wrapped(text: str, *, indent: int = 0, first: str = "") -> None:
    """Print a paragraph on stdout, wrapped to the width; `first` begins its first line, within the indent."""
    for number, line in enumerate(wrapped(written(text), columns() - indent)):
        say(f"{'' if number else first:<{indent}}{line}")


def say_fitting(text: str, *, first: str = "") -> None:
    """Print a line on stdout; on a terminal it is wrapped, with further lines indented by the length of `first`."""
    if sys.stdout.isatty():
        say_wrapped(text, indent=len(first), first=first)
    else:
        say(f"{first}{text}")


def written(text: str) -> str:
    """Return a text as stdout shows it: with ASCII that looks alike for a character that its encoding lacks."""
    encoding = sys.stdout.encoding or "utf-8"
    if text.isascii() or _captured.get() or encoding.lower().startswith("utf"):
        return text
    return text.encode(encoding, PLAIN).decode(encoding)


def cells_of(text: str) -> int:
    """Return how many cells a text takes on stdout."""
    return cell_len(written(text))


def fitted(text: str, width: int) -> str:
    """Return a text of at most `width` cells; an ellipsis stands for the words at its end that have no room."""
    text = written(text)
    if cells_of(text) <= width:
        return text
    cut = set_cell_size(text, width - cells_of(ELLIPSIS))
    words = cut if text[len(cut) :].startswith(" ") else cut.rpartition(" ")[0]
    return (words.rstrip() or cut) + ELLIPSIS


def folded(name: str, width: int) -> list[str]:
    """Return a name in lines of at most `width` cells, without a cut.

    It is broken between words, `/` at the end of a line; a word without room behind a mark such as `_`, else anywhere.
    """
    lines = [""]
    for word in _WORDS.findall(name):
        line = f"{lines[-1]} {word}".lstrip()
        if cells_of(line) <= width:
            lines[-1] = line
            continue
        lines.append("")
        for part in [word] if cells_of(word) <= width else _PARTS.findall(word):
            if cells_of(lines[-1] + part) > width:
                lines.append("")
            for letter in part:
                if cells_of(lines[-1] + letter) > width:
                    lines.append("")
                lines[-1] += letter
    return list(filter(None, lines)) or [""]


def padded(text: str, width: int) -> str:
    """Return a text filled with spaces to `width` cells."""
    return text + " " * (width - cells_of(text))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines with aligned columns, two spaces apart."""
    widths = [max(map(cells_of, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def new_table(*headings: str) -> Table:
    """Return an empty table without lines."""
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(Text(written(one_line(heading))))
    return table


def add_row(table: Table, *cells: str) -> None:
    """Add a row of plain texts; a word that is too long for its column, such as a path, goes on in the next line."""
    # Text, so that rich does not read `[red]` as a colour
    table.add_row(*(Text(glued(written(one_line(cell))), overflow="fold") for cell in cells))


def show_table(title: str, table: Table, *, heads: int = 0) -> None:
    """Print a table, its cells wrapped at words to the width of the terminal or to COLUMNS.

    In a pipe without COLUMNS each row is one line.

    Args:
        title: The line above it.
        table: The table.
        heads: With a number, a table that is too wide has a paragraph for each row in place of wrapped cells: a line
            with that many first cells, and a line with its heading for each other cell.
    """
    lines = _lines(table, _UNBOUNDED_COLUMNS)
    if has_width() and max(map(cells_of, lines), default=0) > columns():
        lines = list(_paragraphs(table, heads)) if heads else _lines(table, columns())
    lines = [printable(title), *lines] if table.row_count else [printable(title)]
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in lines))


def _lines(table: Table, width: int) -> list[str]:
    console = stream()
    console.width = width
    with console.capture() as captured:
        console.print(table)
    return unglued(captured.get()).splitlines()


def _paragraphs(table: Table, heads: int) -> Iterator[str]:
    """Yield the rows of a table as paragraphs, with a line for each cell that is not empty."""
    names = [_plain(column.header) for column in table.columns]
    for row in zip(*(map(_plain, column.cells) for column in table.columns), strict=True):
        yield from wrapped(", ".join(filter(None, row[:heads])), columns())
        for name, text in zip(names[heads:], row[heads:], strict=True):
            if text:
                yield from wrapped(f"{_INDENT}{name}: {text}", columns(), indent=_INDENT * 2)


def _plain(cell: RenderableType) -> str:
    return unglued(str(cell))
