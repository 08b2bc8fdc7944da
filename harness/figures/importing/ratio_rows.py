"""Rows of ratios below rows of frameworks: `Gin/Flask | 12.3`, `Speedup | 12.3x`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.figures.importing.cells import Setting, read_cell
from harness.figures.importing.differences import Line, pair_in, sides_of
from harness.figures.importing.found import CELL
from harness.figures.importing.of_label import loads_in_label
from harness.figures.importing.subjects import distinct
from harness.figures.importing.table_columns import LONGEST_NAME, MOST_CELL, amounts_of
from harness.figures.importing.table_loads import stated_in_label
from harness.figures.importing.vocabulary import without_brackets
from harness.figures.importing.words_of_comparison import RATIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.importing.found import Finder, Place
    from harness.figures.importing.page import Cell
    from harness.figures.importing.table_columns import Column

_RATIO = re.compile(RATIO, re.IGNORECASE)
NAMES_TWO = "its row names two frameworks"
_NAMES_NONE = "a ratio or difference of which the page does not name the other side"


def is_ratio_row(finder: Finder, name: str) -> bool:
    """Return whether a row has ratios of the rows above it, by its name."""
    if len(name) > LONGEST_NAME:
        return False
    return bool(pair_in(finder.subjects, name)) or _RATIO.fullmatch(without_brackets(name).strip(" :*_")) is not None


def read_ratio_row(
    finder: Finder,
    ratios: tuple[str, Sequence[Cell]],
    columns: Sequence[Column],
    rows: Sequence[tuple[str, Sequence[Cell]]],
    place: Place,
) -> None:
    """Find the ratios of a row; each is of the two frameworks whose numbers of its column give it.

    Args:
        finder: The finder of the page.
        ratios: The name of the row, and its cells.
        columns: The columns of quantities.
        rows: The rows of frameworks, each with its framework.
        place: The section of the table.
    """
    name, cells = ratios
    read = [column for column in columns if column.number < len(cells)]
    lines = [
        Line(
            column.head,
            [(target, row[column.number]) for target, row in rows if column.number < len(row)],
            cells[column.number],
        )
        for column in read
    ]
    is_several = len({target for target, _ in rows}) < len(rows)  # of one framework, under several conditions
    sides = [None] * len(lines) if is_several else sides_of(finder, name, lines)
    reason = (
        NAMES_TWO
        if len(distinct(finder.subjects.mentions(name))) > 1 or pair_in(finder.subjects, name)
        else _NAMES_NONE
    )
    for column, line, of_row in zip(read, lines, sides, strict=True):
        cell = line.ratio
        if of_row is None or of_row.doubt:
            for amount in amounts_of(finder, cell):
                printed = cell.plain[amount.start : amount.end]
                why = (of_row.doubt if of_row else None) or reason
                finder.refuse(printed, cell.text.offset(amount.start), why, column.head, amount)
            continue
        setting = Setting(
            column.head,
            of_row.pair[0],
            place,
            of_row.pair[1],
            (*stated_in_label(column.head), *loads_in_label(column.head, finder.convention)),
            is_ratio=True,
            of_unit=of_row.unit,
            is_difference=of_row.is_difference,
        )
        if not cell.is_repeat and len(cell.plain) <= MOST_CELL and finder.affords(CELL, cell.text):
            read_cell(finder, cell.text, setting)
