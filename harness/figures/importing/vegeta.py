"""The report of vegeta: percentiles of latencies under an offered rate, and the rate that was answered.

Source: tsenart/vegeta lib/reporters.go (`NewTextReporter`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.figures.conditions import understand
from harness.figures.importing.found import Found
from harness.figures.importing.vocabulary import LATENCY, THROUGHPUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.figures.importing.found import Finder, Place
    from harness.figures.importing.source import Text

_INDENT = r"^[^\S\n]*"
REPORT = re.compile(rf"{_INDENT}Requests\s+\[total, rate", re.MULTILINE)
"""A line that every report has."""
_LINE = re.compile(rf"{_INDENT}(?P<name>Requests|Latencies)\s+\[(?P<heads>[^\]\n]+)\]\s+(?P<cells>\S.*)$", re.MULTILINE)
_CELL = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ns|µs|us|ms|s)?(?=,|\s*$)")
_STATISTICS = {"mean": "mean", "50": "p50", "90": "p90", "95": "p95", "99": "p99"}


def read_vegeta(finder: Finder, text: Text, place: Place, conditions: tuple[str, ...]) -> None:
    """Find the latencies and the answered rate of a report.

    Args:
        finder: What the readers of the page share.
        text: The output.
        place: Its section, with its framework.
        conditions: What the page states for it; the report itself states the rate if these do not.
    """
    for line in _LINE.finditer(text.plain):
        cells = dict(_cells(line))
        if (rate := cells.get("rate")) and understand(conditions).rate_per_s is None:
            conditions = (*conditions, f"{float(rate['number']):,.12g} req/s offered")
        for head, cell in cells.items():
            is_latency = line["name"] == "Latencies"
            statistic = _STATISTICS.get(head) if is_latency else None
            if (is_latency and not (statistic and cell["unit"])) or (not is_latency and head != "throughput"):
                continue
            label, offset = f"{line['name']} {head}", text.offset(cell.start())
            if place.subject is None:
                finder.refuse(cell[0], offset, "the output of a load tool names no framework", label)
                continue
            finder.keep(
                Found(
                    printed=cell[0],
                    offset=offset,
                    label=label,
                    section=place.section,
                    target=place.subject,
                    key="value",
                    numbers=(float(cell["number"]),),
                    unit=cell["unit"] if is_latency else "req/s",
                    quantity=LATENCY if is_latency else THROUGHPUT,
                    conditions=(*([statistic] if statistic else []), *conditions),
                    digits=cell["number"],
                )
            )


def _cells(line: re.Match[str]) -> Iterator[tuple[str, re.Match[str]]]:
    """Yield the head and the number of each column; of a time in several units, `1m2s`, nothing."""
    start = line.start("cells")
    for head, cell in zip(line["heads"].split(","), line["cells"].split(","), strict=False):
        begin = start + len(cell) - len(cell.lstrip())
        if found := _CELL.match(line.string, begin, line.end("cells")):
            yield head.strip(), found
        start += len(cell) + 1
