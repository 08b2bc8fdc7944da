"""What grows from run to run: memory, descriptors, threads, processes and containers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from scipy.stats import theilslopes

if TYPE_CHECKING:
    from collections.abc import Sequence

# Python's heap, the caches of libraries and the page tables settle in the first runs.
SETTLING_RUNS = 3
FEWEST_RUNS = SETTLING_RUNS + 3  # the interval of a slope takes three points
# Growth of memory over the whole soak, as a share of the settled size, that is not yet a leak.
TOLERATED_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process holds after a run.

    Attributes:
        memory_bytes: The resident size of the process.
        descriptors, threads, children: Of the process.
        containers: Containers with the label of a run of this harness.
    """

    memory_bytes: int
    descriptors: int
    threads: int
    children: int
    containers: int


def growth(samples: Sequence[Sample]) -> list[str]:
    """Return a sentence for each kind of thing that grows; an empty list if nothing does.

    Memory grows if the lower end of the 95 % interval of its slope (Theil and Sen) adds up to more than the tolerated
    share over the soak. Whatever is counted grows if it is more after the last run than after the settling runs.

    Raises:
        ValueError: There are too few samples for a slope.
    """
    if len(samples) < FEWEST_RUNS:
        raise ValueError(f"{len(samples)} runs: a slope takes {FEWEST_RUNS}")
    settled = samples[SETTLING_RUNS:]
    found = []
    for counted in (field.name for field in fields(Sample) if field.name != "memory_bytes"):
        first, last = getattr(settled[0], counted), getattr(settled[-1], counted)
        if last > first:
            found.append(f"{counted}: {first} after {SETTLING_RUNS + 1} runs, {last} after {len(samples)}")
    sizes = [sample.memory_bytes for sample in settled]
    if grown_bytes := leaked_bytes(sizes):
        found.append(
            f"memory: at least {grown_bytes / 2**20:.1f} MiB over {len(sizes)} runs of {sizes[0] / 2**20:.0f} MiB"
        )
    return found


def leaked_bytes(sizes: Sequence[int]) -> float:
    """Return by how much sizes have certainly grown from the first to the last; 0 for what is tolerated."""
    grown_bytes = float(theilslopes(sizes).low_slope) * (len(sizes) - 1)
    return grown_bytes if grown_bytes > TOLERATED_SHARE * sizes[0] else 0.0
