"""Ratios in cells without a column of their own: what they are over, by a baseline cell, a head or the cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.figures.directed import compares
from harness.figures.importing.differences import pair_in
from harness.figures.importing.subjects import distinct
from harness.figures.importing.table_columns import amounts_of
from harness.figures.importing.words_of_comparison import VERSUS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.figures.importing.found import Finder
    from harness.figures.importing.page import Cell

OPEN_ORDER = "its head names two frameworks, and not which of them the ratio is of"
_ONE = r"1(?:[.,]0+)?\s?[x\u00d7]?"
_BASELINE = re.compile(rf"{_ONE}|(?:{_ONE}\s?)?\(?(?:base ?line|reference|base)\)?", re.IGNORECASE)
_VERSUS = re.compile(rf"\b(?:{VERSUS}|(?<!im vergleich\s)zu)(?!\w)|:", re.IGNORECASE)  # in either order


def baseline_of(finder: Finder, cells: Iterable[tuple[str, Cell]], *, are_bare: bool = False) -> str | None:
    """Return the framework that the ratios of a row or a column of cells are over: the only one with `1x`.

    Of two cells it is also the one with a number of its own: `5,400 req/s` beside `12x`.

    Args:
        finder: The finder of the page.
        cells: The cells of the frameworks, each with its framework.
        are_bare: Whether a number without a unit is a multiple, because their head says so: `Speedup`.
    """
    known = list(cells)
    ratios = [target for target, cell in known if is_ratio_cell(finder, cell, is_bare=are_bare)]
    if not ratios or len({target for target, _ in known}) < len(known):
        return None
    found = [target for target, cell in known if _BASELINE.fullmatch(cell.plain.strip(" *_"))]
    if found:
        return found[0] if len(found) == 1 else None
    own = [target for target, cell in known if target not in ratios and is_own_number(finder, cell)]
    return own[0] if len(known) == 2 and len(own) == 1 else None  # noqa: PLR2004 - two frameworks


def is_ratio_cell(finder: Finder, cell: Cell, *, is_bare: bool = False) -> bool:
    """Return whether a cell has one number, and that is a multiple: `12x`, `3x less`, if `is_bare` also `12`."""
    amounts = amounts_of(finder, cell)
    return len(amounts) == 1 and (amounts[0].unit == "x" or (is_bare and amounts[0].unit is None))


def are_bare(finder: Finder, cells: Iterable[Cell]) -> bool:
    """Return whether all numbers of some cells have no unit, or are multiples."""
    return all(one.unit in {None, "x"} for cell in cells for one in amounts_of(finder, cell))


def is_own_number(finder: Finder, cell: Cell) -> bool:
    """Return whether a cell has a number with a unit, and no multiple."""
    return any(one.unit not in {None, "x", "%"} for one in amounts_of(finder, cell))


def pair_of_cell(finder: Finder, head: str, label: str, cell: Cell) -> tuple[str, str] | None:
    """Return the two frameworks of a ratio in a table that has no column or row of one, numerator first.

    The cell may name both (`Gin is 12x faster than Flask`), or its head or label does (`Gin over Flask`).
    `Gin vs Flask` has no order: `12x faster` beside it does not tell which of the two is faster.
    """
    amounts = [one for one in amounts_of(finder, cell) if one.unit in {"x", "%"}]
    if len(amounts) != 1:
        return None
    mentions = finder.subjects.mentions(cell.plain)
    before = distinct([one for one in mentions if one.end <= amounts[0].start])
    behind = distinct([one for one in mentions if one.start >= amounts[0].end])
    if len(before) == len(behind) == 1 and compares(cell.plain):
        return before[0], behind[0]
    for text in (head, label):
        if not mentions and (pair := pair_in(finder.subjects, text)):
            return None if _VERSUS.search(text) else pair
    return None


def why_unpaired(finder: Finder, head: str, label: str, cell: Cell) -> str:
    """Return why a number of a table that names no framework is no figure."""
    is_ratio = any(one.unit in {"x", "%"} for one in amounts_of(finder, cell))
    is_open = is_ratio and any(pair_in(finder.subjects, text) for text in (head, label))
    return OPEN_ORDER if is_open else "its table names no framework"
