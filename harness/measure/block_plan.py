"""The plan of one block: its batches of slices, its starts, rests and searches.

`block` carries it out. This module is data alone: it imports nothing that measures.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.measure.closed import ClosedBatch
    from harness.measure.ladder import OwnRate
    from harness.measure.limits import SearchPlan
    from harness.measure.paced import PacedBatch
    from harness.model import Absence, Slice, Subject


@dataclass(frozen=True, slots=True)
class Batch:
    """The slices of one scenario under one load on all targets, in the order in which they are driven.

    Attributes:
        title: The scenario and the load, in words.
        slices: The slices.
        counted: Whether its slices are measured; False for warm-up.
        null: The null target, if its slices are only the floor of the others'; None if it is measured itself.
    """

    title: str
    slices: tuple[Slice, ...]
    counted: bool = True
    null: Subject | None = None


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """The plan of one block.

    Attributes:
        number: The number of the block, from 0.
        order: The order in which the targets start.
        batches: The batches, warm-up first. The slices of closed and paced batches are made from the response times of
            warm-up.
        cold_starts: Timed starts of each target.
        discarded_starts: Starts of each target before the timed ones; in the first block they warm the page cache.
        seed: Fixes the random values of verification.
        ceiling: The null target that shows the ceiling, if there is one; without right answers it is left out.
        own_rates: The steps of the ladder; they are driven when the peaks are known.
        idle_s: The rest of all targets before counted load, for their CPU time at rest; 0 for no such reading.
        searches: The searches for limits; they run after all other measurements.
        after_load_s: The rest of all targets between load and the last reading of memory; 0 for no such reading.
        uncached_starts: Timed starts of each target after dropping the page cache.
        absences: The numbers of each target that the scenario can't have, with the reason.
    """

    number: int
    order: tuple[Subject, ...]
    batches: tuple[Batch | ClosedBatch | PacedBatch, ...]
    cold_starts: int
    discarded_starts: int
    seed: int
    ceiling: Subject | None = None
    own_rates: tuple[OwnRate, ...] = ()
    idle_s: float = 0.0
    searches: tuple[SearchPlan, ...] = ()
    after_load_s: float = 0.0
    uncached_starts: int = 0
    absences: Mapping[Subject, tuple[Absence, ...]] = field(default_factory=dict)
