"""The tables that load tools write as CSV: the results of Locust and of ab, by their heads.

Rows of single requests, and of the seconds of a run, have no result: a figure is a number that the file has.

Sources: locustio/locust locust/stats.py; Apache's support/ab.c; rakyll/hey requester/print.go; grafana/k6
output/csv; Apache JMeter's CSV logs.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from harness.figures.importing.found import CELL, Found
from harness.figures.importing.vocabulary import LATENCY, THROUGHPUT, Quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.importing.found import Finder, Place
    from harness.figures.importing.page import Cell, Table

_SAMPLES = {
    "a row for each request of hey": {"response-time", "Response-delay", "status-code"},
    "a row for each request of oha": {"request-start", "request-duration", "status"},
    "a row for each sample of k6": {"metric name", "timestamp", "metric value"},
    "a row for each request of JMeter": {"timeStamp", "elapsed", "label"},
    "a row for each request of ab": {"starttime", "ctime", "dtime", "ttime"},
    "a row for each second of Locust": {"Timestamp", "User Count", "Requests/s"},
}
_LOCUST = {"Type", "Name", "Request Count", "Average Response Time", "Requests/s"}
_AB = {"Percentage served", "Time in ms"}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SHARE = re.compile(r"(?P<share>\d\d(?:\.9+)?)%")
_SHARES_OF_AB = frozenset({"50", "90", "95", "99"})
_TOTALS = frozenset({"Aggregated", "Total"})
_USERS = "users of Locust, whose number and pauses the file does not state"


class _Column(NamedTuple):
    """A column with a result: what its numbers are of, their unit, and what its head states."""

    quantity: Quantity
    unit: str
    stated: tuple[str, ...] = ()

    def stating(self, conditions: tuple[str, ...]) -> _Column:
        """Return the column with further conditions, before those of its head."""
        return self._replace(stated=(*conditions, *self.stated))


_COLUMNS = {
    "Requests/s": _Column(THROUGHPUT, "req/s"),
    "Average Response Time": _Column(LATENCY, "ms", ("mean",)),
    "Median Response Time": _Column(LATENCY, "ms", ("median",)),
}


def are_samples(heads: Sequence[str]) -> bool:
    """Return whether a table has a row for each request or second of a run, by its heads."""
    return _samples(heads) is not None


def read_tool_table(finder: Finder, table: Table, place: Place) -> bool:
    """Find the figures of a table that a load tool has written; return whether it is one."""
    if table.heads != 1:
        return False
    heads = [cell.plain for cell in table.rows[0]]
    body = table.rows[1:]
    if samples := _samples(heads):
        finder.refuse("", table.rows[0][0].text.offset(0), f"{samples}, and no result", ", ".join(heads))
    elif set(heads) >= _LOCUST:
        _read_locust(finder, heads, body, place)
    elif set(heads) == _AB:
        for share, time in (row for row in body if len(row) == len(heads)):
            if share.plain in _SHARES_OF_AB:
                _keep(finder, time, f"{share.plain}%", _of_share(share.plain), place)
    else:
        return False
    return True


def _samples(heads: Sequence[str]) -> str | None:
    known = {head.strip().replace("_", " ") for head in heads}
    return next((name for name, needed in _SAMPLES.items() if needed <= known), None)


def _of_share(share: str) -> _Column:
    return _Column(LATENCY, "ms", (f"p{share.replace('.', '')}",))


def _column(head: str) -> _Column | None:
    share = _SHARE.fullmatch(head)
    return _of_share(share["share"]) if share else _COLUMNS.get(head)


def _read_locust(finder: Finder, heads: Sequence[str], body: Sequence[Sequence[Cell]], place: Place) -> None:
    """Read the results of Locust: those of each request, and of all together where there are several."""
    columns = {number: column for number, head in enumerate(heads) for column in [_column(head)] if column}
    of_type, of_name, of_count = map(heads.index, ("Type", "Name", "Request Count"))
    rows = [row for row in body if len(row) == len(heads) and row[of_count].plain != "0"]
    requests = [row for row in rows if row[of_name].plain not in _TOTALS or row[of_type].plain]
    is_single = len(requests) == 1 < len(rows)
    for row in rows:
        name = f"{row[of_type].plain} {row[of_name].plain}".strip()
        if is_single and row is requests[0]:
            continue  # the row of all requests has the same numbers
        of_row = place if is_single else replace(place, section=name)
        stated = (_USERS,) if is_single else (name, _USERS)
        for number, column in columns.items():
            _keep(finder, row[number], heads[number], column.stating(stated), of_row)


def _keep(finder: Finder, cell: Cell, label: str, column: _Column, place: Place) -> None:
    """Keep the number of a cell as a figure; tools write a decimal point and no groups."""
    if not _NUMBER.fullmatch(cell.plain) or not finder.affords(CELL, cell.text):
        return
    offset = cell.text.offset(cell.text.plain.index(cell.plain))
    if place.subject is None:
        finder.refuse(cell.plain, offset, "the output of a load tool names no framework", label)
        return
    finder.keep(
        Found(
            printed=cell.plain,
            offset=offset,
            label=label,
            section=place.section,
            target=place.subject,
            key="value",
            numbers=(float(cell.plain),),
            unit=column.unit,
            quantity=column.quantity,
            conditions=place.with_conditions(place.subject, *column.stated),
            digits=cell.plain,
        )
    )
