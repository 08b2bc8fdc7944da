"""Further slices over one connection, for handlers of which the warm-up had too few answers.

Over many connections a slow answer is a slow handler or time in a queue, such as a listen queue of five connections
that lets the others try again after a second. Only the handler's own answers tell the two apart, and a short warm-up
has too few of them. These are pure functions. They know neither targets that run nor the time of day.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.histogram import Histogram
from harness.measure.responses import FEWEST_ALONE, QUEUE_MEANS, ResponseTime
from harness.measure.timing import PLANNED_RESPONSE_S
from harness.model import LoadKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
    doubtful = {(one.plan.subject, one.plan.scenario) for one in closed if _may_queue(one)}
    slices = [found for cell, of_cell in alone.items() if cell in doubtful for found in _further(of_cell)]
    return tuple(replace(found, number=number) for number, found in enumerate(slices))


def _may_queue(one: DrivenSlice) -> bool:
    """Return whether a slice has answers that lengthen slices, and that would not if they were time in a queue."""
    service, result = _service([one]), one.result
    if one.plan.load.connections == 1 or not service.count or not result.counted:
        return False
    mean_s = one.plan.load.connections * result.counted_s / result.counted
    return ResponseTime.of(service).longest_s > max(PLANNED_RESPONSE_S, QUEUE_MEANS * mean_s)


def _further(alone: Sequence[DrivenSlice]) -> Iterator[Slice]:
    counted = sum(one.result.counted for one in alone)
    if not counted or max(_service([one]).count for one in alone) >= FEWEST_ALONE:
        return
    enough_s = FEWEST_ALONE * sum(one.result.counted_s for one in alone) / counted
    if enough_s <= LONGEST_S:
        yield replace(alone[-1].plan, duration_s=min(LONGEST_S, _SPARE * enough_s))


def _service(driven: Iterable[DrivenSlice]) -> Histogram:
    return Histogram.from_texts([one.result.service for one in driven])
