"""The ratio of a percentile of two targets over the same blocks, where the blocks' own values are not enough for it.

If few blocks or few stalls decide about one of the percentiles, its logarithm has limits at unequal distances. Its
values without one block at a time show these limits badly. So the ratio is not Student's t of the values of the blocks:

- If whole blocks differ in speed, that is mostly the machine's doing and common to both targets. So the ratio is that
  of scales and shapes, and the scales are compared block by block: see `unlike_blocks`.
- If a shape has no limits, the ratio has those of both percentiles, as if they were independent. MOVER joins them (Zou
  and Donner, Statist. Med. 27, 2008): the upper limit is as far as the upper one of the subject and the lower one of
  the reference together.

If one of the two lies at a gap in its durations, the ratio is any that both intervals allow: both ends of a gap are
equally far, so their root of squares would claim too much.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis import unlike_blocks
from harness.analysis.intervals import LEAST_TRIALS, Interval
from harness.analysis.percentiles import LARGEST_LOG, READ_TO

if TYPE_CHECKING:
    from harness.analysis.percentiles import Pooled
    from harness.analysis.unlike_blocks import Mixture


def ratio(of: tuple[Pooled, Pooled], mixtures: tuple[Mixture | None, Mixture | None]) -> Interval | None:
    """Return the ratio of a percentile that rests on little; None of two blocks, for which a paired t is all there is.

    Args:
        of: The percentile of the subject, and that of the reference, over the same blocks.
        mixtures: The same from scales and shape; None if a shape has an open side.
    """
    blocks = len(of[0].by_block)
    if blocks <= LEAST_TRIALS:
        return None
    mine, theirs = mixtures
    logs = _independent(of, blocks - 1) if mine is None or theirs is None else unlike_blocks.ratio(mine, theirs)
    return _as_read(Interval(*np.exp(np.clip(logs, -LARGEST_LOG, LARGEST_LOG)).tolist()))


def ratio_at_gap(mine: Pooled, theirs: Pooled) -> Interval | None:
    """Return the ratio of a percentile if one of two targets has a gap there; else, and of two blocks, None."""
    if len(mine.by_block) <= LEAST_TRIALS or not (mine.is_at_a_gap or theirs.is_at_a_gap):
        return None
    one, other = mine.interval, theirs.interval
    return _as_read(Interval(one.estimate / other.estimate, one.low / other.high, one.high / other.low))


def _as_read(found: Interval) -> Interval:
    """Return a ratio whose limits are 1 if they are nearer to it than durations are read: equal ones differ by as much.

    So a timer's ticks, which are equal in both targets, do not make a limit of 1.0002.
    """
    low, high = (1.0 if abs(math.log(limit)) < READ_TO else limit for limit in (found.low, found.high))
    return Interval(found.estimate, low, high)


def _independent(of: tuple[Pooled, Pooled], freedom: int) -> tuple[float, float, float]:
    """Return the logarithm of the ratio of two independent percentiles, and its limits."""
    (estimate, low, high), (other, other_low, other_high) = (
        tuple(math.log(one) for one in (found.interval.estimate, found.interval.low, found.interval.high))
        for found in of
    )
    below = unlike_blocks.together(freedom, estimate - low, other_high - other)
    above = unlike_blocks.together(freedom, high - estimate, other - other_low)
    return estimate - other, estimate - other - below, estimate - other + above
