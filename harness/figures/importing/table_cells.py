"""The cells of a table: what is read of one with a number, and why the numbers of another are no figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.figures.importing.cells import Setting, read_cell
from harness.figures.importing.found import CELL, REFUSED, WORDS
from harness.figures.importing.table_columns import MOST_CELL, amounts_of

if TYPE_CHECKING:
    from harness.figures.importing.found import Finder
    from harness.figures.importing.page import Cell


def refuse_numbers(finder: Finder, cell: Cell, reason: str, label: str) -> None:
    """Note all numbers of a cell as no figures."""
    if cell.is_repeat or not finder.affords(REFUSED, cell.text):
        return
    for amount in amounts_of(finder, cell):
        printed = cell.plain[amount.start : amount.end]
        finder.refuse(printed, cell.text.offset(amount.start), reason, label, amount)


def read_in_table(finder: Finder, cell: Cell, setting: Setting, near: Cell) -> None:
    """Read a cell; a picture has no text of its own, so its place is that of a cell near it."""
    if cell.is_repeat or not _affords(finder, cell):
        return
    if cell.is_picture:
        finder.refuse("", near.text.offset(0), "the cell is a picture", setting.label)
    elif len(cell.plain) > MOST_CELL:
        finder.refuse(cell.plain[:40], cell.text.offset(0), "the cell is a text of several sentences", setting.label)
    elif (cell.columns > 1 or cell.rows > 1) and amounts_of(finder, cell):
        finder.refuse(
            cell.plain,
            cell.text.offset(0),
            f"the cell is merged over {max(cell.columns, cell.rows)} cells",
            setting.label,
        )
    else:
        read_cell(finder, cell.text, setting)


def _affords(finder: Finder, cell: Cell) -> bool:
    has_number = any(map(str.isdecimal, cell.text.plain[:MOST_CELL]))
    return finder.affords(CELL if has_number else WORDS, cell.text)
