"""Tables whose columns become narrower before a line is cut. It must not know what the cells say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.console.terminal import cells_of, padded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

GAP = "  "


@dataclass(frozen=True, slots=True)
class Form:
    """One way to print a column: its heading and its cells, which may have several lines.

    A form without cells leaves the column out.

    Of the next forms of all columns, those with the highest rank are taken first, all at once.
    """

    heading: str = ""
    cells: tuple[str, ...] = ()
    rank: int = 0

    @property
    def width(self) -> int:
        """Number of terminal cells, with the gap after it."""
        lines = (line for text in (self.heading, *self.cells) for line in text.split("\n"))
        return max(map(cells_of, lines)) + len(GAP) if self.cells else 0


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its forms, the widest first."""

    forms: tuple[Form, ...]
    is_text: bool = False

    def narrower(self) -> Column:
        """Return the column in its next form."""
        return Column(self.forms[1:], self.is_text)

    def texts(self) -> list[list[str]]:
        """Return the lines of heading and cells, all of one width; omit a column that is left out."""
        form = self.forms[0]
        texts = (form.heading, *form.cells) if form.cells else ()
        return [[self._filled(line, form.width - len(GAP)) for line in text.split("\n")] for text in texts]

    def _filled(self, line: str, width: int) -> str:
        return padded(line, width) if self.is_text else line.rjust(width - cells_of(line) + len(line))


def width_of(table: Iterable[Column]) -> int:
    """Return the width of a table in its widest forms."""
    return sum(column.forms[0].width for column in table) - len(GAP)


def fit(table: list[Column], width: int) -> Iterator[str]:
    """Yield the lines of a table, in the widest forms that fit."""
    while width_of(table) > width:
        ranks = {place: column.forms[1].rank for place, column in enumerate(table) if len(column.forms) > 1}
        if not ranks:
            break
        highest = max(ranks.values())
        table = [one.narrower() if ranks.get(place) == highest else one for place, one in enumerate(table)]
    for number, row in enumerate(zip(*filter(None, (column.texts() for column in table)), strict=True)):
        yield from _lines_of(row, at_end=number == 0)


def _lines_of(row: Sequence[list[str]], *, at_end: bool) -> Iterator[str]:
    """Yield the lines of a row, whose shorter cells stand at its beginning; those of headings at its end."""
    height = max(map(len, row))
    blank = [[" " * cells_of(cell[0])] * (height - len(cell)) for cell in row]
    filled = [more + cell if at_end else cell + more for cell, more in zip(row, blank, strict=True)]
    for parts in zip(*filled, strict=True):
        yield GAP.join(parts).rstrip()
