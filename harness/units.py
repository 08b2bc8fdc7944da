"""Base units of all stored numbers, and their conversion to human units for printing.

Every number inside the harness is in seconds, bytes, 1/s or 1. Only this module converts and rounds numbers for people.
Stored numbers are never rounded.
"""

from __future__ import annotations

import math
import re
from enum import StrEnum


class Unit(StrEnum):
    """The base units of every stored number."""

    SECOND = "s"
    BYTE = "B"
    PER_SECOND = "1/s"
    SECOND_PER_SECOND = "s/s"
    ONE = "1"


_TIME_STEPS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
_SHARE_STEPS = tuple((divisor, f"{name}/s") for divisor, name in _TIME_STEPS)
_BYTE_STEPS = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"))

SMALL_FACTOR = 1.5
"""A smaller factor between two numbers is said in percent."""

WIDE_FACTOR = 1.5
"""The largest factor between the ends of an interval of which the estimate may be quoted: about ± 22 %."""

VAGUE_FACTOR = 10.0
"""The least factor between the ends of an interval whose estimate is not printed beside it."""

_LEAST_PLAIN, _LEAST_LARGE = 1e-4, 1e9  # numbers between them have no exponent
_EXPONENT = re.compile(r"e(?:\+|(?P<minus>-))0*")


def significant(value: float, digits: int = 3) -> str:
    """Format a number with `digits` significant digits and thousands separators: `6,120`.

    From 10^9, and below 10^-4, it has an exponent: `3.16e11`.
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    rounded = round(value, _decimals(value, digits))
    if not _LEAST_PLAIN <= abs(rounded) < _LEAST_LARGE:
        return _short_exponent(f"{value:.{digits - 1}e}")
    return f"{rounded:,.{max(0, _decimals(rounded, digits))}f}"  # 9.996 rounds to 10.0: one decimal less


def unrounded(value: float) -> str:
    """Format a planned or round number with its digits, and an exponent where `significant` has one: `1,200`, `0.5`."""
    return _short_exponent(f"{value:,.9g}")


def _short_exponent(text: str) -> str:
    """Return `3.16e11` for `3.16e+11`, and `3e-6` for `3e-06`."""
    return _EXPONENT.sub(r"e\g<minus>", text)


def _decimals(value: float, digits: int) -> int:
    return digits - 1 - math.floor(math.log10(abs(value)))


def scale_of(value: float, unit: Unit) -> tuple[float, str]:
    """Return divisor and name of the human unit for a value; its interval is printed in the same unit."""
    steps = {Unit.SECOND: _TIME_STEPS, Unit.SECOND_PER_SECOND: _SHARE_STEPS, Unit.BYTE: _BYTE_STEPS}.get(unit, ())
    for divisor, name in steps:
        if abs(value) >= divisor:
            return divisor, name
    if steps and unit is not Unit.BYTE:
        return steps[-1]
    return 1.0, {Unit.PER_SECOND: "req/s", Unit.BYTE: "B"}.get(unit, "")


def human(value: float, unit: Unit, digits: int = 3) -> str:
    """Format one number in the human unit for its size."""
    divisor, name = scale_of(value, unit)
    return f"{significant(value / divisor, digits)} {name}".rstrip()


def exact(value: float, unit: Unit) -> tuple[str, str]:
    """Format a number that has no interval, as number and unit; a count has no decimals."""
    divisor, name = scale_of(value, unit)
    is_count = unit is Unit.ONE and value.is_integer()
    return unrounded(value) if is_count else significant(value / divisor), name


def factor_said(ratio: float) -> str:
    """Return a ratio above 0 as people say it: `4.55 times lower`; below a factor of 1.5 in percent: `12.0 % lower`."""
    factor, word = (ratio, "higher") if ratio >= 1 else (1 / ratio, "lower")
    if factor < SMALL_FACTOR:
        return f"{significant(abs(1 - ratio) * 100)} % {word}"
    return f"{significant(factor)} times {word}"


def factor_claimed(ratio: float, low: float, high: float) -> str:
    """Return what may be said of a ratio: `4.55 times lower`; if its interval is wide: `at least 3.94 times higher`.

    Args:
        ratio: The estimate, above 0.
        low: The lower end of its interval, on the same side of 1.
        high: The upper end.
    """
    if not is_wide(low, high):
        return factor_said(ratio)
    return f"at least {factor_said(low if ratio >= 1 else high)}"


def is_wide(low: float, high: float) -> bool:
    """Return whether the interval of a ratio is too wide to quote the estimate: only its end nearest to 1 is said."""
    return low > 0 and high / low > WIDE_FACTOR


def counted(count: int, noun: str) -> str:
    """Return a number of things in words: `1 figure`, `2,000 figures`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def is_or_are(count: int) -> str:
    """Return the verb of a number of things."""
    return "is" if count == 1 else "are"


def part_of(part: int, count: int, noun: str) -> str:
    """Return how many of a number of things: `3 of 12 blocks`, `0 of 1 block`."""
    return f"{part:,} of {counted(count, noun)}"


def cpus_in_words(cpus: int) -> str:
    """Return a number of CPUs in words: `1 CPU`, `2 CPUs`."""
    return counted(cpus, "CPU")


def ratio_parts(ratio: float, low: float, high: float) -> tuple[str, str]:
    """Return the number and the interval of a ratio as text: `13.9`, `[13.5, 14.4]`; an exact one has no interval.

    An interval over a factor of 10 or more stands alone, with two digits: `0.046 to 2.1`. Its estimate says nothing.
    """
    if high >= VAGUE_FACTOR * low:
        return f"{significant(low, 2)} to {significant(high, 2)}", ""
    return significant(ratio), "" if low == high else f"[{significant(low)}, {significant(high)}]"


def human_interval(estimate: float, low: float, high: float, unit: Unit) -> str:
    """Format an estimate and its interval in one unit: `6,120 req/s [5,980, 6,260]`; an exact number without: `8`."""
    if low == high:
        return " ".join(exact(estimate, unit)).rstrip()
    divisor, name = scale_of(estimate, unit)
    inner, left, right = (significant(x / divisor) for x in (estimate, low, high))
    return " ".join(filter(None, (inner, name, f"[{left}, {right}]")))
