"""A column of ratios or differences: which framework is over which. The numbers beside it tell, by arithmetic.

A column can change its direction from row to row: `12x` the requests of Flask, and a start that is `2x faster`. So each
row is read by its own two numbers and by the words of its cell.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from harness.figures.directed import Direction, direction_in
from harness.figures.importing.amounts import amounts_in
from harness.figures.importing.found import ABSOLUTE, LESS_OR_OF
from harness.figures.importing.subjects import distinct
from harness.figures.importing.vocabulary import quantity_of, unit_in_label
from harness.figures.importing.words_of_comparison import COMPARED_TO, VERSUS
from harness.figures.printed import unit_named
from harness.metrics import published
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.found import Finder
    from harness.figures.importing.page import Cell
    from harness.figures.importing.subjects import Subjects

    Pair = tuple[str, str]

_CLOSE = 0.06
_PERCENT = 100
_MOST_CELL = 200
_OF_UNIT = {Unit.SECOND: published.LATENCIES, Unit.BYTE: published.MEMORIES, Unit.PER_SECOND: published.THROUGHPUTS}
# What stands between two frameworks whose ratio a head or a row is of.
_BETWEEN = re.compile(
    rf"\s*(?:[/\u00f7:\u2215\u2044]|\b(?:{COMPARED_TO}|{VERSUS}|over|against|divided by|zu|sur|sobre)(?!\w))\s*",
    re.IGNORECASE,
)


class Line(NamedTuple):
    """A ratio with its label, and the cells of the frameworks that it can be of."""

    label: str
    cells: Sequence[tuple[str, Cell]]
    ratio: Cell


class OfRow(NamedTuple):
    """The two frameworks of a ratio, numerator first, and the unit of their numbers; None for one that is not printed.

    `is_difference` is true of a share without a sign that is a difference: `24 %` of 2,100 and 1,700. `doubt`
    is why it is no figure: one by which the first is less, and neither sign nor word says so (`55 %` of 115 and 253),
    or a number that is subtracted and not divided (`+138`).
    """

    pair: Pair
    unit: str | None
    is_difference: bool
    doubt: str | None = None


class _Row(NamedTuple):
    """A row with a ratio and the numbers of its frameworks."""

    number: int
    ratio: Amount
    values: Mapping[str, float]
    unit: str | None
    direction: Direction | None

    def misfit(self, pair: Pair) -> float:
        """Return how far the ratio is from that of two frameworks, as the distance of logarithms."""
        over = self.values[pair[0]] / self.values[pair[1]]
        return min((abs(math.log(one / over)) for one in self._allowed() if one > 0), default=math.inf)

    def fits(self, pair: Pair) -> bool:
        """Return whether the ratio is that of two frameworks, as far as its digits tell."""
        over = self.values[pair[0]] / self.values[pair[1]]
        return any(abs(over - one) <= max(_CLOSE * max(one, 0.1), self._rounding(one)) for one in self._allowed())

    def of(self, pair: Pair) -> OfRow:
        """Return the two frameworks with what a share without a sign and a direction is: a ratio, more, or less."""
        if self.ratio.unit is None and (self.ratio.is_signed or self._is_subtracted(pair)):
            return OfRow(pair, self.unit, is_difference=False, doubt=ABSOLUTE)
        if self.ratio.unit != "%" or self.ratio.is_signed or self.direction is not None:
            return OfRow(pair, self.unit, is_difference=False)
        over = self.values[pair[0]] / self.values[pair[1]]
        _, more, less = distances = [abs(over - one) for one in self._allowed()]
        nearest = min(distances)
        return OfRow(pair, self.unit, is_difference=more == nearest, doubt=LESS_OR_OF if less == nearest else None)

    def _is_subtracted(self, pair: Pair) -> bool:
        known = unit_named(self.unit) if self.unit else None
        between = abs(self.values[pair[0]] - self.values[pair[1]]) / (known.factor if known else 1.0)
        is_near = abs(self.ratio.low * self.ratio.multiplier - between) <= _CLOSE * between
        return is_near and not self.fits(pair) and not self.fits(pair[::-1])

    def _rounding(self, allowed: float) -> float:
        _, point, decimals = self.ratio.digits.replace(",", ".").rpartition(".")
        half = 0.5 * 10.0 ** -(len(decimals) if point else 0)
        return half / _PERCENT if self.ratio.unit == "%" else half * min(1.0, allowed**2)

    def _allowed(self) -> tuple[float, ...]:
        """Return the values of numerator over denominator that the printed ratio allows."""
        number = self.ratio.low * self.ratio.multiplier
        if self.ratio.unit != "%":
            return (1 / number,) if self.direction is Direction.DOWN and number >= 1 else (number,)
        share = number / _PERCENT
        if self.ratio.is_signed or self.direction is Direction.UP:
            return (1 + share,)
        return (share, 1 + share, 1 - share) if self.direction is None else (1 - share, 1 / (1 + share))


def sides_of(finder: Finder, head: str, lines: Sequence[Line]) -> list[OfRow | None]:
    """Return the two frameworks of each ratio of a column or a row; None for all if most of them fit no pair.

    Args:
        finder: The finder of the page.
        head: The head of the column or row, which may name its frameworks.
        lines: Its ratios.
    """
    named = {one.target for one in finder.subjects.mentions(head)} | {*pair_in(finder.subjects, head)}
    rows = list(_rows(finder, lines))
    names = list(dict.fromkeys(name for line in lines for name, _ in line.cells))
    fitting = [
        pair
        for pair in combinations(names, 2)
        if (not named or named <= set(pair))
        and 2 * sum({*pair} <= row.values.keys() and any(map(row.fits, (pair, pair[::-1]))) for row in rows) > len(rows)
    ]
    sides: list[OfRow | None] = [None] * len(lines)
    if len(fitting) != 1:
        return sides
    [pair] = fitting
    rows = [row for row in rows if {*pair} <= row.values.keys()]
    both = [pair_in(finder.subjects, head) or pair, pair, pair[::-1]]
    alone = Counter(fits[0] for row in rows if len(fits := [one for one in both[1:] if row.fits(one)]) == 1)
    for row in rows:
        sides[row.number] = row.of(_pair_of(row, both, alone))
    return sides


def _pair_of(row: _Row, both: Sequence[Pair], alone: Counter[Pair]) -> Pair:
    """Return the direction of a row: by its numbers, else that of its column, else the nearest one."""
    fits = [one for one in both[1:] if row.fits(one)]
    if len(fits) == 1:
        return fits[0]
    if len(alone) == 1:
        return next(iter(alone))
    return both[0] if fits else min(both[1:], key=row.misfit)


def pair_in(subjects: Subjects, text: str) -> Pair | tuple[()]:
    """Return the two frameworks of a ratio in a text, `Gin / Flask` or `Ratio (Gin vs Flask)`; empty without one."""
    for between in _BETWEEN.finditer(text):
        before, behind = text[: between.start()], text[between.end() :]
        sides = [_named(subjects, re.split(r"[(:]", before)[-1]), _named(subjects, re.split(r"[),]", behind)[0])]
        if sides[0] and sides[1] and sides[0] != sides[1]:
            return sides[0], sides[1]
    return ()


def _named(subjects: Subjects, text: str) -> str | None:
    named = distinct(subjects.mentions(text))
    return subjects.only(text) or (named[0] if len(named) == 1 else None)


def _rows(finder: Finder, lines: Sequence[Line]) -> Iterator[_Row]:
    for number, line in enumerate(lines):
        amounts = {name: amount for name, cell in line.cells if (amount := _amount(finder, cell))}
        ratio = _amount(finder, line.ratio)
        unit = next((one.unit for one in amounts.values() if one.unit), None) or unit_in_label(line.label)
        values = {name: _value(one, unit) for name, one in amounts.items() if one.low > 0}
        if ratio is None or ratio.unit not in {"x", "%", None} or len(values) < 2:  # noqa: PLR2004 - two sides
            continue
        known = unit_named(unit) if unit else None
        metric = quantity_of(line.label, unit, line.label).metric if unit else None
        metric = metric or (_OF_UNIT.get(known.base) if known else None)
        words = (line.ratio.plain[:_MOST_CELL], line.label)
        direction = next((found[0] for text in words if (found := direction_in(text, metric))), None)
        yield _Row(number, ratio, values, unit, direction)


def _value(amount: Amount, of_row: str | None) -> float:
    """Return a number in its base unit, so that 1.49 ms and 295 µs have a ratio; a bare one has the unit of its row."""
    name = amount.unit or of_row
    unit = unit_named(name) if name else None
    return amount.low * amount.multiplier * (unit.factor if unit else 1.0)


def _amount(finder: Finder, cell: Cell) -> Amount | None:
    return next(amounts_in(cell.plain[:_MOST_CELL], finder.convention), None)
