"""The history of a machine: headline numbers over its stored runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.model.target import Subject
    from harness.units import Unit

# of a start: days, times of one day, both, and the same with years and seconds
_PARTS = tuple(slice(*ends) for ends in ((5, 10), (11, 16), (5, 16), (0, 10), (0, 16), (5, 19), (0, 19)))


@dataclass(frozen=True, slots=True)
class Point:
    """The number of one run, in base units, with its interval."""

    run: str
    started_at: str
    commit: str | None
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LevelChange:
    """A change of level: the first run of the new level, and its geometric mean over that of the level before."""

    run: str
    ratio: float


FEWEST_RUNS = 8
"""Fewer runs have no tested change of level: two on each side of it say too little about the noise."""


@dataclass(frozen=True, slots=True)
class Series:
    """One headline number over the runs of a machine, the oldest first.

    Attributes:
        changes: The changes of its level, in order; None if there are too few runs to look for one.
    """

    subject: Subject
    scenario: str | None
    metric: str
    unit: Unit
    points: tuple[Point, ...]
    changes: tuple[LevelChange, ...] | None


@dataclass(frozen=True, slots=True)
class MachineHistory:
    """The runs with the same conditions, the oldest first, and their series."""

    conditions: Mapping[str, str | int | None]
    runs: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A complete run that is not valid, so it is in no history."""

    run: str
    reason: str


def times_of(starts: Sequence[str]) -> list[str]:
    """Return the shortest texts by which the starts of runs differ: days, times of one day, or both.

    Args:
        starts: ISO 8601.
    """
    for part in _PARTS:
        texts = [start[part].replace("T", " ") for start in starts]
        if len(set(texts)) == len(set(starts)) and len({start[: part.start] for start in starts}) == 1:
            return texts
    return list(starts)
