"""Text without markup to the parts of a page: lines, tables of `|`, and code that a load tool printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.figures.importing.page import Block, Cell, Kind, Page, Table, grid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.figures.importing.source import Source

_DELIMITER = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?\s*")
_BAR = re.compile(r"(?<!\\)\||$")
_HASHES = re.compile(r"(#{1,6})\s+(?=\S)")
_BULLET = re.compile(r"\s*(?:[-*\u2022\u00b7>]|\d{1,3}[.)])\s+")


def read_lines(source: Source) -> Page:
    """Return the parts of a page that is text without markup."""
    blocks = tuple(_blocks(source))
    title = next((" ".join(one.text.plain.split()) for one in blocks if isinstance(one, Block)), "")
    return Page(source, blocks, title=title)


def _blocks(source: Source) -> Iterator[Block | Table]:
    rows: list[list[Cell]] = []
    heads = 0
    for start, end in _spans(source):
        line = source.text[start:end]
        if line.lstrip().startswith("|"):
            if _DELIMITER.fullmatch(line):
                heads = len(rows)
            else:
                rows.append(list(_cells(source, start, end)))
            continue
        if rows and line.rstrip().endswith("|"):  # a row that has lost its first bar
            rows.append(list(_cells(source, start, end)))
            continue
        if rows:
            yield Table(grid(rows), heads)
            rows, heads = [], 0
        if line.strip():
            yield _block(source, start, end, line)
    if rows:
        yield Table(grid(rows), heads)


def _spans(source: Source) -> Iterator[tuple[int, int]]:
    for start, following in zip(source.starts, (*source.starts[1:], len(source.text)), strict=True):
        end = following
        while end > start and source.text[end - 1] in "\r\n":
            end -= 1
        yield start, end


def _block(source: Source, start: int, end: int, line: str) -> Block:
    if hashes := _HASHES.match(line):
        return Block(Kind.HEADING, source.whole(start + hashes.end(), end), len(hashes[1]))
    if bullet := _BULLET.match(line):
        return Block(Kind.PARAGRAPH, source.whole(start + bullet.end(), end))
    return Block(Kind.LINE, source.whole(start, end))


def _cells(source: Source, start: int, end: int) -> Iterator[Cell]:
    """Yield the cells of a row; the first and the last bar are its frame."""
    line = source.text[start:end]
    begin = len(line) - len(line.lstrip()) + line.lstrip().startswith("|")
    for bar in _BAR.finditer(line, begin):
        cell = line[begin : bar.start()]
        if bar[0] or cell.strip():
            yield Cell(source.whole(start + begin + len(cell) - len(cell.lstrip()), start + bar.start()))
        begin = bar.end()
