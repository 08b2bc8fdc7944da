"""Whose clock shows what: how far a worker's clock is ahead of the master's, and how surely that is known.

The master asks and notes its own clock before and after. The worker's answer was given in between: at half time, give
or take half of the time that it took. The quickest of several answers is the surest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Reading:
    """A worker's clock, and the master's before and after; nanoseconds."""

    asked_ns: int
    theirs_ns: int
    heard_ns: int


@dataclass(frozen=True, slots=True)
class Offset:
    """How far a worker's clock is ahead of the master's: within `uncertainty_ns` of `ahead_ns`."""

    ahead_ns: int = 0
    uncertainty_ns: int = 0


def offset_of(readings: Sequence[Reading]) -> Offset:
    """Return the offset as the quickest reading shows it.

    Raises:
        ValueError: There are no readings.
    """
    surest = min(readings, key=lambda reading: reading.heard_ns - reading.asked_ns)
    took_ns = surest.heard_ns - surest.asked_ns
    return Offset(surest.theirs_ns - surest.asked_ns - took_ns // 2, took_ns - took_ns // 2)
