"""The result files of suites and load tools to figures, by the readers of `harness.figures.audit`.

Those readers give numbers without places. The text of a number is found behind its key, from where its row begins: rows
stand in the file in the order in which they are read. A text that is not the number of its row is refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from harness.figures.importing.found import Found, Unplaced
from harness.figures.importing.page import Page
from harness.figures.importing.subjects import own_name
from harness.figures.importing.vocabulary import LATENCY, THROUGHPUT
from harness.units import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.figures.audit.rows import Reading, Row
    from harness.figures.importing.source import Source
    from harness.figures.importing.subjects import Subjects
    from harness.figures.importing.vocabulary import Quantity

MOST_ROWS = 1000
_MOST_OF_ALL = 200_000
_ROW_CHARACTERS = 20_000  # a row's numbers stand so near to its beginning
_UNITS = {1.0: "s", 1e-3: "ms", 1e-6: "µs", 1e-9: "ns"}
_TOOLS = frozenset({"k6", "oha", "autocannon", "bombardier", "vegeta"})
_INDEX = re.compile(r"\[\d+\]$")
_LITERAL = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


@dataclass(slots=True)
class _Cursor:
    """The place in the source up to which rows are read."""

    text: str
    position: int = 0
    program: tuple[str, str] = ("", "")

    def enter(self, row: Row) -> int:
        """Return where a row begins: behind the last one of its program, else behind the program's name."""
        program = row.subject, _INDEX.sub("", row.place)
        if program != self.program:
            self.program = program
            self.position = max(self.position, self.text.find(f'"{row.subject}"', self.position))
        return self.position

    def literal(self, key: str, start: int) -> tuple[str, int] | None:
        """Return the text of a key's value and where it stands; None if it is not near."""
        pattern = re.compile(rf'"{re.escape(key)}"\s*:\s*"?([^",}}\]\s]+)')
        found = pattern.search(self.text, start, start + _ROW_CHARACTERS)
        return (found[1], found.start(1)) if found else None


def read_results(source: Source, subjects: Subjects) -> tuple[Page, list[Found], list[Unplaced]]:
    """Return the figures of a result file; of a file with very many rows those of the project's targets.

    Raises:
        UsageError: It is no JSON, or its format is not known.
    """
    from harness.figures.audit.formats import format_of  # noqa: PLC0415 - it imports scipy
    from harness.figures.audit.reading import read_json  # noqa: PLC0415 - the same

    document = read_json(source.path)
    its_format = format_of(document, source.path)
    rows = list(islice(its_format.rows(document, source.path), _MOST_OF_ALL))
    page = Page(source, (), title=f"{its_format.name}: {source.path.name}")
    cursor, figures, unplaced = (
        _Cursor(source.text, max(0, source.text.find('"rawData"'))),
        list[Found](),
        list[Unplaced](),
    )
    left_out = 0
    for row in rows:
        target = subjects.only(row.subject) or own_name(row.subject)
        start = cursor.enter(row)
        if len(rows) > MOST_ROWS and target not in subjects.titles:
            left_out += 1
            continue
        for one in _of_row(row, target, cursor, start):
            if isinstance(one, Found):
                figures.append(one)
            else:
                unplaced.append(one)
    if left_out:
        others = f"{counted(left_out, 'row')} of programs that are no targets here"
        reason = f"{others}: only a file of {MOST_ROWS:,} rows is read whole"
        unplaced.append(Unplaced("", 0, reason))
    return page, figures, unplaced


def is_results(path: Path, text: str) -> bool:
    """Return whether a page is a result file in JSON."""
    return path.suffix.lower() == ".json" or text[:256].lstrip().startswith(("{", "[{"))


def _of_row(row: Row, target: str, cursor: _Cursor, start: int) -> Iterator[Found | Unplaced]:
    """Yield the rate and the latencies of a row."""
    if row.subject in _TOOLS or row.subject.startswith("http"):
        yield Unplaced("", start, "the summary of a load tool names no framework", row.name)
        return
    numbers: list[tuple[Reading | None, Quantity, tuple[str, ...]]] = [
        (row.rate_per_s, THROUGHPUT, ()),
        (row.mean_s, LATENCY, ("mean",)),
        *((reading, LATENCY, (_percentile(share),)) for share, reading in row.percentiles),
    ]
    ends = [start]
    for reading, quantity, statistic in numbers:
        key = reading.text.partition(" ")[0] if reading is not None else ""
        literal = cursor.literal(key, start) if key else None
        if reading is None or literal is None:
            continue
        text, offset = literal
        ends.append(offset + len(text))
        unit = _unit(text, reading, quantity)
        if unit is None:
            yield Unplaced(text, offset, f"the text behind {key!r} is not the number of {row.name}", row.place)
        else:
            yield _found(row, target, (text, offset, unit), quantity, (key, statistic))
    cursor.position = max(ends)


def _found(
    row: Row, target: str, printed: tuple[str, int, str], quantity: Quantity, labelled: tuple[str, tuple[str, ...]]
) -> Found:
    (text, offset, unit), (key, statistic) = printed, labelled
    number = _LITERAL.match(text)
    load = () if row.connections is None else (f"{row.connections} connections",)
    depth = () if row.depth == 1 else (f"{row.depth} requests pipelined",)
    return Found(
        printed=text,
        offset=offset,
        label=key,
        section=row.test,
        target=target,
        key="value",
        numbers=(float(number[0]) if number else math.nan,),
        unit=unit,
        quantity=quantity,
        conditions=tuple(filter(None, (row.test, *load, *depth, *statistic))),
    )


def _unit(text: str, reading: Reading, quantity: Quantity) -> str | None:
    """Return the unit of a text that is the number of a row; None if it is another number."""
    number = _LITERAL.match(text)
    if number is None:
        return None
    value = float(number[0])
    if quantity is THROUGHPUT:
        return "req/s" if math.isclose(value, reading.value, rel_tol=1e-9) else None
    return next(
        (unit for scale, unit in _UNITS.items() if math.isclose(value * scale, reading.value, rel_tol=1e-9)), None
    )


def _percentile(share: float) -> str:
    return f"p{f'{share * 100:g}'.replace('.', '')}"
