"""Data classes of memory over a trial: the samples that a trial stores, and the curve over all trials of a subject.

The store resolves the annotations at run time, so no import may stand under `TYPE_CHECKING`.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

from harness.model.target import Subject

MOST_SAMPLES = 60
"""The most samples that a trial stores."""


@dataclass(frozen=True, slots=True)
class MemorySamples:
    """Samples of a target's memory through its trial, from ready to the end of load or of the rest after it.

    Attributes:
        at_s: The time of each sample, in ascending order. 0 is the beginning of the trial's first load; samples before
            it have negative times.
        size_bytes: The memory at each time, counted as the loaded memory of the trial.
    """

    at_s: tuple[float, ...]
    size_bytes: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.at_s) != len(self.size_bytes) or not 0 < len(self.at_s) <= MOST_SAMPLES:
            raise ValueError(f"{len(self.at_s)} times and {len(self.size_bytes)} sizes of memory")
        if not all(map(math.isfinite, self.at_s)) or any(after < before for before, after in pairwise(self.at_s)):
            raise ValueError("times of memory samples are not in order")
        if self.at_s[-1] < 0:
            raise ValueError("no sample of memory is of load")
        if min(self.size_bytes) < 0:
            raise ValueError(f"a memory of {min(self.size_bytes)} bytes")


@dataclass(frozen=True, slots=True)
class MemoryPoint:
    """Memory of a subject at one time of its trials: the median of the trials, the smallest and the largest one.

    `at_s` counts from the beginning of the first load.
    """

    at_s: float
    median_bytes: float
    smallest_bytes: float
    largest_bytes: float


@dataclass(frozen=True, slots=True)
class MemoryCurve:
    """Memory of a subject over its trials; without samples it has no points, and the reason.

    Attributes:
        trials: The number of trials with samples.
        ready: The first sample of each trial, before its load; None without samples.
        points: The memory at equal steps of the time from the first load to the last sample.
        highest: The largest sample of each trial, at the median of their times; None without samples.
        reason: Why there is no curve; None if there is one.
    """

    subject: Subject
    trials: int = 0
    ready: MemoryPoint | None = None
    points: tuple[MemoryPoint, ...] = ()
    highest: MemoryPoint | None = None
    reason: str | None = None
