"""Samples of a target's memory through its trial.

Every reading of the counters gives a sample: after verification, before and after each batch, at the end of load, after
the rest. Long batches have further samples, when a slice of the target has ended. These take a thousandth of the time
at most. A reading of a container's counters takes a tenth of a millisecond, one of many processes much longer. This
module knows counters and times, not load.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from time import perf_counter
from typing import TYPE_CHECKING

from harness.errors import MachineError, TargetError
from harness.model import MOST_SAMPLES, MemorySamples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.runtime.base import Counters, Instance

PERIOD_S = 1.0
"""Least time of a batch between two readings of a target."""

MOST_SHARE = 0.001
"""Most of the time of a batch that the readings of one target may take."""

LONGEST_S = 0.01
"""Longest reading within a batch: it ends in the head of the next slice, which is not counted."""

_Sample = tuple[float, int]


class MemorySampler:
    """Sampler of one trial: reads the counters, and keeps the memory of each reading with its time."""

    def __init__(self) -> None:
        self._samples: list[_Sample] = []
        self._load_began_s: float | None = None
        self._took_s = 0.0
        self._read_at_s = 0.0

    def read(self, instance: Instance) -> Counters:
        """Read the counters of a running target, and keep its memory.

        Raises:
            TargetError: The target has failed.
            MachineError: The counters can't be read.
        """
        began_s = perf_counter()
        counters = instance.counters()
        ended_s = perf_counter()
        self._took_s = ended_s - began_s
        self._samples.append((ended_s, counters.memory_bytes))
        return counters

    @property
    def apart_s(self) -> float:
        """Time between the last two readings, in seconds."""
        (before_s, _), (last_s, _) = self._samples[-2:]
        return last_s - before_s

    def begin_batch(self, instance: Instance) -> Counters:
        """Read the counters before a batch; the time of the first one is the beginning of load. See `read`."""
        counters = self.read(instance)
        self._read_at_s = 0.0
        if self._load_began_s is None:
            self._load_began_s, _ = self._samples[-1]
        return counters

    def read_between(self, instance: Instance, driven_s: float) -> None:
        """Read the counters between two slices, if a reading is short and the last one long enough ago.

        A reading that fails gives no sample: the end of the batch shows how the target failed.

        Args:
            instance: A target that has no load now.
            driven_s: The load of the batch so far, on all targets, in seconds.
        """
        if self._took_s > LONGEST_S or driven_s - self._read_at_s < max(PERIOD_S, self._took_s / MOST_SHARE):
            return
        self._read_at_s = driven_s
        try:
            self.read(instance)
        except (MachineError, TargetError):
            self._took_s = math.inf

    def samples(self) -> MemorySamples | None:
        """Return at most `MOST_SAMPLES` of the samples; None if there was no load."""
        began_s = self._load_began_s
        if began_s is None:
            return None
        kept = thinned(self._samples, MOST_SAMPLES)
        return MemorySamples(tuple(round(at_s - began_s, 3) for at_s, _ in kept), tuple(size for _, size in kept))


def thinned(samples: Sequence[_Sample], most: int) -> list[_Sample]:
    """Return at most `most` of samples of (time, size): the first, the last, the largest, and others evenly in time.

    Args:
        samples: At least one, in ascending order of time.
        most: At least 3.
    """
    if len(samples) <= most:
        return list(samples)
    times = [at for at, _ in samples]
    step = (times[-1] - times[0]) / (most - 2)
    even = {_nearest(times, times[0] + number * step) for number in range(1, most - 2)}
    largest = max(range(len(samples)), key=lambda index: samples[index][1])
    return [samples[index] for index in sorted({0, len(samples) - 1, largest} | even)]


def _nearest(times: Sequence[float], at: float) -> int:
    """Return the index of the time that is nearest to another one between the first and the last."""
    after = bisect_left(times, at)
    return after - 1 if after and at - times[after - 1] <= times[after] - at else after
