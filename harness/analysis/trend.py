"""Trend over blocks: whether values drift one way from the first block to the last.

An interval over blocks assumes that blocks differ by chance. A drift makes it mean something else: the average of what
the machine or the target was on its way.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.analysis.intervals import Interval

DRIFTS = "the blocks drift one way, from the first to the last by more than the interval is wide"
LEAST_BLOCKS = 6
SIGNIFICANCE = 0.005
_EXACT = 33  # up to this number of values without ties the orders are counted; beyond, their sum is normal


def drifts(values: Sequence[float], interval: Interval) -> bool:
    """Return whether values drift one way by more than their interval is wide.

    The test is that of Mann and Kendall, at p < 0.005 with six blocks or more; the drift is Theil and Sen's slope over
    all blocks. Blocks that differ by chance alone are called drifting in at most 0.5 % of results (0.3 % for six
    blocks), so that one run of a hundred numbers in six has such a warning by chance.

    Args:
        values: Positive, in the order of blocks.
        interval: Their interval.
    """
    if len(values) < LEAST_BLOCKS:
        return False
    logs = np.log(values)
    if trend_p(logs) >= SIGNIFICANCE:
        return False
    change = abs(slope(logs)) * (len(values) - 1)
    return change > math.log(interval.high / interval.low)


def trend_p(values: NDArray[np.float64]) -> float:
    """Return the two-sided probability of a trend as clear as that of values, by Mann and Kendall's test.

    The definition is that of scipy's `kendalltau` with the places of the values. Its import takes half a second, more
    than a quarter of a report.
    """
    count = len(values)
    rises = int(np.sign(values[None, :] - values[:, None])[np.triu_indices(count, 1)].sum())
    _, alike = np.unique(values, return_counts=True)
    pairs, ties = math.comb(count, 2), int((alike * (alike - 1) // 2).sum())
    if ties == pairs:
        return 1.0
    if ties == 0 and count <= _EXACT:
        return _exact_p(count, (pairs - abs(rises)) // 2)
    variance = (count * (count - 1) * (2 * count + 5) - int((alike * (alike - 1) * (2 * alike + 5)).sum())) / 18
    return float(2 * special.ndtr(-abs(rises) / math.sqrt(variance)))


@cache
def _exact_p(count: int, inversions: int) -> float:
    """Return the share of the orders of distinct values with at most so many inversions, or at most so many rises."""
    orders = [1]
    for values in range(2, count + 1):  # the next value makes 0 to values - 1 inversions with those before it
        longest = min(len(orders) + values - 1, inversions + 1)
        orders = [sum(orders[max(0, made - values + 1) : made + 1]) for made in range(longest)]
    return min(1.0, 2 * sum(orders) / math.factorial(count))


def slope(values: NDArray[np.float64]) -> float:
    """Return Theil and Sen's slope of values: the median of the slopes of all pairs."""
    first, second = np.triu_indices(len(values), 1)
    return float(np.median((values[second] - values[first]) / (second - first)))
