"""The memory of one long run: of the harness's process, and of each process that drives its load."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import psutil

from tools.soak.growth import leaked_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What docs/reliability.md promises. In two minutes of Flask and Gin as processes, 134 and 75 MiB were the most.
HARNESS_LIMIT_BYTES = 256 << 20
GENERATOR_LIMIT_BYTES = 128 << 20
# Readings are joined to this many points: a slope over all pairs of thousands would take minutes.
_POINTS = 60
_LEAST_POINTS = 6
_SETTLING_SHARE = 0.2  # of the run: caches and heaps fill in its first blocks
_PERIOD_S = 0.5
_GENERATORS = "harness.load.process."


@dataclass(frozen=True, slots=True)
class Reading:
    """Resident sizes at one moment: of the harness, and of the largest process of its generator (0: there is none)."""

    harness_bytes: int
    generator_bytes: int


def read() -> Reading:
    """Return what this process and its generators hold now."""
    own = psutil.Process()
    largest = 0
    for child in own.children(recursive=True):
        try:
            if _GENERATORS in " ".join(child.cmdline()):
                largest = max(largest, child.memory_info().rss)
        except psutil.Error:  # it has just ended
            continue
    return Reading(own.memory_info().rss, largest)


@contextmanager
def watched() -> Iterator[list[Reading]]:
    """Read the memory again and again until the context ends; yield the list that gets the readings."""
    readings: list[Reading] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_PERIOD_S):
            readings.append(read())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield readings
    finally:
        ended.set()
        thread.join()


def beyond(readings: Sequence[Reading]) -> list[str]:
    """Return a sentence for each kind of process that is over its limit or grows; an empty list if none does."""
    harness = [reading.harness_bytes for reading in readings]
    generator = [reading.generator_bytes for reading in readings if reading.generator_bytes]
    return [
        *_beyond("the harness", harness, HARNESS_LIMIT_BYTES),
        *_beyond("a process of the generator", generator, GENERATOR_LIMIT_BYTES),
    ]


def highest(readings: Sequence[Reading]) -> str:
    """Return the largest sizes as a line of text."""
    harness = max((reading.harness_bytes for reading in readings), default=0)
    generator = max((reading.generator_bytes for reading in readings), default=0)
    return f"harness {harness / 2**20:.0f} MiB, generator {generator / 2**20:.0f} MiB"


def _beyond(name: str, sizes: Sequence[int], limit_bytes: int) -> Iterator[str]:
    if not sizes:
        yield f"{name} was never seen"
        return
    if max(sizes) > limit_bytes:
        yield f"{name} took {max(sizes) / 2**20:.0f} MiB, and its limit is {limit_bytes / 2**20:.0f} MiB"
    settled = sizes[int(len(sizes) * _SETTLING_SHARE) :]
    step = max(1, len(settled) // _POINTS)
    points = [round(median(settled[first : first + step])) for first in range(0, len(settled), step)]
    if len(points) >= _LEAST_POINTS and (grown_bytes := leaked_bytes(points)):
        yield f"{name} grew by at least {grown_bytes / 2**20:.1f} MiB from {points[0] / 2**20:.0f} MiB"
