"""Expected duration of the rest of a block, from the response times that its warm-up has shown.

These are pure functions. They know neither targets that run nor the time of day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.measure.closed import ClosedBatch
from harness.measure.paced import PacedBatch
from harness.measure.timing import PLANNED_RESPONSE_S, ending_s, idle_lasts_s, lasts_s

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from harness.measure.block_plan import BlockPlan
    from harness.measure.responses import Cell, ResponseTime
    from harness.model import Slice, Subject

_ATTEMPTS = 28  # of a search for each target, to estimate its length; the mean of runs on a two-core machine


def rest_s(plan: BlockPlan, responses: Mapping[Cell, ResponseTime], subjects: Collection[Subject]) -> float:
    """Return the expected duration of a block's rest after its warm-up, in seconds.

    Args:
        plan: The block.
        responses: What the warm-up has shown.
        subjects: The targets that still run.
    """
    return sum(map(lasts_s, _counted(plan, responses, subjects))) + beside_s(plan, subjects)


def beside_s(plan: BlockPlan, subjects: Collection[Subject], response_s: float = PLANNED_RESPONSE_S) -> float:
    """Return the expected duration of a block's own rates, searches and rests, in seconds.

    Args:
        plan: The block.
        subjects: The targets that run.
        response_s: Their response time.
    """
    durations_s = [own.slice_s for own in plan.own_rates for one in own.subjects if one in subjects]
    for search in plan.searches:
        durations_s += [search.least_s] * (_ATTEMPTS * sum(one in subjects for one in search.subjects))
    return sum(durations_s) + len(durations_s) * ending_s(response_s) + idle_lasts_s(plan.idle_s) + plan.after_load_s


def _counted(plan: BlockPlan, responses: Mapping[Cell, ResponseTime], subjects: Collection[Subject]) -> Iterator[Slice]:
    for batch in plan.batches:
        if isinstance(batch, ClosedBatch | PacedBatch):
            yield from batch.timed(responses, subjects).slices
        elif batch.counted:
            yield from (part for part in batch.slices if part.subject in subjects)
