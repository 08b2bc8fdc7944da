"""Clock offset of a worker: the time by which its clock is ahead of the master's, and the uncertainty.

The master reads its own clock before and after it asks for the worker's clock. The worker's reading was taken in
between: in the middle, plus or minus half of the round trip. The shortest of several round trips is the most certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Reading:
    """Reading of a worker's clock, and of the master's clock before and after; in nanoseconds."""

    sent_ns: int
    worker_ns: int
    received_ns: int


@dataclass(frozen=True, slots=True)
class Offset:
    """Offset: a worker's clock is ahead of the master's by `ahead_ns`, plus or minus `uncertainty_ns`."""

    ahead_ns: int = 0
    uncertainty_ns: int = 0


def offset_of(readings: Sequence[Reading]) -> Offset:
    """Return the offset from the reading with the shortest round trip.

    Raises:
        ValueError: There are no readings.
    """
    best = min(readings, key=lambda reading: reading.received_ns - reading.sent_ns)
    round_trip_ns = best.received_ns - best.sent_ns
    return Offset(best.worker_ns - best.sent_ns - round_trip_ns // 2, round_trip_ns - round_trip_ns // 2)
