"""Rows that a page has folded into one cell: `Show 2 more attributes` and then labels and values without bars.

Labels that another table of the page has tell where a row begins.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.figures.importing.amounts import amounts_in
from harness.figures.importing.cells import Setting, read_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.figures.importing.found import Finder, Place
    from harness.figures.importing.page import Cell
    from harness.figures.importing.source import Text

_FOLDED = re.compile(r"show \d+ more \w+?(?:s(?=[A-Z\s]|$)|(?=[A-Z\s]|$))", re.IGNORECASE)
_LONGEST_FOLD = 20_000
_LONGEST_VALUE = 40
_SHORTEST_LABEL = 4
_MOST_LABELS = 500


def read_collapsed(finder: Finder, row: Sequence[Cell], targets: Sequence[str], place: Place) -> bool:
    """Find the figures of folded rows; return whether the row has any.

    Args:
        finder: The finder of the page.
        row: A row of a table.
        targets: The frameworks of its columns.
        place: Its section.
    """
    cells = [cell for cell in row if cell.plain and not cell.is_repeat]
    if len(cells) != 1 or not _FOLDED.match(cells[0].plain) or len(cells[0].plain) > _LONGEST_FOLD:
        return False
    text = cells[0].text
    if not finder.affords(20 * len(text.plain), text):
        return True
    starts = list(_labels(finder.labels).finditer(text.plain))
    ends = [*(label.start() for label in starts[1:]), len(text.plain)]
    for label, end in zip(starts, ends, strict=False):
        part = text.part(label.end(), end)
        for target, value in zip(targets, _values(finder, part), strict=False):
            read_cell(finder, value, Setting(label[0], target, place))
    if not starts:
        for amount in amounts_in(text.plain[_folded_end(text.plain) :], finder.convention):
            finder.refuse(
                text.plain, text.offset(amount.start), "folded rows without a label that the page has elsewhere"
            )
        if _folded_end(text.plain) < len(text.plain):
            finder.refuse(text.plain, text.offset(0), "folded rows without a label that the page has elsewhere")
    return True


@lru_cache(maxsize=1)
def _labels(known: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern of the labels of a page, the longest first; of none if it has too many."""
    labels = [label for label in known if len(label) >= _SHORTEST_LABEL and not _FOLDED.match(label)]
    longest_first = sorted(labels, key=len, reverse=True) if len(labels) <= _MOST_LABELS else []
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def _folded_end(plain: str) -> int:
    found = _FOLDED.match(plain)
    return found.end() if found else 0


def _values(finder: Finder, part: Text) -> Iterator[Text]:
    """Yield the values behind a label: each has one number, or is a single sign in place of a value."""
    amounts = list(amounts_in(part.plain, finder.convention))
    position = 0
    for amount in amounts:
        yield from _signs(part, position, amount.start)
        yield part.part(amount.start, min(amount.end, amount.start + _LONGEST_VALUE))
        position = amount.end
    yield from _signs(part, position, len(part.plain))


def _signs(part: Text, start: int, end: int) -> Iterator[Text]:
    for sign in re.finditer(r"(?<!\S)\S(?!\S)", part.plain[start:end]):
        yield part.part(start + sign.start(), start + sign.end())
