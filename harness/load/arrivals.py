"""When requests are due: the schedules of open load, as nanoseconds after the slice begins.

A schedule is fixed before the first request and never looks at an answer: that is what makes the load open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.model import LoadKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.model import Load


def constant(rate_per_s: float, duration_s: float) -> NDArray[np.int64]:
    """Return evenly spaced due times in ns, the first at 0, all before `duration_s`."""
    count = int(np.ceil(rate_per_s * duration_s - 1e-9))
    due_ns: NDArray[np.int64] = np.rint(np.arange(count) * (1e9 / rate_per_s)).astype(np.int64)
    return due_ns


def poisson(rate_per_s: float, duration_s: float, seed: int) -> NDArray[np.int64]:
    """Return the due times in ns of a Poisson process on [0, `duration_s`), the same for the same seed.

    Given their number, the arrivals of a Poisson process are independent and uniform: so the number is drawn first,
    and no gap is cut off at the end.
    """
    random = np.random.default_rng(seed)
    count = random.poisson(rate_per_s * duration_s)
    return np.sort((random.random(count) * (duration_s * 1e9)).astype(np.int64))


def schedule(load: Load, duration_s: float, seed: int) -> NDArray[np.int64]:
    """Return the due times in ns of an open load.

    Raises:
        ValueError: The load is closed, and so has no schedule.
    """
    if load.rate_per_s is None:
        raise ValueError(f"{load} has no schedule")
    if load.kind is LoadKind.POISSON:
        return poisson(load.rate_per_s, duration_s, seed)
    return constant(load.rate_per_s, duration_s)
