"""The parts of a saved page, whatever its format: headings, paragraphs, items, code and tables.

This module must not know the formats of pages, or figures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.figures.importing.source import Source, Text

MOST_COLUMNS = 200
_REFERENCE = re.compile(r"\s\[\^[^\[\]]{1,90}\]")


class Kind(Enum):
    """The kind of a block of text."""

    HEADING = auto()
    PARAGRAPH = auto()
    LINE = auto()  # a line of a text without markup: it may be a heading
    CODE = auto()
    PICTURE = auto()  # what a page says in place of a picture


@dataclass(frozen=True, slots=True)
class Block:
    """A block of text; `level` is that of a heading, from 1."""

    kind: Kind
    text: Text
    level: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        is_head: Whether it is a cell of a head.
        is_picture: Whether it has a picture and no text.
        columns, rows: How many columns and rows it spans.
        is_repeat: Whether it repeats a cell that spans columns or rows.
    """

    text: Text
    is_head: bool = False
    is_picture: bool = False
    columns: int = 1
    rows: int = 1
    is_repeat: bool = False

    @property
    def plain(self) -> str:
        """The text that a reader sees, in one line, without its references to footnotes."""
        return " ".join(_REFERENCE.sub("", self.text.plain).split())


@dataclass(frozen=True, slots=True)
class Table:
    """A table: rows of cells, of which the first `heads` rows are its head."""

    rows: tuple[tuple[Cell, ...], ...]
    heads: int
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A saved page.

    Attributes:
        title: Its title; empty without one.
        language: The language that it declares: `de`; empty without one.
        date: The date that it states; empty without one.
        address: The address that it gives itself; empty without one.
        read_to: The offset up to which it is read; None for a page that is read whole.
    """

    source: Source
    blocks: tuple[Block | Table, ...]
    title: str = ""
    language: str = ""
    date: str = ""
    address: str = ""
    read_to: int | None = None


def grid(rows: list[list[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """Return rows of equal length, in which a cell that spans several stands in each of them."""
    pending: dict[int, tuple[Cell, int]] = {}
    whole: list[list[Cell]] = []
    for row in rows:
        placed: list[Cell] = []
        cells = iter(row)
        while len(placed) < MOST_COLUMNS:
            column = len(placed)
            if column in pending:
                cell, left = pending.pop(column)
                placed.append(_repeat(cell))
                if left > 1:
                    pending[column] = cell, left - 1
                continue
            following = next(cells, None)
            if following is None:
                break
            for shift in range(min(following.columns, MOST_COLUMNS - column)):
                placed.append(following if shift == 0 else _repeat(following))
                if following.rows > 1:
                    pending[column + shift] = following, following.rows - 1
        whole.append(placed)
    return tuple(tuple(row) for row in whole)


def _repeat(cell: Cell) -> Cell:
    return Cell(cell.text, cell.is_head, cell.is_picture, cell.columns, cell.rows, is_repeat=True)
