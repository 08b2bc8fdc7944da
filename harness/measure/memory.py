"""Memory of one trial from the kernel's counters: levels, such as idle and loaded, and the peak.

The counters count shared pages once. Beside them stand the resident set sizes of all processes, added up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import MachineError
from harness.model import Absence, Measurement

if TYPE_CHECKING:
    from harness.metrics.catalogue import Metric
    from harness.runtime.base import Counters, Instance


_OPTIONAL_PARTS = {"total_shmem": "shared memory", "kmem.usage_in_bytes": "its own memory"}
"""Parts that some kernels with control groups of version 1 do not report beside `total_rss`; version 2 has both."""


_PAGE_TABLES = {"kernel", "pagetables"}
_FROM_ENGINES = {
    "total_active_anon": "without its kernel memory, which the engine does not report",
    "anon": "without its page tables, which the engine does not report",
    "usage": "with its page cache, which the engine does not report apart",
}
"""First parts of readings that came from an engine's statistics (`runtime.docker.statistics`), and how they differ."""


def level(metric: Metric, counters: Counters) -> Measurement:
    """Return the target's memory now, in bytes, as a measurement of this metric."""
    return Measurement(metric.name(), metric.unit, counters.memory_bytes, warnings=_left_out(counters.memory_parts))


def peak(metric: Metric, counters: Counters, *, is_of_load: bool) -> Measurement | Absence:
    """Return the kernel's peak counter, in bytes, as a measurement of this metric.

    Args:
        metric: The peak of a container, or of processes.
        counters: A reading at the end of load.
        is_of_load: Whether the counter was reset when load began; otherwise the peak includes the start.
    """
    if counters.peak_bytes is None:
        return Absence(metric.name(), metric.unit, "the kernel keeps no high-water mark of this memory")
    warnings = () if is_of_load else ("the kernel can't reset the mark, so the peak counts from the start",)
    return Measurement(metric.name(), metric.unit, counters.peak_bytes, warnings=warnings)


def resident(now: Metric, instance: Instance, largest: Metric | None = None) -> tuple[Measurement | Absence, ...]:
    """Return the resident set sizes of an instance's processes, added up; absences where they can't be read.

    Args:
        now: The metric of the sizes now.
        instance: A running target.
        largest: The metric of the largest size of each process; None if it is not wanted.
    """
    metrics = (now, largest) if largest else (now,)
    try:
        found = instance.resident()
    except MachineError as error:
        return tuple(Absence(metric.name(), metric.unit, error.cause) for metric in metrics)
    sizes = (found.now_bytes, found.largest_bytes)
    return tuple(Measurement(m.name(), m.unit, size) for m, size in zip(metrics, sizes, strict=False))


def _left_out(parts: tuple[str, ...]) -> tuple[str, ...]:
    if (difference := _FROM_ENGINES.get(parts[0])) is not None and _PAGE_TABLES.isdisjoint(parts):
        return (difference,)
    if "total_rss" not in parts:
        return ()
    missing = [words for part, words in _OPTIONAL_PARTS.items() if part not in parts]
    return (f"without {' and '.join(missing)}, which this kernel does not count for a target",) if missing else ()
