"""Values separated by commas, semicolons, tabs or bars to the parts of a page, by Python's csv.

Rows between empty rows are a table. A row of one value before a table is a line of text, and so is a comment:
spreadsheets and programs have titles and notes there. This module must not know what a figure is.
"""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

from harness.figures.importing.page import MOST_COLUMNS, Block, Cell, Kind, Page, Table, grid
from harness.figures.importing.shown import shown
from harness.figures.importing.source import Text
from harness.figures.importing.tool_tables import are_samples
from harness.figures.importing.units import only_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.figures.importing.source import Source

SUFFIXES = frozenset({".csv", ".tsv", ".tab"})
"""How the names of such files end."""
_TEXTS = frozenset({".txt", ".text", ".log", ""})
_SEPARATORS = "\t;|,"  # of two that divide the lines alike it is the first: a comma can be a decimal mark
_SAMPLE, _LINES = 20_000, 20
_SPACES = re.compile(r"\s\s|\n")
_DIRECTIVE = re.compile(r"sep=(.)\r?(?:\n|$)", re.IGNORECASE)  # a line that spreadsheets write and read
_COMMENT = re.compile(r"#+\s*[^\W\d_]")
_HEAD_OF_NAMES = re.compile(
    r"(?:web )?(?:frameworks?|names?|servers?|apps?|targets?|tests?|endpoints?|languages?|metrics?|benchmarks?"
    r"|types?|time ?stamps?|time|date)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+~<>\u2248]?\s?\d[\d.,' \u00a0\u202f]*(?:\s?(?:%|[^\W\d_]{1,4}(?:/[^\W\d_]{1,4})?))?")
_REQUESTS_PER_S = re.compile(r"(?<=req|eqs|est|sts)_(?=s(?:ec(?:ond)?)?(?:_|$))", re.IGNORECASE)


def is_delimited(source: Source) -> bool:
    """Return whether a file has values between separators: by its name, or each line has as many tabs."""
    suffix = source.path.suffix.lower()
    if suffix in SUFFIXES:
        return True
    tabs = {line.count("\t") for line in _first_lines(source.text)} if suffix in _TEXTS else set()
    return len(tabs) == 1 and 0 not in tabs and source.text.count("\n", 0, _SAMPLE) > 1


def read_delimited(source: Source) -> Page:
    """Return the parts of a file of values between separators."""
    directive = _DIRECTIVE.match(source.text)
    rows, read_to = _rows(source, directive[1] if directive else separator_of(source.text))
    blocks = tuple(_blocks(rows[1:] if directive else rows))
    title = next((" ".join(one.text.plain.split()) for one in blocks if isinstance(one, Block)), "")
    return Page(source, blocks, title=title.lstrip("# "), read_to=read_to)


def separator_of(text: str) -> str:
    """Return the separator of a text: the one that gives most of its first lines the same number of values.

    `csv.Sniffer` is not used, because it takes the decimal comma of `Flask;2413,5` for the separator.
    """
    lines = _first_lines(text)

    def alike(separator: str) -> int:
        widths = [len(row) for row in _parsed(lines, separator)]
        return max((widths.count(width) for width in set(widths) if width > 1), default=0)

    return max(_SEPARATORS, key=alike)


def _first_lines(text: str) -> list[str]:
    whole = text[:_SAMPLE].split("\n")
    return [line for line in (whole[:-1] if len(text) > _SAMPLE else whole) if line.strip()][:_LINES]


def _parsed(lines: Sequence[str], separator: str) -> Iterator[list[str]]:
    """Yield the rows of lines up to one that is no row."""
    try:
        yield from csv.reader(lines, delimiter=separator, skipinitialspace=True)
    except csv.Error:
        return


def _rows(source: Source, separator: str) -> tuple[list[list[Text]], int | None]:
    """Return the rows of a file, and the offset from which on something is left out; None for the whole.

    Of rows of single requests one is enough to tell that they have no result.
    """
    reader = csv.reader(
        StringIO(source.marked_values(separator), newline=""), delimiter=separator, skipinitialspace=True
    )
    rows: list[list[Text]] = []
    read_to: int | None = None
    try:
        for values in reader:
            rows.append([Text.of_marked(_one_spaced(value), source.text) for value in values[:MOST_COLUMNS]])
            if read_to is None and any(values[MOST_COLUMNS:]):
                read_to = _last_offset(rows)
            if len(rows) == 2 and are_samples([text.plain for text in rows[0]]):  # noqa: PLR2004 - heads and a row
                return rows, read_to
    except csv.Error:
        read_to = _last_offset(rows)
    return rows, read_to


def _one_spaced(value: str) -> str:
    return shown(value) if _SPACES.search(value) else value


def _last_offset(rows: Sequence[Sequence[Text]]) -> int:
    return max((text.offset(0) for row in rows[-1:] for text in row), default=0)


def _blocks(rows: Sequence[list[Text]]) -> Iterator[Block | Table]:
    table: list[list[Text]] = []
    for row, following in zip([*rows, []], [*rows[1:], [], []], strict=False):
        filled = [text for text in row if text.plain.strip()]
        is_text = not table and (len(filled) == 1 or _is_comment(row, following))
        if filled and not is_text:
            table.append(row)
            continue
        if table:
            yield _table(table)
            table = []
        yield from (Block(Kind.LINE, text) for text in filled)


def _is_comment(row: Sequence[Text], following: Sequence[Text]) -> bool:
    """Return whether a row is a comment, and not the heads of the row behind it."""
    return bool(row) and _COMMENT.match(row[0].plain) is not None and len(row) != len(following)


def _table(rows: Sequence[Sequence[Text]]) -> Table:
    """Return a table; its first row has its heads, unless it has numbers, and so has a row of units below."""
    heads = 0 if _are_values(rows[0]) else 1
    if heads and len(rows) > 1 and _are_units(rows[1]):
        heads = 2
    whole = [
        [Cell(_with_words(text, is_head=number < heads), is_head=number < heads) for text in row]
        for number, row in enumerate(rows)
    ]
    return Table(grid(whole), heads)


def _are_values(row: Sequence[Text]) -> bool:
    values = [text.plain.strip() for text in row]
    return _HEAD_OF_NAMES.fullmatch(values[0]) is None and any(map(_NUMBER.fullmatch, values))


def _are_units(row: Sequence[Text]) -> bool:
    filled = [text.plain for text in row if text.plain.strip()]
    return bool(filled) and all(map(only_unit, filled))


def _with_words(text: Text, *, is_head: bool) -> Text:
    """Return a head, or a label that has a unit, with its words apart: `latency_p99_ms` is `latency p99 ms`."""
    plain = text.plain
    if "_" not in plain or not (is_head or any(map(only_unit, plain.split("_")))):
        return text
    return replace(text, plain=_REQUESTS_PER_S.sub("/", plain).replace("_", " "))
