"""Overload: whether a target kept up with an open load. If it did not, its latencies measure the length of the slices.

Above its capacity a target's backlog grows as long as the load lasts, and so do its response times. The rule compares
what was answered in the counted part of the slices with what was due in it, in each block:

- A target that keeps up also has requests in flight at the end. They count as answered: the rate of its answers times
  its mean response time (Little's law), and at most one for each connection.
- In overload this is about half of the backlog at the end, for any length of the slices. So the other half stays.
- A slow handler may give its first answers late in the slice. If all answers take about the same time, nothing waits,
  and the rate of the arrivals takes the place of the rate of the answers.
- A request that was given up, or was never sent, counts as offered and not as answered.

The median block decides. So one disturbed block neither removes the latencies of a target nor hides an overload.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.analysis.absent import LARGEST
from harness.model import ErrorKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.histogram import Histogram
    from harness.model import DrivenSlice

LEAST_ACHIEVED = 0.99
OVERLOAD = "does not keep up with"
_ALIKE = 1.5  # mean over shortest response time: in a growing backlog it is larger


@dataclass(frozen=True, slots=True)
class Achieved:
    """What one target achieved of one open load in one block.

    Attributes:
        share: Answered over offered, 0 to 1.
        rate_per_s: Answers per second.
    """

    share: float
    rate_per_s: float

    @property
    def keeps_up(self) -> bool:
        """Whether at least 99 % of the load was answered."""
        return self.share >= LEAST_ACHIEVED


def achieved(slices: Sequence[DrivenSlice], response: Histogram) -> Achieved:
    """Return what a target achieved of an open load in one block.

    Args:
        slices: All slices of the load in this block, at least one.
        response: The response times of the requests that were due in the counted parts, those given up included.
    """
    results = [driven.result for driven in slices]
    counted_s, planned = sum(one.counted_s for one in results), sum(one.planned or 0 for one in results)
    # a request that timed out is among the response times; one with another error is not
    failed = sum(count for one in results for kind, count in one.errors.items() if kind is not ErrorKind.TIMEOUT)
    due = response.count + failed
    counted = sum(one.counted for one in results)
    if not (counted_s and planned and due) or counted > LARGEST * counted_s:
        return Achieved(0.0, 0.0)
    rate_per_s = counted / counted_s
    in_flight = len(results) * min(slices[0].plan.load.connections, _in_flight(rate_per_s, due / counted_s, response))
    in_the_end = sum(one.verified for one in results) / planned
    return Achieved(min(1.0, (counted + in_flight) / due, in_the_end), rate_per_s)


def _in_flight(rate_per_s: float, due_per_s: float, response: Histogram) -> float:
    if response.min_ns is None:
        return 0.0
    are_alike = response.mean_s * 1e9 < _ALIKE * response.min_ns
    return (due_per_s if are_alike else rate_per_s) * response.mean_s


def overload(of_blocks: Sequence[Achieved], offered_per_s: float) -> str | None:
    """Return the sentence on a target that did not keep up in the median block; None if it kept up.

    Args:
        of_blocks: One per block, at least one.
        offered_per_s: The rate of the load; the mean if the blocks had different rates.
    """
    if statistics.median(one.share for one in of_blocks) >= LEAST_ACHIEVED:
        return None
    answered_per_s = statistics.median(one.rate_per_s for one in of_blocks)
    return f"{OVERLOAD} {_rate(offered_per_s)}/s: {_rate(answered_per_s)}/s answered"


def late_blocks(of_blocks: Sequence[Achieved]) -> str | None:
    """Return the warning about single blocks in which the target did not keep up; None if there are none."""
    late = sum(not one.keeps_up for one in of_blocks)
    return f"did not keep up with the rate in {late} of {len(of_blocks)} blocks" if late else None


def _rate(per_s: float) -> str:
    return f"{float(f'{per_s:.3g}'):,.10g}"
