"""Printed numbers: their units and their rounding.

Pure arithmetic; it must not know targets or runs. `MB` is 10^6 bytes and `KB` is 10^3 bytes, because MiB and KiB are
the units of 2^20 and 2^10 bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.units import Unit, significant

APPROXIMATION = 0.10  # the tolerance of `~` on each side, as a share of the number

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class PrintedUnit:
    """A printed unit; `base = printed * factor + offset`."""

    name: str
    base: Unit
    factor: float = 1.0
    offset: float = 0.0

    def __str__(self) -> str:
        return self.name

    def to_base(self, printed: float) -> float:
        """Return a number in this unit converted to the base unit."""
        return printed * self.factor + self.offset

    def from_base(self, value: float) -> float:
        """Return a number in the base unit converted to this unit."""
        return (value - self.offset) / self.factor

    def say(self, value: float) -> str:
        """Return a number in the base unit as text in this unit: `6,120 req/s`, `14.2x`, `-92.9%`."""
        if self.offset:
            return f"{'+' if value > self.offset else ''}{self._number(value)}%"
        return f"{self._number(value)}{'' if self.name in _UNSPACED else ' '}{self.name}"

    def say_interval(self, estimate: float, low: float, high: float) -> str:
        """Return the same with the interval, unless the number is exact: `6,120 req/s [5,980, 6,260]`."""
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
    """Return the digits of all numbers in a phrase, in order: `~15,000-25,000` gives `15000` and `25000`."""
    return tuple(text.replace(",", "") for text in _NUMBER.findall(printed))


def last_place(digits: str) -> float:
    """Return the place value of the last significant digit.

    Trailing zeros of a whole number are not significant, but the first two digits always are: 78200 has a precision of
    100, 30000 of 1,000, 10 of 1. All printed decimals are significant.
    """
    whole, _, decimals = digits.partition(".")
    if decimals:
        return 10.0 ** -len(decimals)
    zeros = len(whole) - len(whole.rstrip("0"))
    return 10.0 ** max(0, min(zeros, len(whole) - 2))


def rounding_of(printed: str, numbers: tuple[str, ...]) -> float:
    """Return the rounding of the numbers in a printed phrase: the largest distance to the true value, in printed units.

    It is half the place value of the last significant digit, for a range the larger of the two. With `~` it is at least
    a tenth of the smallest number.
    """
    half = max(map(last_place, numbers)) / 2
    return max(half, APPROXIMATION * min(map(float, numbers))) if "~" in printed else half
