"""The interval of values that a printed number allows, as wide as its words.

Pure arithmetic on one figure; it must not know other figures.
"""

from __future__ import annotations

import math
import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from harness.figures.factors import WORD
from harness.figures.printed import APPROXIMATION

if TYPE_CHECKING:
    from harness.figures.published import Figure

Interval = tuple[float, float]

_DIGIT = rf"\s*[~≈]?\s*(?:\d|{WORD}\b)"
_AT_MOST = re.compile(
    rf"(?:\b(?:up to|at most|(?:no|not) more than|maximum of|ceiling of|under|below"
    rf"|(?<!no )(?<!not )(?:less|fewer) than)|[<≤]){_DIGIT}"
)
_AT_LEAST = re.compile(
    rf"(?:\b(?:over|(?<!no )(?<!not )more than|(?:no|not) (?:less|fewer) than|at least|above|exceed(?:s|ing)?"
    rf"|greater than)|[>≥]){_DIGIT}"
    r"|\d\s*(?:x|×|k|m|%|times)?\s*\+|\d\S*\s+or more\b"
)
_ABOUT = re.compile(rf"[~≈]|\b(?:about|around|roughly|approximately|approx\.?|nearly|almost|circa|ca\.){_DIGIT}")
_INTERVAL = re.compile(r"\d\D*(?:\[[^\[\]]*\d[^\[\]]*\]\s*$|(?:\u00b1|\+/-|\+-)\s?\d)")
_BINARY = {"KB": 1.024, "MB": 1.024**2, "GB": 1.024**3}  # 2^10, 2^20 and 2^30 bytes under the decimal name


class Reach(Enum):
    """The side on which a printed number is open."""

    CLOSED = auto()
    AT_LEAST = auto()
    AT_MOST = auto()
    OPEN = auto()  # `up to 76+`


def disjoint(one: Interval, other: Interval) -> bool:
    """Return whether two closed intervals have no number in common."""
    return one[1] < other[0] or other[1] < one[0]


def words_of(figure: Figure) -> str:
    """Return the printed text in lower case, after a label that is no label of the page: `[up to] 50x`."""
    label = figure.label.strip("[]") if is_prose(figure) else ""
    return f"{label} {figure.printed}".casefold()


def has_interval(figure: Figure) -> bool:
    """Return whether an interval stands behind the number: it was estimated, and not computed from two printed ones."""
    return _INTERVAL.search(figure.printed) is not None


def is_prose(figure: Figure) -> bool:
    """Return whether the figure has no label on the page: its label is in [brackets]."""
    return figure.label.startswith("[")


def reach(figure: Figure) -> Reach:
    """Return the side on which the figure is open, by its file or by its words."""
    words = words_of(figure)
    at_least = math.isinf(figure.high) or bool(_AT_LEAST.search(words))
    at_most = math.isinf(figure.low) or bool(_AT_MOST.search(words))
    if at_least and at_most:
        return Reach.OPEN
    return Reach.AT_LEAST if at_least else Reach.AT_MOST if at_most else Reach.CLOSED


def possible(figure: Figure) -> Interval:
    """Return the values that the printed text allows, in base units: rounded or cut, about, at least, at most."""
    low, high = _in_printed_units(figure)
    is_about = bool(_ABOUT.search(words_of(figure)))
    half = figure.rounding / figure.unit.factor
    tenth = APPROXIMATION * min(abs(end) for end in (low, high) if math.isfinite(end))
    margin = max(2 * half, tenth) if is_about else half
    cut = 0.0 if is_about else half
    allowed = low - margin - (cut if low < 0 else 0.0), high + margin + (cut if high > 0 else 0.0)
    opened = _opened(allowed, reach(figure), is_negative=high < 0)
    return figure.unit.to_base(opened[0]), figure.unit.to_base(opened[1])


def as_printed(figure: Figure) -> Interval:
    """Return the values that a page can compute a ratio from: the bare number, rounded or cut; a bound is exact."""
    if math.isinf(figure.low) or math.isinf(figure.high):
        return figure.nominal, figure.nominal
    low, high = _in_printed_units(figure)
    half = figure.rounding / figure.unit.factor
    return figure.unit.to_base(low - half), figure.unit.to_base(high + half + (half if high > 0 else 0.0))


def in_any_unit(figure: Figure) -> Interval:
    """Return the possible values, with `MB` read as 10^6 or as 2^20 bytes."""
    low, high = possible(figure)
    return low, high * _BINARY.get(figure.unit.name, 1.0)


def _in_printed_units(figure: Figure) -> Interval:
    return figure.unit.from_base(figure.low), figure.unit.from_base(figure.high)


def _opened(allowed: Interval, side: Reach, *, is_negative: bool) -> Interval:
    """Return the interval without the ends that a bound does not set; the bound of `at least 50 % less` is negative."""
    low, high = allowed
    if side in {Reach.AT_LEAST, Reach.OPEN}:
        low, high = (-math.inf, high) if is_negative else (low, math.inf)
    if side in {Reach.AT_MOST, Reach.OPEN}:
        low, high = (low, max(0.0, high)) if is_negative else (min(0.0, low), high)
    return low, high
