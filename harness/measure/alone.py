"""Further slices over one connection, for handlers of which the warm-up had too few answers.

Over many connections a slow answer is a slow handler or time in a queue, such as a listen queue of five connections
that lets the others try again after a second. Only the handler's own answers tell the two apart, and a short warm-up
has too few of them. These are pure functions. They know neither targets that run nor the time of day.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.measure.responses import FEWEST_ALONE, QUEUE_MEANS, ResponseTime, mean_s, service_of
from harness.measure.timing import PLANNED_RESPONSE_S
from harness.model import LoadKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import DrivenSlice, Slice, Subject

LONGEST_S = 3.0
_SPARE = 4  # times the answers that are enough, because a busy machine may get slower


def further_slices(driven: Sequence[DrivenSlice]) -> tuple[Slice, ...]:
    """Return a slice for each target and scenario whose slow answers may be time in a queue, if that is not known.

    It lasts for four times the answers that are enough. A handler that gives too few within `LONGEST_S` has none.

    Args:
        driven: The slices of a warm-up.
    """
    closed = [one for one in driven if one.plan.load.kind is LoadKind.CLOSED]
    alone: dict[tuple[Subject, str], list[DrivenSlice]] = {}
    for one in closed:
        if one.plan.load.connections == 1:
            alone.setdefault((one.plan.subject, one.plan.scenario), []).append(one)
    further = {cell: found for cell, of_cell in alone.items() if (found := _further(of_cell)) is not None}
    doubtful = {
        cell for one in closed if (cell := (one.plan.subject, one.plan.scenario)) in further and _may_queue(one)
    }
    slices = [found for cell, found in further.items() if cell in doubtful]
    return tuple(replace(found, number=number) for number, found in enumerate(slices))


def _may_queue(one: DrivenSlice) -> bool:
    """Return whether a slice has answers that lengthen slices, and that would not if they were time in a queue."""
    service = service_of(one)
    if one.plan.load.connections == 1 or not service.count or not one.result.counted:
        return False
    return ResponseTime.of(service).longest_s > max(PLANNED_RESPONSE_S, QUEUE_MEANS * mean_s(one))


def _further(alone: Sequence[DrivenSlice]) -> Slice | None:
    """Return the further slice of a target whose slices over one connection had too few answers; else None."""
    counted = sum(one.result.counted for one in alone)
    if not counted or max(service_of(one).count for one in alone) >= FEWEST_ALONE:
        return None
    enough_s = FEWEST_ALONE * sum(one.result.counted_s for one in alone) / counted
    return replace(alone[-1].plan, duration_s=min(LONGEST_S, _SPARE * enough_s)) if enough_s <= LONGEST_S else None
