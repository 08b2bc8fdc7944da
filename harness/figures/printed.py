"""Printed numbers: their units and their rounding.

Pure arithmetic; it must not know targets or runs. `MB` is read as 10^6 bytes and `KB` as 10^3 bytes. Many pages mean
2^20 and 2^10 bytes by them, so a verdict takes both readings (`binary_factor`).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from harness.units import Unit, significant

APPROXIMATION = 0.10  # the tolerance of `~` on each side, as a share of the number

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class PrintedUnit:
    """A printed unit; `base = (printed * factor + offset) ** power`.

    Attributes:
        power: 1, or -1 for `6x less`, which is a sixth.
    """

    name: str
    base: Unit
    factor: float = 1.0
    offset: float = 0.0
    power: int = 1

    def __str__(self) -> str:
        return self.name

    @property
    def falls(self) -> bool:
        """Whether a larger printed number is a smaller one in the base unit: `90 % less`."""
        return self.factor < 0 or self.power < 0

    def to_base(self, printed: float) -> float:
        """Return a number in this unit converted to the base unit."""
        return self._to_power(printed * self.factor + self.offset)

    def from_base(self, value: float) -> float:
        """Return a number in the base unit converted to this unit."""
        return (self._to_power(value) - self.offset) / self.factor

    def slope(self, printed: float) -> float:
        """Return how much the number in the base unit changes with the printed one, without its sign."""
        return abs(self.factor * (self.to_base(printed) ** 2 if self.power < 0 else 1.0))

    def _to_power(self, value: float) -> float:
        if self.power > 0:
            return value
        return 1 / value if value else math.inf

    def say(self, value: float) -> str:
        """Return a number in the base unit as text in this unit: `6,120 req/s`, `14.2x`, `-92.9%`, `6.4x less`."""
        if self.name == _DIFFERENCE:
            return f"{self.number(value)}%"
        return f"{self.number(value)}{'' if self.name.startswith(_UNSPACED) else ' '}{self.name}"

    def say_interval(self, estimate: float, low: float, high: float) -> str:
        """Return the same with the interval, unless the number is exact: `6,120 req/s [5,980, 6,260]`."""
        return self.say(estimate) if low == high else f"{self.say(estimate)} {self.say_ends(low, high)}"

    def say_ends(self, low: float, high: float) -> str:
        """Return an interval without its unit: `[5,980, 6,260]`."""
        return f"[{', '.join(map(self.number, sorted((low, high), key=self.from_base)))}]"

    def number(self, value: float) -> str:
        """Return a number in the base unit as text without the unit; a difference has its sign, a count no decimals."""
        printed = self.from_base(value)
        if self.name in _COUNTS and printed.is_integer() and abs(printed) < _LONG_COUNT:
            return f"{printed:.0f}"
        sign = "+" if self.name == _DIFFERENCE and value > self.offset else ""
        return f"{sign}{significant(printed)}"


_UNSPACED = ("x", "%")
_DIFFERENCE = "% difference"
_COUNTS = ("connections", "dependencies", "extensions", "lines", "packages", "positions", "stars", "users", "words")
_LONG_COUNT = 1_000  # from here on a count is rounded as any other number

UNITS = {
    unit.name: unit
    for unit in (
        PrintedUnit("req/s", Unit.PER_SECOND),
        PrintedUnit("req/min", Unit.PER_SECOND, 1 / 60),
        PrintedUnit("req/hour", Unit.PER_SECOND, 1 / 3_600),
        PrintedUnit("req/day", Unit.PER_SECOND, 1 / 86_400),
        PrintedUnit("ns", Unit.SECOND, 1e-9),
        PrintedUnit("µs", Unit.SECOND, 1e-6),
        PrintedUnit("ms", Unit.SECOND, 1e-3),
        PrintedUnit("s", Unit.SECOND),
        PrintedUnit("minutes", Unit.SECOND, 60.0),
        PrintedUnit("hours", Unit.SECOND, 3_600.0),
        PrintedUnit("days", Unit.SECOND, 86_400.0),
        PrintedUnit("weeks", Unit.SECOND, 7 * 86_400.0),
        PrintedUnit("years", Unit.SECOND, 365.25 * 86_400.0),
        PrintedUnit("KB", Unit.BYTE, 1e3),
        PrintedUnit("MB", Unit.BYTE, 1e6),
        PrintedUnit("GB", Unit.BYTE, 1e9),
        PrintedUnit("KiB", Unit.BYTE, 2.0**10),
        PrintedUnit("MiB", Unit.BYTE, 2.0**20),
        PrintedUnit("GiB", Unit.BYTE, 2.0**30),
        PrintedUnit("x", Unit.ONE),
        PrintedUnit("%", Unit.ONE, 0.01),
        PrintedUnit(_DIFFERENCE, Unit.ONE, 0.01, 1.0),  # -94% is a ratio of 0.06
        PrintedUnit("thousand", Unit.ONE, 1e3),
        PrintedUnit("million", Unit.ONE, 1e6),
        *(PrintedUnit(name, Unit.ONE) for name in _COUNTS),
    )
}

# Other spellings of a unit. U+03BC is the Greek letter, and the name above has U+00B5.
SPELLINGS = {
    "us": "µs",
    "usec": "µs",
    "msec": "ms",
    "milliseconds": "ms",
    "microseconds": "µs",
    "nanoseconds": "ns",
    "\u03bcs": "µs",
    "sec": "s",
    "secs": "s",
    "seconds": "s",
    "mins": "minutes",
    "min": "minutes",
    "kB": "KB",
    "req/sec": "req/s",
    "requests/s": "req/s",
    "requests/sec": "req/s",
    "requests/second": "req/s",
    "requests per second": "req/s",
    "rps": "req/s",
    "requests/min": "req/min",
    "requests/hour": "req/hour",
    "requests/day": "req/day",
    "\u00d7": "x",
}
_ANY_CASE = {name.casefold(): name for name in (*UNITS, *SPELLINGS)}
_APPROXIMATE = re.compile(
    r"[~\u2248\u223c\u7d04\u7ea6]|\b(?:about|around|approximately|approx|circa|ca|roughly|nearly|almost|etwa|rund|ungefähr|knapp|environ|"
    r"presque|aproximadamente|unos|unas|casi|cerca de)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def unit_named(name: str, base: Unit | None = None) -> PrintedUnit | None:
    """Return the unit of a name or of another spelling; None if it is unknown.

    Args:
        name: `ms`, or `us` for `µs`.
        base: The base unit of the figure's metric: a thousand can be a thousand requests per second.
    """
    known = name if name in UNITS or name in SPELLINGS else _ANY_CASE.get(name.casefold(), name)
    unit = UNITS.get(SPELLINGS.get(known, known))
    if unit and base is Unit.PER_SECOND and unit.name in {"thousand", "million"}:
        return PrintedUnit(f"{unit.name} req/s", base, unit.factor)
    return unit


def is_approximate(printed: str) -> bool:
    """Return whether a phrase calls its number approximate: `~2,500`, `about 51,000`."""
    return _APPROXIMATE.search(printed) is not None


_BINARY = {"KB": 2.0**10, "MB": 2.0**20, "GB": 2.0**30}


def binary_factor(unit: PrintedUnit) -> float | None:
    """Return by how much a unit of bytes is larger if the page means 2^20 by MB; None for any other unit."""
    return _BINARY[unit.name] / unit.factor if unit.name in _BINARY else None


def numbers_in(printed: str) -> tuple[str, ...]:
    """Return the digits of all numbers in a phrase, in order: `~15,000-25,000` gives `15000` and `25000`."""
    return tuple(text.replace(",", "") for text in _NUMBER.findall(printed))


def last_place(digits: str) -> float:
    """Return the place value of the last significant digit.

    Trailing zeros of a whole number are not significant, but the first two digits always are: 78200 has a precision of
    100, 30000 of 1,000, 10 of 1. All printed decimals are significant. An exponent multiplies: that of 2.5e3 is 100.
    """
    mantissa, _, power = digits.partition("e")
    whole, _, decimals = mantissa.partition(".")
    scale = 10.0 ** int(power or 0)
    if decimals:
        return scale * 10.0 ** -len(decimals)
    zeros = len(whole) - len(whole.rstrip("0"))
    return scale * 10.0 ** max(0, min(zeros, len(whole) - 2))


def rounding_of(numbers: tuple[str, ...]) -> float:
    """Return the rounding of printed numbers: the largest distance to the true value, in printed units.

    It is half the place value of the last significant digit, for a range the larger of the two.
    """
    return max(map(last_place, numbers)) / 2


def tolerance_of(printed: str, numbers: tuple[str, ...]) -> float:
    """Return the printed tolerance, in printed units: with `~` or "about" a tenth of the smallest number, else 0."""
    return APPROXIMATION * min(map(float, numbers)) if is_approximate(printed) else 0.0
