"""The rule of all rows of one test: a highest rate that too many programs share is the limit of something else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.figures.audit.rows import Loop
from harness.figures.audit.rules import CEILING_ROWS, CEILING_SHARE, CEILING_WIDTH, LEAST_COMPARED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.figures.audit.rows import Row

_BELOW = 0.12  # the rates from here to the ceiling's width below it hold few rows, if a limit cuts the rates off
_SLOW = 0.80  # below this share of the highest rate a program has a rate of its own
_SLOW_SHARE = 0.1
_SLOW_ROWS = 2


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A rate that many programs of one test share.

    Attributes:
        rows: The rows at the ceiling, the fastest first, one for each program.
        compared: The number of programs of this test.
        below: The number of programs in the 10 % below.
    """

    rows: tuple[Row, ...]
    compared: int
    below: int

    @property
    def rates(self) -> tuple[float, float]:
        """Lowest and highest rate of the shared ceiling, in 1/s."""
        rates = [rate_of(row) for row in self.rows]
        return min(rates), max(rates)


def ceilings(rows: Iterable[Row]) -> Iterator[Ceiling]:
    """Yield the shared ceilings, at most one for each test and number of connections."""
    tests: dict[tuple[str, int | None], dict[str, Row]] = defaultdict(dict)
    for row in rows:
        if row.loop is not Loop.UNKNOWN and rate_of(row) > 0:
            best = tests[row.test, row.connections]
            if row.subject not in best or rate_of(best[row.subject]) < rate_of(row):
                best[row.subject] = row
    for programs in tests.values():
        ceiling = _ceiling(sorted(programs.values(), key=rate_of, reverse=True))
        if ceiling is not None:
            yield ceiling


def rate_of(row: Row) -> float:
    """Return the rate of a row's answers, in 1/s; 0 without one."""
    rates = row.rates
    return rates[1].value if row.rate_per_s is None and rates is not None else _stated(row)


def _stated(row: Row) -> float:
    return row.rate_per_s.value if row.rate_per_s is not None else 0.0


def _ceiling(ranked: list[Row]) -> Ceiling | None:
    """Return the ceiling of one test's programs, the fastest first; None if their rates have no such limit."""
    if len(ranked) < LEAST_COMPARED:
        return None
    highest = rate_of(ranked[0])
    at_ceiling = tuple(row for row in ranked if rate_of(row) >= highest * (1 - CEILING_WIDTH))
    below = sum(highest * (1 - _BELOW) <= rate_of(row) < highest * (1 - CEILING_WIDTH) for row in ranked)
    slow = sum(rate_of(row) < highest * _SLOW for row in ranked)
    is_shared = len(at_ceiling) >= max(CEILING_ROWS, CEILING_SHARE * len(ranked)) and below <= len(at_ceiling) / 2
    if is_shared and slow >= max(_SLOW_ROWS, _SLOW_SHARE * len(ranked)):
        return Ceiling(at_ceiling, len(ranked), below)
    return None
