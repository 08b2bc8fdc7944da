"""The search for the largest level that holds, where any single answer may be wrong.

An *attempt* tries one level for a moment, and says whether it held. Near the limit, and on a machine with neighbours,
it says so wrongly now and then. So no single attempt decides anything:

1. From the start the level is doubled, or halved, until the answer changes: the limit lies between the two last levels.
2. The two are brought together by bisection on a logarithmic scale, until one is at most a grain above the other.
   At each level the majority of a few attempts decides.
3. Both are confirmed by fresh attempts, more of them: the lower has to hold, and the upper not to. What they say of a
   level is final. Where they contradict what was thought of it, the search goes on from there, in steps that begin with
   a grain and grow, so that an error early on is made good.

Pure: it knows levels and answers, and neither targets nor time. `steps` asks and is told, so that the searches of
several targets can take turns; `search` asks a callable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_DOUBLE = 2.0


class Ending(StrEnum):
    """Why a search ended.

    `CONFIRMED`: its level holds, and one a grain above it does not. `AT_LIMIT`: the largest level that may be tried
    holds, so the truth is at least that. `NONE_HOLDS`: the least level does not hold. `OUT_OF_ATTEMPTS`: the answers
    contradicted each other for too long.
    """

    CONFIRMED = "confirmed"
    AT_LIMIT = "at_limit"
    NONE_HOLDS = "none_holds"
    OUT_OF_ATTEMPTS = "out_of_attempts"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is searched, and how carefully.

    Attributes:
        least, most: The smallest and the largest level that may be tried.
        start: The first level, between them.
        grain: How far apart, as a ratio, the level found and one that does not hold may be.
        is_whole: Whether levels are whole numbers; neighbouring ones are then a grain apart, whatever their ratio.
        votes: Attempts whose majority decides at a level; odd. One attempt decides where it is 1.
        confirmations: Attempts whose majority confirms a final level; odd. Nothing is confirmed where it is 0.
        most_attempts: After so many the search is given up.
    """

    least: float
    most: float
    start: float
    grain: float
    is_whole: bool = False
    votes: int = 3
    confirmations: int = 5
    most_attempts: int = 80

    def __post_init__(self) -> None:
        if not 0 < self.least <= self.start <= self.most:
            raise ValueError(f"a search from {self.start:g} between {self.least:g} and {self.most:g}")
        if self.grain <= 1:
            raise ValueError(f"a grain of {self.grain:g}")
        if self.votes % 2 != 1 or (self.confirmations and self.confirmations % 2 != 1):
            raise ValueError(f"no majority of {self.votes} or {self.confirmations} attempts")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        level: The largest level that holds; None where none does, or none was settled.
        beyond: The level just above it that does not hold, if there is one.
        attempts: How many it took.
    """

    ending: Ending
    level: float | None
    beyond: float | None
    attempts: int


_Decision: TypeAlias = "Generator[float, bool, bool]"
_Level: TypeAlias = float | None
_Bracket: TypeAlias = "Generator[float, bool, tuple[_Level, _Level]]"  # what holds, and what does not


def search(attempt: Callable[[float], bool], terms: Terms) -> Found:
    """Find the largest level that holds.

    Args:
        attempt: Tries a level once, and tells whether it held.
        terms: What is searched.
    """
    asking = steps(terms)
    level = next(asking)
    while True:
        try:
            level = asking.send(attempt(level))
        except StopIteration as ended:
            found: Found = ended.value
            return found


def steps(terms: Terms) -> Generator[float, bool, Found]:
    """Yield one level after the other, take whether it held, and return what was found."""
    asking, attempts = _Search(terms).settle(), 0
    level = next(asking)
    while attempts < terms.most_attempts:
        holds = yield level
        attempts += 1
        try:
            level = asking.send(holds)
        except StopIteration as ended:
            ending, low, high = ended.value
            return Found(ending, low, high, attempts)
    return Found(Ending.OUT_OF_ATTEMPTS, None, None, attempts)


class _Search:
    """A search under way. Its methods yield levels, and take whether they held."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._final: dict[float, bool] = {}

    def settle(self) -> Generator[float, bool, tuple[Ending, _Level, _Level]]:
        terms = self._terms
        start = _fitted(terms, terms.start)
        low, high = yield from self._walk(start, _DOUBLE, holds=(yield from self._decide(start)))
        while True:
            low, high = yield from self._bisect(low, high)
            if low is not None and not (yield from self._confirm(low, holds=True)):
                low, high = yield from self._walk(low, terms.grain, holds=False)
            elif high is not None and (yield from self._confirm(high, holds=False)):
                low, high = yield from self._walk(high, terms.grain, holds=True)
            elif low is None:
                return Ending.NONE_HOLDS, None, high
            else:
                return (Ending.AT_LIMIT if high is None else Ending.CONFIRMED), low, high

    def _walk(self, level: float, step: float, *, holds: bool) -> _Bracket:
        """Go from a level of which is known whether it holds to where that changes, or to the end of the span.

        Each step is the square of the one before, up to doubling.
        """
        while level != (self._terms.most if holds else self._terms.least):
            onward = _onward(self._terms, level, step, up=holds)
            if (yield from self._decide(onward)) != holds:
                return (level, onward) if holds else (onward, level)
            level, step = onward, min(step * step, _DOUBLE)
        return (level, None) if holds else (None, level)

    def _bisect(self, low: _Level, high: _Level) -> _Bracket:
        """Bring the two together; where one of them is missing there is nothing between."""
        while low is not None and high is not None and not _are_neighbours(self._terms, low, high):
            middle = _fitted(self._terms, math.sqrt(low * high))
            if (yield from self._decide(middle)):
                low = middle
            else:
                high = middle
        return low, high

    def _decide(self, level: float) -> _Decision:
        if level in self._final:
            return self._final[level]
        return (yield from _majority(level, self._terms.votes))

    def _confirm(self, level: float, *, holds: bool) -> _Decision:
        """Tell whether a level holds after all; without confirmations what was thought of it stands."""
        if level not in self._final:
            votes = self._terms.confirmations
            self._final[level] = (yield from _majority(level, votes)) if votes else holds
        return self._final[level]


def _majority(level: float, votes: int) -> _Decision:
    """Ask until one side has more than half of all votes: two of three that agree are enough."""
    needed = votes // 2 + 1
    held = failed = 0
    while max(held, failed) < needed:
        if (yield level):
            held += 1
        else:
            failed += 1
    return held > failed


def _are_neighbours(terms: Terms, low: float, high: float) -> bool:
    return high / low <= terms.grain or (terms.is_whole and high - low <= 1)


def _onward(terms: Terms, level: float, step: float, *, up: bool) -> float:
    onward = _fitted(terms, level * step if up else level / step)
    if terms.is_whole and onward == level:  # a grain of little is nothing
        onward = level + (1 if up else -1)
    return min(max(onward, terms.least), terms.most)


def _fitted(terms: Terms, level: float) -> float:
    return float(round(level)) if terms.is_whole else level
