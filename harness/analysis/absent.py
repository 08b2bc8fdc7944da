"""Reasons for absent numbers: a measured value that can't be one, and values that give no interval.

Each function returns a sentence for the result, or None. So no later step meets a value whose logarithm, ratio or
interval can't be computed. This module must not know where the values come from.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.analysis.intervals import LEAST_TRIALS, log_t_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.analysis.intervals import Interval

# No clock, counter or size of a real machine lies outside of these, in any base unit.
SMALLEST, LARGEST = 1e-15, 1e18
_FARTHEST = 1e30  # an interval from 1e-30 to 1e30 says nothing


def no_value(value: float) -> str | None:
    """Return why a measured value is no number of a result; None for a usable value."""
    if value <= 0:
        return f"measured {value:g}, and an estimate needs positive numbers"
    if not SMALLEST <= value <= LARGEST:
        return f"measured {value:g}, which no real machine gives"
    return None


def no_interval(values: Sequence[float]) -> str | None:
    """Return why values of several blocks give no interval; None if they give one.

    Args:
        values: One value per block.
    """
    if len(values) < LEAST_TRIALS:
        return f"an interval needs {LEAST_TRIALS} blocks with a number, and there is {'one' if values else 'none'}"
    if not all(value > 0 and math.isfinite(value) for value in values) or not _is_usable(log_t_interval(values)):
        return f"the numbers of the blocks lie too far apart for an interval, from {min(values):g} to {max(values):g}"
    return None


def _is_usable(interval: Interval) -> bool:
    return interval.low >= 1 / _FARTHEST and interval.high <= _FARTHEST
