"""Blocks without open load: for a scenario whose users decide themselves when they send.

Only lane users can send at planned times. For other users, every number of open load is absent with this reason.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.measure.block_plan import Batch
from harness.metrics.catalogue import CPU_PER_REQUEST_LADDER, LATENCY_OPEN
from harness.metrics.names import PERCENTILES
from harness.model import Absence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.measure.block_plan import BlockPlan
    from harness.measure.closed import ClosedBatch
    from harness.measure.paced import PacedBatch
    from harness.model import Slice, Subject

NO_OPEN_LOAD = "open load and searches need a LaneUser; other users decide themselves when they send"


def without_open_load(block: BlockPlan, reason: str) -> BlockPlan:
    """Return a block without open load, the ladder and the searches, and with absences in their place.

    Args:
        block: The block.
        reason: Why there is no open load.
    """
    found: dict[Subject, dict[Absence, None]] = defaultdict(dict)
    for subject, absence in _absences(block, reason):
        found[subject][absence] = None
    return replace(
        block,
        batches=tuple(batch for batch in block.batches if not _open_slices(batch)),
        own_rates=(),
        searches=(),
        absences={subject: tuple(absences) for subject, absences in found.items()},
    )


def _open_slices(batch: Batch | ClosedBatch | PacedBatch) -> tuple[Slice, ...]:
    slices = batch.slices if isinstance(batch, Batch) else ()
    return tuple(part for part in slices if part.load.rate_per_s is not None)


def _absences(block: BlockPlan, reason: str) -> Iterator[tuple[Subject, Absence]]:
    for batch in block.batches:
        for part in _open_slices(batch):
            for quantile in PERCENTILES:
                name = LATENCY_OPEN.name(rate_per_s=part.load.rate_per_s, quantile=quantile)
                yield part.subject, Absence(name, LATENCY_OPEN.unit, reason, part.scenario)
    slope = CPU_PER_REQUEST_LADDER
    for own in block.own_rates:
        for subject, _ in own.draws:
            for absence in own.absences(reason):
                yield subject, absence
            yield subject, Absence(slope.name(), slope.unit, reason, own.scenario)
    for search in block.searches:
        for subject in search.subjects:
            yield subject, search.absence(reason)
