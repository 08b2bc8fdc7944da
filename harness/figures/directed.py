"""Printed ratios with a direction: `90 % less`, `6 times less`, `2.4x faster`, `35 % slower`.

A ratio's figure is target over reference. `6 times less memory` is a sixth of it, `90 % less` a tenth, and of a time
`2x faster` is half. This module has the words of comparisons and turns a printed number into target over reference. It
must not know runs.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from harness.figures.factors import GOOD, OF_WHAT, VERB, WHAT, WHOSE, WORD
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


@dataclass(frozen=True, slots=True)
class ReadAs:
    """A figure in one of its readings.

    Attributes:
        figure: The figure with the numbers of this reading.
        words: The reading in words, for a reason: `with MB as a power of 2`; empty for the usual reading.
        shown: The figure in whose unit a judgement speaks; None for `figure`.
    """

    figure: Figure
    words: str = ""
    shown: Figure | None = None


# Words of English, and of German (`so schnell`, `schneller`), French (`plus rapide`), Spanish, Portuguese and Italian.
_WORDS = re.compile(
    r"\b(?:(?P<multiple>as (?:(?P<as_good>fast|quick|good|efficient)|(?P<as_bad>slow|bad)"
    r"|(?P<as_down>light|small|few|little|low|short)|(?P<as_up>many|much|high|large|big|heavy|long))"
    r"|so (?:(?P<so_good>schnell|gut|effizient)|(?P<so_bad>langsam|schlecht)"
    r"|(?P<so_down>leicht|klein|wenige?|niedrig|gering|kurz)|(?P<so_up>viele?|hoch|groß|schwer|lang)))"
    r"|(?P<good>more efficient(?:ly)?|faster|quicker|speed-?ups?|better|improv\w*|gain\w*"
    r"|schneller\w{0,2}|effizienter\w{0,2}|plus rapides?|plus efficaces?|(?:más|mais) (?:rápid[oa]s?|eficientes?)"
    r"|più veloc[ei])"
    r"|(?P<bad>less efficient(?:ly)?|slower|slow-?downs?|worse"
    r"|langsamer\w{0,2}|weniger effizient|plus lent(?:e?s?)|moins rapides?|(?:más|mais) lent[oa]s?"
    r"|menos (?:rápid[oa]s?|eficientes?)|più lent[oaie])"
    r"|(?P<down>more compact|less|fewer|lower|smaller|lighter|shorter|reduc\w*|decreas\w*|sav(?:es?|ed|ings?)|drops?"
    r"|cuts?"
    r"|weniger|niedriger\w{0,2}|geringer\w{0,2}|kleiner\w{0,2}|kürzer\w{0,2}|moins d(?:e|(?=['\u2019]))"
    r"|(?:de|en) moins|menos|meno)"
    r"|(?P<up>more|higher|greater|larger|bigger|heavier|longer|increas\w*"
    r"|mehr|höher\w{0,2}|größer\w{0,2}|länger\w{0,2}|plus d(?:e|(?=['\u2019]))|(?:de|en) plus(?= (?:qu|d))|más"
    r"|mais (?:memória|ram|requisições)|più))(?!\w)",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"\b(?:(?:less|fewer|lower|more|greater|higher|larger) than|(?:mehr|weniger|größer|kleiner) als"
    rf"|(?:más|menos|mais|plus|moins) de)\b(?=\s*(?:an?\s)?[~\u2248]?\s*(?:\d|{WORD}\b))",
    re.IGNORECASE,
)
# `3x the throughput`, `half of the memory`, `twice that of Flask`: the target's over the reference's, without direction
_MULTIPLE = re.compile(
    rf"(?:\d\s?(?:x|\u00d7|times|-?fold)|\b{WORD})\s(?:of\s)?(?:{WHOSE}(?P<good>{GOOD})|{OF_WHAT})\b"
    rf"|\b{VERB}\s(?:(?P<bare>{GOOD})|{WHAT})\b",
    re.IGNORECASE,
)
_LEGEND = re.compile(  # `lower is better`
    r"\b(?:\w+er|less|more|mehr) (?:(?:is|are|ist|sind|=) )?(?:better|besser)\b"
    r"|\b(?:más|menos|mais|plus|moins|più|meno) (?:es|é|è|(?:c['\u2019])?est) (?:mejor|melhor|meglio|mieux)\b",
    re.IGNORECASE,
)
_SIGN = re.compile(r"(?<![\w.])[-+\u2212\u2013]\s?\d")
_SHARE = "%"
_DIFFERENCE = "% difference"


def compares(text: str) -> bool:
    """Return whether a text has a word of comparison, such as `faster` or `less`, or a multiple of something."""
    return _word_in(text) is not None or is_multiple(text)


def is_multiple(text: str) -> bool:
    """Return whether a text has a multiple of something: `twice the memory`, `3x the throughput`."""
    return _MULTIPLE.search(text) is not None


def behind_comparison(text: str) -> str | None:
    """Return what stands behind the comparison with which a text begins; None for a text that begins with none."""
    match = _word_in(text)
    return None if match is None or match.string[: match.start()].strip() else match.string[match.end() :]


def differs(text: str) -> bool:
    """Return whether a text's comparison is a difference: `faster`, and not `as fast`, which is a multiple."""
    match = _word_in(text)
    return match is not None and match["multiple"] is None


def direction_in(text: str, metric: str | None) -> tuple[Direction, str] | None:
    """Return the direction that a text gives to a ratio of a metric, and its word; None without one.

    `faster` is more of a rate and less of a time, so it has no direction for an unknown metric.
    """
    match = _word_in(text)
    if match is None or (metric is None and _kind(match) in {"good", "bad"}):
        return None
    return _direction(match, metric or ""), match[0].lower()


def direction_of(figure: Figure) -> tuple[Direction, str] | None:
    """Return the direction of a ratio by its printed text or its label, and the word; None without one.

    `twice the speed` is the same as `twice as fast`, and `twice the latency` a ratio as it stands.
    """
    if figure.of is None:
        return None
    multiple = _MULTIPLE.search(figure.printed)
    if multiple is not None:
        return direction_in("as fast", figure.metric) if multiple["good"] or multiple["bare"] else None
    found = (direction_in(text, figure.metric) for text in (figure.printed, figure.label))
    return next(filter(None, found), None)


def is_share(figure: Figure) -> bool:
    """Return whether a ratio is a share with a direction, without a sign: `90 % less`."""
    found = direction_of(figure)
    return figure.unit.name == _SHARE and found is not None and not _is_multiple(found[1])


def readings_of_ratio(figure: Figure) -> tuple[ReadAs, ...]:
    """Return a printed ratio as target over reference, the usual reading first; other figures as they are.

    `50 % faster` has two readings for a time: half of it, or 1 / 1.5 of it.
    """
    found = direction_of(figure)
    if found is None:
        return (ReadAs(figure),)
    direction, word = found
    if _is_multiple(word):
        inverse = PrintedUnit(f"{figure.unit.name} {word}", Unit.ONE, figure.unit.factor, power=-1)
        return (ReadAs(_converted(figure, inverse) if direction is Direction.DOWN else figure),)
    if figure.unit.name == _SHARE or (figure.unit.name == _DIFFERENCE and not _SIGN.search(figure.printed)):
        return tuple(_differences(figure, direction, word))
    if figure.unit.name == "x" and direction is Direction.DOWN and _smallest(figure) >= 1:
        return (ReadAs(_converted(figure, PrintedUnit(f"x {word}", Unit.ONE, power=-1))),)
    return (ReadAs(figure),)


def _word_in(text: str) -> re.Match[str] | None:
    return _WORDS.search(_LEGEND.sub("", _BOUND.sub("", text)))


def _is_multiple(word: str) -> bool:
    return word.startswith(("as ", "so "))


def _kind(match: re.Match[str]) -> str:
    """Return whether a word of comparison says good, bad, down or up."""
    kinds = ("good", "bad", "down", "up")
    return next(kind for kind in kinds if match[kind] or match[f"as_{kind}"] or match[f"so_{kind}"])


def _direction(match: re.Match[str], metric: str) -> Direction:
    kind = _kind(match)
    if kind in {"down", "up"}:
        return Direction.DOWN if kind == "down" else Direction.UP
    is_better_above = family_of(metric) in {Family.THROUGHPUT, Family.LIMITS}
    return Direction.UP if (kind == "good") is is_better_above else Direction.DOWN


def _differences(figure: Figure, direction: Direction, word: str) -> Iterator[ReadAs]:
    more = PrintedUnit(f"% {word}", Unit.ONE, 0.01, 1.0)
    if direction is Direction.UP:
        yield ReadAs(_converted(figure, more))
        return
    can_subtract = _largest(figure) <= 100  # noqa: PLR2004 - per cent: nothing is less by more than all of it
    if can_subtract:
        yield ReadAs(_converted(figure, replace(more, factor=-0.01)))
    if unit_for_figures(figure.metric or "") is Unit.SECOND:
        words = f"with {figure.printed} as 1 / {1 + _smallest(figure) / 100:g} of it" if can_subtract else ""
        yield ReadAs(_converted(figure, replace(more, power=-1)), words)


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
