"""Tables whose columns become narrower before a line is cut. It must not know what the cells say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from harness.console.terminal import padded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GAP = "  "


@dataclass(frozen=True, slots=True)
class Form:
    """One way to print a column: its heading and its cells. A form without cells leaves the column out.

    Of the next forms of all columns, those with the highest rank are taken first, all at once.
    """

    heading: str = ""
    cells: tuple[str, ...] = ()
    rank: int = 0

    @property
    def width(self) -> int:
        """Number of terminal cells, with the gap after it."""
        return max(map(cell_len, (self.heading, *self.cells))) + len(GAP) if self.cells else 0


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its forms, the widest first."""

    forms: tuple[Form, ...]
    is_text: bool = False

    def narrower(self) -> Column:
        """Return the column in its next form."""
        return Column(self.forms[1:], self.is_text)

    def lines(self) -> list[str]:
        """Return heading and cells, all of one width; nothing of a column that is left out."""
        form = self.forms[0]
        width = form.width - len(GAP)
        texts = (form.heading, *form.cells) if form.cells else ()
        return [padded(one, width) if self.is_text else one.rjust(width - cell_len(one) + len(one)) for one in texts]


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
    for parts in zip(*filter(None, (column.lines() for column in table)), strict=True):
        yield GAP.join(parts).rstrip()
