"""Speed of the target's core in a run: its spread, and whether it has two modes.

A core of a shared machine may alternate between two speeds, depending on its neighbours. Then a mean describes neither,
and two runs differ by the share of time in each mode. The speed probe's CPU times show it.

Two modes are the two groups of log CPU times with the least variance within the groups, if all of these hold:

1. Each group has a tenth of the readings, and at least three.
2. The means of the groups are a tenth apart, and four standard deviations within the groups. The best split of a normal
   distribution has 2.7, of a uniform one 3.5.
3. The middle third between the means is nearly empty: it has at most a fifth as many readings as the smaller group.

With fewer than 30 readings the rule finds two modes too often, so it is not applied. docs/noise.md has its error rates.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.model import CoreSpeed, SpeedMode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST_READINGS = 30
SMALLEST_GROUP = 0.1
LEAST_GROUP = 3
LEAST_CHANGE = 0.1
LEAST_DISTANCE = 4.0
VALLEY = 0.2
_LOW, _HIGH = 0.05, 0.95


def core_speed(cpu_s: Sequence[float]) -> CoreSpeed | None:
    """Return the spread and the modes of the speed probe's CPU times; None without readings.

    Args:
        cpu_s: The CPU times of a run's readings, in seconds. Where the kernel's clock did not move, a reading is left
            out.
    """
    ordered_s = np.sort([reading_s for reading_s in cpu_s if reading_s > 0])
    if not len(ordered_s):
        return None
    low_s, median_s, high_s = map(float, np.quantile(ordered_s, (_LOW, 0.5, _HIGH)))
    modes = _modes(ordered_s) if len(ordered_s) >= LEAST_READINGS else None
    return CoreSpeed(len(ordered_s), median_s, low_s, high_s, modes)


def _modes(ordered_s: NDArray[np.float64]) -> tuple[SpeedMode, ...]:
    """Return the two modes of CPU times in ascending order, or the only one."""
    split = _best_split(np.log(ordered_s))
    groups = np.split(ordered_s, [split]) if _is_clear(np.log(ordered_s), split) else [ordered_s]
    return tuple(SpeedMode(float(np.median(group)), len(group) / len(ordered_s)) for group in groups)


def _best_split(ordered: NDArray[np.float64]) -> int:
    """Return the size of the lower group in the split with the least variance within both groups."""
    count = len(ordered)
    least = max(LEAST_GROUP, math.ceil(SMALLEST_GROUP * count))
    sizes = np.arange(least, count - least + 1)
    sums = np.cumsum(ordered)
    lower, upper = sums[sizes - 1] / sizes, (sums[-1] - sums[sizes - 1]) / (count - sizes)
    between = sizes * (count - sizes) * (upper - lower) ** 2  # largest where the variance within the groups is least
    return int(sizes[np.argmax(between)])


def _is_clear(ordered: NDArray[np.float64], split: int) -> bool:
    """Return whether a split separates two modes."""
    lower, upper = ordered[:split], ordered[split:]
    distance = float(upper.mean() - lower.mean())
    within = math.sqrt(float(((lower - lower.mean()) ** 2).sum() + ((upper - upper.mean()) ** 2).sum()) / len(ordered))
    third = distance / 3
    valley = int(np.count_nonzero((ordered > lower.mean() + third) & (ordered < upper.mean() - third)))
    return (
        distance >= math.log1p(LEAST_CHANGE)
        and distance >= LEAST_DISTANCE * within
        and valley <= VALLEY * min(len(lower), len(upper))
    )
