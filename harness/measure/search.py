"""Search for the largest level that holds, with attempts that may each be wrong.

An *attempt* tries one level for a short time and returns whether it held. Near the limit, and on a shared machine, an
attempt is sometimes wrong. So no single attempt decides:

1. The level is doubled, or halved, from the start until the outcome changes. The limit lies between the last two
   levels.
2. Bisection on a logarithmic scale narrows the two levels until their ratio is at most a grain. So far one attempt
   decides at each level: a majority of three would take a third more attempts, and the result would be no better.
3. A larger number of new attempts confirms both levels: the lower must hold and the upper must not. Their outcome is
   final. If it contradicts the earlier outcome, the search continues from that level, in steps that begin with a grain
   and grow. This corrects an early error.

The module is pure: it knows levels and outcomes, but neither targets nor time. `steps` is a generator of levels that is
sent outcomes, so that the searches of several targets can alternate; `search` calls a function instead.
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
    """The reason why a search ended.

    `CONFIRMED`: the level holds, and a level at most a grain above it does not. `AT_LIMIT`: the largest allowed level
    holds, so the true limit is at least that. `NONE_HOLDS`: the smallest allowed level does not hold.
    `OUT_OF_ATTEMPTS`: the outcomes contradicted each other until no attempts were left.
    """

    CONFIRMED = "confirmed"
    AT_LIMIT = "at_limit"
    NONE_HOLDS = "none_holds"
    OUT_OF_ATTEMPTS = "out_of_attempts"


@dataclass(frozen=True, slots=True)
class Terms:
    """The range and the precision of a search.

    Attributes:
        least: The smallest level.
        most: The largest level.
        start: The first level, between `least` and `most`.
        grain: The largest ratio between the level found and the level above it that does not hold.
        is_whole: Whether levels are whole numbers. Two consecutive numbers then always count as a grain apart.
        votes: The number of attempts whose majority decides at a level; odd. With 1, a single attempt decides.
        confirmations: The number of attempts whose majority confirms a final level; odd, or 0 for no confirmation.
        most_attempts: The search is given up after this number of attempts.
    """

    least: float
    most: float
    start: float
    grain: float
    is_whole: bool = False
    votes: int = 1
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
    """The result of a search.

    Attributes:
        ending: The reason why it ended.
        level: The largest level that holds; None where no level holds, or the search was given up.
        beyond: The next level above it, which does not hold, if there is one.
        attempts: The number of attempts.
    """

    ending: Ending
    level: float | None
    beyond: float | None
    attempts: int


_Decision: TypeAlias = "Generator[float, bool, bool]"
_Level: TypeAlias = float | None
_Bracket: TypeAlias = "Generator[float, bool, tuple[_Level, _Level]]"  # the level that holds, the level that does not


def search(attempt: Callable[[float], bool], terms: Terms) -> Found:
    """Return the largest level that holds.

    Args:
        attempt: Tries a level once, and returns whether it held.
        terms: The range and the precision of the search.
    """
    levels = steps(terms)
    level = next(levels)
    while True:
        try:
            level = levels.send(attempt(level))
        except StopIteration as ended:
            found: Found = ended.value
            return found


def steps(terms: Terms) -> Generator[float, bool, Found]:
    """Yield each level to try, receive whether it held, and return the result of the search."""
    levels, attempts = _Search(terms).run(), 0
    level = next(levels)
    while attempts < terms.most_attempts:
        holds = yield level
        attempts += 1
        try:
            level = levels.send(holds)
        except StopIteration as ended:
            ending, low, high = ended.value
            return Found(ending, low, high, attempts)
    return Found(Ending.OUT_OF_ATTEMPTS, None, None, attempts)


class _Search:
    """A running search. Its methods yield levels to try, and receive whether they held."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._final: dict[float, bool] = {}

    def run(self) -> Generator[float, bool, tuple[Ending, _Level, _Level]]:
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
        """Step from a known level until the outcome flips or the range ends; return the bracket.

        Each step is the square of the previous step, up to doubling.
        """
        while level != (self._terms.most if holds else self._terms.least):
            following = _next_level(self._terms, level, step, up=holds)
            if (yield from self._decide(following)) != holds:
                return (level, following) if holds else (following, level)
            level, step = following, min(step * step, _DOUBLE)
        return (level, None) if holds else (None, level)

    def _bisect(self, low: _Level, high: _Level) -> _Bracket:
        """Narrow a bracket to a grain by bisection; return it unchanged if one of its levels is missing."""
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
        """Confirm whether a level holds, by new attempts; without confirmations return the earlier outcome."""
        if level not in self._final:
            votes = self._terms.confirmations
            self._final[level] = (yield from _majority(level, votes)) if votes else holds
        return self._final[level]


def _majority(level: float, votes: int) -> _Decision:
    """Try a level until one outcome has more than half of all votes: two equal outcomes of three are enough."""
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


def _next_level(terms: Terms, level: float, step: float, *, up: bool) -> float:
    following = _fitted(terms, level * step if up else level / step)
    if terms.is_whole and following == level:  # a grain of a small whole number rounds to nothing
        following = level + (1 if up else -1)
    return min(max(following, terms.least), terms.most)


def _fitted(terms: Terms, level: float) -> float:
    return float(round(level)) if terms.is_whole else level
