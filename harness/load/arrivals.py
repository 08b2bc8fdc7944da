"""Schedules of open load: the due times of requests, in nanoseconds after the beginning of the slice.

A schedule is fixed before the first request and does not depend on answers; this is the definition of open load.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.load.share import WHOLE_LOAD, LoadShare
from harness.model import LoadKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Load

_DRAWN_AT_ONCE = 512


def constant(rate_per_s: float, duration_s: float) -> Iterator[int]:
    """Yield evenly spaced due times in ns, the first at 0, and all before `duration_s`."""
    count = math.ceil(rate_per_s * duration_s - 1e-9)
    return (round(number * 1e9 / rate_per_s) for number in range(count))


def poisson(rate_per_s: float, duration_s: float, seed: int) -> Iterator[int]:
    """Yield the due times in ns of a Poisson process on [0, `duration_s`), the same for the same seed.

    Given their number, the arrivals in an interval are independent and uniform. So they are drawn interval by interval:
    memory is constant, and the work is spread over the slice.
    """
    random = np.random.default_rng(seed)
    end_ns = round(duration_s * 1e9)
    interval_ns = min(end_ns, round(_DRAWN_AT_ONCE * 1e9 / rate_per_s))
    for start_ns in range(0, end_ns, interval_ns):
        length_ns = min(interval_ns, end_ns - start_ns)
        count = random.poisson(rate_per_s * length_ns / 1e9)
        yield from (np.sort(random.integers(length_ns, size=count)) + start_ns).tolist()


def schedule(load: Load, duration_s: float, seed: int, share: LoadShare = WHOLE_LOAD) -> Iterator[int]:
    """Yield the due times in ns of an open load, or of a share of it.

    Raises:
        ValueError: The load is closed: it has no schedule.
    """
    if load.rate_per_s is None:
        raise ValueError(f"{load} has no schedule")
    if load.kind is LoadKind.POISSON:
        return share.thinned(poisson(load.rate_per_s, duration_s, seed), seed)
    return share.interleaved(constant(load.rate_per_s, duration_s))
