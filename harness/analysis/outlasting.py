"""Pauses that outlast the slices of closed load: how much lower a throughput may be under load without breaks.

A slice ends with the drain, in which nothing is sent. If all connections wait for something longer than the rest of the
slice, such as a collection of garbage, most of the pause is in the drain, and no counted part has it. Where pauses come
from the load, the throughput is too high by this share. Where they come at any time, it is right. A slice does not show
which case it is, so this is a warning and no correction. Response times are right in both cases: each request that was
sent in the counted part is followed to its end.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from harness.units import significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import DrivenSlice

LEAST = 0.01
"""Share of the time from which on pauses in the drains are worth a warning."""

_USUAL = 3  # usual drains, up to which a drain is no pause: exponential durations are longer in 5 % of cases


def outlasted(slices: Sequence[DrivenSlice]) -> str | None:
    """Return the warning about pauses in the drains of slices of one closed load; None if they are short or rare.

    A usual drain is the median one, or as long as all connections take by Little's law, if that is longer. Slices with
    failed requests are left out: a request that was given up is no pause of the target.
    """
    sound = [one for one in slices if not one.result.errors]
    counted, counted_s = (sum(getattr(one.result, name) for one in sound) for name in ("counted", "counted_s"))
    driven_s = sum(one.plan.duration_s for one in sound)
    if not (counted and counted_s and driven_s):
        return None
    drains_s = [one.result.wall_s - one.plan.duration_s for one in sound]
    usual_s = max(sound[0].plan.load.connections * counted_s / counted, statistics.median(drains_s))
    hidden_s = sum(max(0.0, drain_s - _USUAL * usual_s) for drain_s in drains_s)
    share = hidden_s / (driven_s + hidden_s)
    if share < LEAST:
        return None
    lower = significant(100 * share, 2)
    return f"some pauses were longer than a slice: under load without breaks the throughput may be {lower} % lower"
