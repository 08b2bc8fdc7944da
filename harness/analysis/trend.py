"""Trend over blocks: whether values drift one way from the first block to the last.

An interval over blocks assumes that blocks differ by chance. A drift makes it mean something else: the average of what
the machine or the target was on its way.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.analysis.intervals import Interval

DRIFTS = "the blocks drift one way, from the first to the last by more than the interval is wide"
LEAST_BLOCKS = 6
SIGNIFICANCE = 0.005


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
    places, logs = np.arange(len(values)), np.log(values)
    # equal values have no rank correlation: scipy then gives nan, which is not below the limit
    if not stats.kendalltau(places, logs).pvalue < SIGNIFICANCE:
        return False
    change = abs(float(stats.theilslopes(logs, places).slope)) * (len(values) - 1)
    return change > math.log(interval.high / interval.low)
