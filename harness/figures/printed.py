"""What a printed number says: its unit, and how far rounding lets it reach.

Pure arithmetic on what a page prints; it knows neither targets nor runs. `MB` is 10^6 bytes and `KB` 10^3, as printed:
whoever means 2^20 writes MiB.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.units import Unit, significant

APPROXIMATION = 0.10  # what `~` allows on either side, as a share of the number

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class PrintedUnit:
    """A unit as pages print it; `base = printed * factor + offset`."""

    name: str
    base: Unit
    factor: float = 1.0
    offset: float = 0.0

    def __str__(self) -> str:
        return self.name

    def to_base(self, printed: float) -> float:
        """Convert a number in this unit to the base unit."""
        return printed * self.factor + self.offset

    def from_base(self, value: float) -> float:
        """Convert a number in the base unit to this unit."""
        return (value - self.offset) / self.factor

    def say(self, value: float) -> str:
        """Format a number in the base unit as the page would print it: `6,120 req/s`, `14.2x`, `-92.9%`."""
        if self.offset:
            return f"{'+' if value > self.offset else ''}{self._number(value)}%"
        return f"{self._number(value)}{'' if self.name in _UNSPACED else ' '}{self.name}"

    def say_interval(self, estimate: float, low: float, high: float) -> str:
        """Format a number in the base unit with its interval, unless it is exact: `6,120 req/s [5,980, 6,260]`."""
        if low == high:
            return self.say(estimate)
        return f"{self.say(estimate)} [{self._number(low)}, {self._number(high)}]"

    def _number(self, value: float) -> str:
        return significant(self.from_base(value))


_UNSPACED = frozenset({"x", "%"})
_COUNTS = ("connections", "extensions", "lines", "packages", "positions", "stars", "users", "words")

UNITS = {
    unit.name: unit
    for unit in (
        PrintedUnit("req/s", Unit.PER_SECOND),
        PrintedUnit("µs", Unit.SECOND, 1e-6),
        PrintedUnit("ms", Unit.SECOND, 1e-3),
        PrintedUnit("s", Unit.SECOND),
        PrintedUnit("minutes", Unit.SECOND, 60.0),
        PrintedUnit("hours", Unit.SECOND, 3_600.0),
        PrintedUnit("weeks", Unit.SECOND, 7 * 86_400.0),
        PrintedUnit("years", Unit.SECOND, 365.25 * 86_400.0),
        PrintedUnit("KB", Unit.BYTE, 1e3),
        PrintedUnit("MB", Unit.BYTE, 1e6),
        PrintedUnit("x", Unit.ONE),
        PrintedUnit("%", Unit.ONE, 0.01),
        PrintedUnit("% difference", Unit.ONE, 0.01, 1.0),  # -94% is a ratio of 0.06
        PrintedUnit("thousand", Unit.ONE, 1e3),
        *(PrintedUnit(name, Unit.ONE) for name in _COUNTS),
    )
}


def numbers_in(printed: str) -> tuple[str, ...]:
    """Return the digits of every number of a phrase, in order: `~15,000-25,000` gives `15000` and `25000`."""
    return tuple(text.replace(",", "") for text in _NUMBER.findall(printed))


def last_place(digits: str) -> float:
    """Return the unit of the last digit that carries information.

    Zeros at the end of a whole number fill places, but the first two digits always count: 78200 is read to the
    hundred, 30000 to the thousand, 10 to the unit. Printed decimals all count.
    """
    whole, _, decimals = digits.partition(".")
    if decimals:
        return 10.0 ** -len(decimals)
    zeros = len(whole) - len(whole.rstrip("0"))
    return 10.0 ** max(0, min(zeros, len(whole) - 2))


def rounding_of(printed: str, numbers: tuple[str, ...]) -> float:
    """Return how far the true value may lie from the numbers of a printed phrase, in the printed unit.

    Half the last place, the coarsest of a range; where the page says `~`, a tenth of the smallest number if that is
    more.
    """
    half = max(map(last_place, numbers)) / 2
    return max(half, APPROXIMATION * min(map(float, numbers))) if "~" in printed else half
