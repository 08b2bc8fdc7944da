"""Text without markup to the parts of a page: lines, tables of `|`, and code that a load tool printed."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from harness.figures.importing.aligned import aligned_in
from harness.figures.importing.commands import commands_in
from harness.figures.importing.page import Block, Cell, Kind, Page, Table, grid
from harness.figures.importing.tool_output import is_tool_output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.figures.importing.aligned import Span
    from harness.figures.importing.source import Source, Text
    from harness.figures.importing.subjects import Subjects

_LINE = re.compile(r"(?P<line>[^\r\n]*)(?:\r\n?|\n|(?<=.)\Z)")
_DELIMITER = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?\s*")
_BAR = re.compile(r"(?<!\\)\||$")
_HASHES = re.compile(r"(#{1,6}|={1,6})\s+(?=[^\s=])")  # `==` in AsciiDoc
_FRAME = re.compile(r"\s*\+(?:[-=]+\+)+\s*")
_ASCIIDOC = re.compile(r"\s*\|={3,}\s*")
_UNDERLINE = re.compile(r"([-=~^\"'#*+])\1{2,}\s*")
_BULLET = re.compile(r"\s*(?:[-*\u2022\u00b7>]|\d{1,3}[.)])\s+")


def read_lines(source: Source) -> Page:
    """Return the parts of a page that is text without markup."""
    blocks = tuple(_blocks(source.whole(0, len(source.text))))
    title = next((" ".join(one.text.plain.split()) for one in blocks if isinstance(one, Block)), "")
    return Page(source, blocks, title=title)


def read_transcript(source: Source) -> Page:
    """Return the output of load tools, with the headings between its runs: `# Flask`, and no command behind a `#`."""
    text = source.whole(0, len(source.text))
    blocks: list[Block | Table] = []
    begin = 0
    for start, end in _spans(text.plain):
        hashes = _HASHES.match(text.plain, start, end)
        if hashes and not commands_in(text.plain[start:end]):
            blocks.append(Block(Kind.CODE, text.part(begin, start)))
            blocks.append(Block(Kind.HEADING, text.part(hashes.end(), end), len(hashes[1])))
            begin = end
    blocks.append(Block(Kind.CODE, text.part(begin, len(text.plain))))
    return Page(source, tuple(blocks), title=source.path.stem.replace("_", " "))


def with_tables(page: Page, subjects: Subjects) -> Page:
    """Return a page with the tables of its code blocks that name a framework; their other lines are code."""
    blocks: list[Block | Table] = []
    for block in page.blocks:
        blocks.append(block)
        if isinstance(block, Block) and block.kind is Kind.CODE and not is_tool_output(block.text.plain):
            tables = (one for one in _blocks(block.text) if isinstance(one, Table))
            blocks += [one for one in tables if any(subjects.mentions(cell.plain) for row in one.rows for cell in row)]
    return replace(page, blocks=tuple(blocks)) if len(blocks) > len(page.blocks) else page


def _blocks(text: Text) -> Iterator[Block | Table]:
    """Yield the tables of bars, of AsciiDoc and of columns that stand apart by spaces, and the lines between them."""
    spans = list(_spans(text.plain))
    number = 0
    while number < len(spans):
        line = text.plain[slice(*spans[number])]
        end = number + 1
        if _ASCIIDOC.fullmatch(line):
            end = next((at for at in range(end, len(spans)) if _ASCIIDOC.fullmatch(text.plain[slice(*spans[at])])), end)
            yield from _of_asciidoc(text, spans[number + 1 : end])
            end += 1
        elif _is_of_bars(line):
            while end < len(spans) and _goes_on(text.plain[slice(*spans[end])]):
                end += 1
            yield from _of_bars(text, spans[number:end])
        else:
            while end < len(spans) and not _is_of_bars(text.plain[slice(*spans[end])]):
                end += 1
            yield from _of_lines(text, spans[number:end])
        number = end


def _is_of_bars(line: str) -> bool:
    return line.lstrip().startswith("|") or _FRAME.fullmatch(line) is not None


def _goes_on(line: str) -> bool:
    """Return whether a table of bars goes on with a line, which may have lost its first bar."""
    return not _ASCIIDOC.fullmatch(line) and (_is_of_bars(line) or line.rstrip().endswith("|"))


def _of_bars(text: Text, spans: Sequence[Span]) -> Iterator[Table]:
    """Yield a table of bars: as in Markdown, or with a frame of `+---+` as databases and reStructuredText have it."""
    rows: list[list[Cell]] = []
    heads = 0
    for start, end in spans:
        line = text.plain[start:end]
        if _FRAME.fullmatch(line):
            heads = heads or len(rows)
        elif _DELIMITER.fullmatch(line):
            heads = len(rows)
        else:
            rows.append(list(_cells(text, start, end)))
    if rows:
        yield Table(grid(rows), heads if heads < len(rows) else 0)


def _of_asciidoc(text: Text, spans: Sequence[Span]) -> Iterator[Table]:
    """Yield a table of AsciiDoc: its first line has as many cells as its rows, which may take several lines."""
    lines = [list(_cells(text, start, end)) for start, end in spans]
    first = next((number for number, line in enumerate(lines) if line), len(lines))
    cells = [cell for line in lines for cell in line]
    if cells:
        columns = len(lines[first])
        is_head = lines[first + 1 : first + 2] == [[]]
        if columns == 1:  # a cell on each line, and a row for each paragraph
            columns = next((number for number, line in enumerate(lines[first:]) if not line), len(cells))
            is_head = True
        rows = [cells[at : at + columns] for at in range(0, len(cells), columns)]
        yield Table(grid(rows), int(is_head and len(rows) > 1))


def _of_lines(text: Text, spans: Sequence[Span]) -> Iterator[Block | Table]:
    """Yield lines as blocks, and the tables among them whose columns stand apart by spaces."""
    begin, end = spans[0][0], spans[-1][1]
    tables = {start: (stop, table) for (start, stop), table in aligned_in(text.part(begin, end))}
    read_to = -1
    for (start, stop), (_, following) in zip_longest(spans, spans[1:], fillvalue=(0, 0)):
        line = text.plain[start:stop]
        if table := tables.get(start - begin):
            yield table[1]
            read_to = begin + table[0]
        elif start >= read_to and line.strip() and not _is_underline(line):
            below = text.plain[stop:following].strip("\r\n")
            yield _block(text, start, stop, line, is_heading=_is_underline(below) and len(below) >= len(line.rstrip()))


def _spans(plain: str) -> Iterator[Span]:
    """Yield where lines begin and end, without their line breaks."""
    for found in _LINE.finditer(plain):
        yield found.span("line")


def _is_underline(line: str) -> bool:
    return _UNDERLINE.fullmatch(line) is not None


def _block(text: Text, start: int, end: int, line: str, *, is_heading: bool) -> Block:
    if is_heading:  # of reStructuredText
        return Block(Kind.HEADING, text.part(start, end), 2)
    if hashes := _HASHES.match(line):
        return Block(Kind.HEADING, text.part(start + hashes.end(), end), len(hashes[1]))
    if bullet := _BULLET.match(line):
        return Block(Kind.PARAGRAPH, text.part(start + bullet.end(), end))
    return Block(Kind.LINE, text.part(start, end))


def _cells(text: Text, start: int, end: int) -> Iterator[Cell]:
    """Yield the cells of a row; the first and the last bar are its frame."""
    line = text.plain[start:end]
    begin = len(line) - len(line.lstrip()) + line.lstrip().startswith("|")
    for bar in _BAR.finditer(line, begin):
        cell = line[begin : bar.start()]
        if bar[0] or cell.strip():
            yield Cell(text.part(start + begin + len(cell) - len(cell.lstrip()), start + bar.start()))
        begin = bar.end()
