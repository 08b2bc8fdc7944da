"""Tables of text without bars: columns that stand apart by spaces, and the rulers of reStructuredText.

    Framework    Requests/s    p99
    ---------    ----------    -------
    Flask        1,200         12.5 ms

A column ends where all lines are blank for two characters, at a tab, or where the next ruler begins. Rows that have
other gaps than these are no table, so that no number gets the head of another column. This module must not know what a
figure is.
"""

from __future__ import annotations

import re
from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from harness.figures.importing.page import Cell, Table, grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.figures.importing.source import Text

_RULER = re.compile(r"\s*[-=~\u2500\u2550]{2,}(?:[ \t]+[-=~\u2500\u2550]{2,})*[ \t]*")
_GAP = re.compile(r"\S(?: {2,}|\t+)\S")
_BEGINS_WITH_NUMBER = re.compile(r"[~<>\u2248\u2264\u2265+-]?\d")
_BULLET = re.compile(r"\s*(?:[-*\u2022\u00b7>]|\d{1,3}[.)])\s")
_MOST_LINES, _LONGEST_LINE, _LONGEST_CELL = 400, 300, 60
_LEAST_ROWS = 2  # with the head

Span = tuple[int, int]


def aligned_in(text: Text) -> Iterator[tuple[Span, Table]]:
    """Yield the tables of a text whose columns stand apart by spaces, with where they stand."""
    lines = [(found.start(), found.end()) for found in re.finditer(r"(?m)^.*$", text.plain)]
    are_rows = _are_rows([text.plain[slice(*line)] for line in lines])
    for is_row, of_group in groupby(zip(are_rows, lines, strict=True), itemgetter(0)):
        group = [line for _, line in of_group]
        if is_row and len(group) <= _MOST_LINES and (table := _table(text, group)):
            yield (group[0][0], group[-1][1]), table


def _are_rows(lines: Sequence[str]) -> Iterator[bool]:
    """Yield whether each line can be a row: below a ruler of several columns, one space may part them."""
    is_below = False
    for line in lines:
        is_row = _is_row(line) or (is_below and bool(line.strip()) and "|" not in line)
        is_below = is_row and (is_below or (_RULER.fullmatch(line) is not None and len(line.split()) > 1))
        yield is_row


def _is_row(line: str) -> bool:
    if len(line) > _LONGEST_LINE or "|" in line or _BULLET.match(line):
        return False
    return _RULER.fullmatch(line) is not None or _GAP.search(line) is not None


def _table(text: Text, lines: Sequence[Span]) -> Table | None:
    plain = [text.plain[start:end] for start, end in lines]
    rulers = [number for number, line in enumerate(plain) if _RULER.fullmatch(line)]
    rows = [number for number in range(len(plain)) if number not in rulers]
    if len(rows) < _LEAST_ROWS:
        return None
    of_ruler = [found.start() for found in re.finditer(r"\S+", plain[rulers[0]])] if rulers else []
    cut = _cut([plain[number] for number in rows], of_ruler)
    head = next((number for number in rulers if number > rows[0]), None)
    heads = sum(number < head for number in rows) if head is not None and head < rows[-1] else 1
    if not _are_columns(
        [[plain[number][slice(*cell)] for cell in row] for number, row in zip(rows, cut, strict=False)], heads
    ):
        return None
    whole = [
        [Cell(text.part(lines[number][0] + start, lines[number][0] + end)) for start, end in row]
        for number, row in zip(rows, cut, strict=True)
    ]
    return Table(grid(whole), heads)


def _cut(rows: Sequence[str], of_ruler: Sequence[int]) -> list[list[Span]]:
    """Return where the cells of each row stand; nothing for rows whose cells are in no columns."""
    if any("\t" in row.strip() for row in rows):
        cells = [[found.span() for found in re.finditer(r"[^\t]+", row)] for row in rows]
        return (
            [_trimmed(row, spans) for row, spans in zip(rows, cells, strict=True)]
            if len({*map(len, cells)}) == 1
            else []
        )
    starts = of_ruler if len(of_ruler) > 1 else _starts(rows)
    edges = list(pairwise([0, *starts[1:], _LONGEST_LINE]))
    cut = [_trimmed(row, edges) for row in rows]
    apart = [len(re.split(r" {2,}", row.strip())) for row in rows]
    is_whole = len(of_ruler) > 1 or apart == [sum(start < end for start, end in row) for row in cut]
    return cut if is_whole else []


def _trimmed(row: str, spans: Sequence[Span]) -> list[Span]:
    """Return spans of a row without the blanks at their ends."""
    trimmed = []
    for start, end in spans:
        cell = row[start:end]
        begin = min(start, len(row)) + len(cell) - len(cell.lstrip())
        trimmed.append((begin, max(begin, min(start, len(row)) + len(cell.rstrip()))))
    return trimmed


def _are_columns(cells: Sequence[Sequence[str]], heads: int) -> bool:
    """Return whether the texts of rows are those of a table: short, with heads without numbers, and numbers below."""
    body = cells[heads:]
    return (
        bool(body)
        and len(cells[0]) > 1
        and all(len(cell) <= _LONGEST_CELL for row in cells for cell in row)
        and all(sum(map(bool, row)) > 1 for row in body)
        and not any(_BEGINS_WITH_NUMBER.match(cell) for row in cells[:heads] for cell in row[:2])
        and any(_BEGINS_WITH_NUMBER.match(cell) for row in body for cell in row[1:])
    )


def _starts(rows: Sequence[str]) -> list[int]:
    """Return where columns begin: behind two characters that are blank in all rows."""
    width = max(map(len, rows))
    is_blank = [all(row[at : at + 1] in {"", " "} for row in rows) for at in range(width)]
    first = is_blank.index(False)
    return [
        first,
        *(at for at in range(first + 2, width) if not is_blank[at] and is_blank[at - 1] and is_blank[at - 2]),
    ]
