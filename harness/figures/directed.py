"""Printed ratios with a direction: `90 % less`, `6 times less`, `2.4x faster`, `35 % slower`.

A ratio's figure is target over reference. `6 times less memory` is a sixth of it, `90 % less` a tenth, and of a time
`2x faster` is half. This module turns the printed number into target over reference; it must not know runs.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from harness.figures.printed import PrintedUnit
from harness.metrics.catalogue import Family, family_of, unit_for_figures
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.figures.published import Figure


class Direction(Enum):
    """Which of two numbers a comparison calls larger."""

    UP = auto()  # the target's
    DOWN = auto()  # the reference's


_WORDS = re.compile(
    r"\b(?:(?P<down>less|fewer|lower|smaller|lighter|shorter|reduc\w*|decreas\w*|sav(?:es?|ed|ings?)|drops?|cuts?)"
    r"|(?P<up>more|higher|greater|larger|bigger|heavier|longer|increas\w*)"
    r"|(?P<good>faster|quicker|speed-?up|better|improv\w*|gains?)"
    r"|(?P<bad>slower|worse))\b(?! than)",
    re.IGNORECASE,
)
_THAN = re.compile(r"\b(less|fewer|more|greater) than\b(?=\s*[~\u2248]?\s*\d)", re.IGNORECASE)  # a bound
_SIGN = re.compile(r"(?<![\w.])[-+\u2212\u2013]\s?\d")
_SHARE = "%"
_DIFFERENCE = "% difference"


def direction_of(figure: Figure) -> tuple[Direction, str] | None:
    """Return the direction that the printed text or the label gives, and its word; None without one."""
    if figure.of is None or figure.metric is None:
        return None
    for text in (figure.printed, figure.label):
        if (match := _WORDS.search(_THAN.sub("", text))) is not None:
            return _direction(match, figure.metric), match[0].lower()
    return None


def readings_of_ratio(figure: Figure) -> tuple[Figure, ...]:
    """Return a printed ratio as target over reference, the usual reading first; other figures as they are.

    `50 % faster` has two readings for a time: half of it, or 1 / 1.5 of it.
    """
    found = direction_of(figure)
    if found is None:
        return (figure,)
    direction, word = found
    if figure.unit.name == _SHARE or (figure.unit.name == _DIFFERENCE and not _SIGN.search(figure.printed)):
        return tuple(_differences(figure, direction, word))
    if figure.unit.name == "x" and direction is Direction.DOWN and _smallest(figure) >= 1:
        return (_converted(figure, PrintedUnit(f"x {word}", Unit.ONE, power=-1)),)
    return (figure,)


def _direction(match: re.Match[str], metric: str) -> Direction:
    if match["down"] or match["up"]:
        return Direction.DOWN if match["down"] else Direction.UP
    is_better_above = family_of(metric) in {Family.THROUGHPUT, Family.LIMITS}
    return Direction.UP if bool(match["good"]) is is_better_above else Direction.DOWN


def _differences(figure: Figure, direction: Direction, word: str) -> Iterator[Figure]:
    more = PrintedUnit(f"% {word}", Unit.ONE, 0.01, 1.0)
    if direction is Direction.UP:
        yield _converted(figure, more)
        return
    if _largest(figure) <= 100:  # noqa: PLR2004 - per cent: nothing is less by more than all of it
        yield _converted(figure, replace(more, factor=-0.01))
    if unit_for_figures(figure.metric or "") is Unit.SECOND:
        yield _converted(figure, replace(more, power=-1))


def _converted(figure: Figure, unit: PrintedUnit) -> Figure:
    """Return a figure with the same printed number in another unit."""
    ends = tuple(figure.unit.from_base(end) for end in (figure.low, figure.high))
    low, high = sorted(unit.to_base(end) if math.isfinite(end) or unit.power > 0 else -end for end in ends)
    slope = max(unit.slope(end) for end in ends if math.isfinite(end))
    scale = slope / abs(figure.unit.factor)
    return replace(
        figure, unit=unit, low=low, high=high, rounding=figure.rounding * scale, tolerance=figure.tolerance * scale
    )


def _ends(figure: Figure) -> list[float]:
    return [abs(figure.unit.from_base(end)) for end in (figure.low, figure.high) if math.isfinite(end)]


def _smallest(figure: Figure) -> float:
    return min(_ends(figure))


def _largest(figure: Figure) -> float:
    return max(_ends(figure))
