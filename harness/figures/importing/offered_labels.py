"""Labels and heads of tables whose rates are those of the load: `Target RPS`, `Requests/s (offered)`, `Débit demandé`.

Such a rate is the load of the other numbers of its row or column, and no result. A throughput that is a target can be a
goal as well, so it is the load of nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.figures.importing.amounts import amounts_in
from harness.figures.importing.of_label import offered_rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.figures.importing.numerals import Convention
    from harness.figures.importing.page import Cell

_GIVEN = (
    r"(?:target(?:ed)?|offered|requested|configured|nominal|arrival|planned|scheduled|desired|intended|attempted|injected"
    r"|injection|input|incoming|constant|fixed|angebotene|angeforderte|konfigurierte|eingestellte|vorgegebene|feste|konstante)"
)
_GIVEN_BEHIND = (
    r"(?:offered|requested|configured|nominal|scheduled|intended|injected|angeboten|angefordert|konfiguriert|eingestellt"
    r"|demandée?|configurée?|offerte?|imposée?|ofrecid[oa]|solicitad[oa]|configurad[oa]|oferecid[oa])"
)
_PER_S = r"(?:\s?/\s?|\s(?:per|pro)\s)s(?:ec(?:ond)?|ekunde)?"
_RATE = rf"(?:rate|k?rps|k?qps|(?:req(?:uest)?s?|anfragen){_PER_S}|anfragerate|débit|tasa|taxa)"
_LOAD = r"(?:load|req(?:uest)?s?|last|charge|carga)"
OFFERED = (
    rf"\b{_GIVEN}\s(?:request\s)?(?:{_RATE}|{_LOAD}|throughput)(?!\w)|\b(?:{_RATE}|{_LOAD})\s?[(\[,:]?\s?{_GIVEN_BEHIND}(?!\w)"
    r"|\b(?:ziel|soll)-?(?:rate|last)\b"
)
"""The words of a label that names an offered rate."""
_OFFERED = re.compile(OFFERED, re.IGNORECASE)
_NAMES_RATE = re.compile(rf"(?<!\w){_RATE}(?!\w)|\b(?:ziel|soll)-?rate\b", re.IGNORECASE)
_THROUGHPUT = re.compile(r"\bthroughput\b", re.IGNORECASE)
_THOUSANDS = re.compile(r"\bk(?=rps|qps|\s?req)|\bthousand\b|\btsd\b", re.IGNORECASE)
# The head of the rows of a table whose columns are frameworks.
_OF_ROWS = re.compile(
    rf"(?:(?:request\s|arrival\s)?rate|load|last|charge|carga|tasa|taxa|débit|anfragerate|{_RATE})(?:\s(?:cible|visée?|objetivo|alvo|target))?\s?(?:[(\[]\s?{_RATE}\s?[)\]])?",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def names_offered(label: str) -> bool:
    """Return whether a label names an offered rate, so that its numbers are a load and no result."""
    return _OFFERED.search(label) is not None and _THROUGHPUT.search(label) is None


def heads_loads(head: str) -> bool:
    """Return whether a head of the rows of a table, whose columns are frameworks, names their loads."""
    return names_offered(head) or (_OF_ROWS.fullmatch(head) is not None and _NAMES_RATE.search(head) is not None)


def load_of(label: str, text: str, convention: Convention) -> tuple[str, ...]:
    """Return the load that a cell states for its row or column as a condition; none if it is no single rate.

    Args:
        label: The label or the head of the cell, which names an offered rate.
        text: The cell.
        convention: How its page writes numbers.
    """
    amounts = list(amounts_in(text, convention))
    if len(amounts) != 1:
        return ()
    [rate] = amounts
    is_rate = rate.unit == "req/s" or (rate.unit is None and _NAMES_RATE.search(label) is not None)
    if not is_rate or rate.key != "value" or rate.is_signed:
        return ()
    return (offered_rate(rate, 1e3 if rate.unit is None and _THOUSANDS.search(label) else 1.0),)


def loads_in_columns(heads: Mapping[int, str], row: Sequence[Cell], convention: Convention) -> Iterator[str]:
    """Yield the loads that a row has in columns of offered rates, by the heads of the columns."""
    for number, head in heads.items():
        if number < len(row) and names_offered(head):
            yield from load_of(head, row[number].plain, convention)


@dataclass(frozen=True, slots=True)
class OfferedRows:
    """The rows of a table that have offered rates, `Target RPS`, with the load of each column in them, by its number.

    A rate is the load of the rows below it. If there is one row of rates, it is the load of all rows.
    """

    rows: Mapping[int, Mapping[int, tuple[str, ...]]]

    @classmethod
    def of(cls, labels: Sequence[str], body: Sequence[Sequence[Cell]], convention: Convention) -> OfferedRows:
        """Return the rows of offered rates of a table.

        Args:
            labels: The labels of its rows.
            body: Its rows.
            convention: How its page writes numbers.
        """
        found: dict[int, dict[int, tuple[str, ...]]] = {}
        for at, (label, row) in enumerate(zip(labels, body, strict=True)):
            loads = enumerate(load_of(label, cell.plain, convention) for cell in row) if names_offered(label) else ()
            if of_columns := {number: load for number, load in loads if load}:
                found[at] = of_columns
        return cls(found)

    def load(self, at: int, number: int) -> tuple[str, ...]:
        """Return the load of a column in a row; none without one."""
        above = [row for row in self.rows if row < at or len(self.rows) == 1]
        return self.rows[above[-1]].get(number, ()) if above else ()
