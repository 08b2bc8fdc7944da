"""Memory of one trial, from the kernel's own counters: what is resident idle, loaded, and at its highest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Absence, Measurement
from harness.units import Unit

if TYPE_CHECKING:
    from harness.runtime.base import Counters


def level(name: str, counters: Counters) -> Measurement:
    """Return `memory.<name>`: anonymous, shared and kernel memory at this moment."""
    return Measurement(f"memory.{name}", Unit.BYTE, counters.memory_bytes)


def peak(counters: Counters, *, is_of_load: bool) -> Measurement | Absence:
    """Return `memory.peak`, the kernel's high-water mark.

    Args:
        counters: A reading at the end of load.
        is_of_load: Whether the mark could be reset when load began; otherwise it holds the start as well.
    """
    if counters.peak_bytes is None:
        return Absence("memory.peak", Unit.BYTE, "this kernel keeps no high-water mark for a cgroup")
    warnings = () if is_of_load else ("the kernel can't reset the mark, so the peak counts from the start",)
    return Measurement("memory.peak", Unit.BYTE, counters.peak_bytes, warnings=warnings)
