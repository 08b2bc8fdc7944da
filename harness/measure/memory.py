"""Memory of one trial, from the kernel's own counters: what is resident idle, loaded, and at its highest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence import Absence, Measurement
from harness.units import Unit

if TYPE_CHECKING:
    from harness.runtime.base import Counters


def level(family: str, name: str, counters: Counters) -> Measurement:
    """Return `<family>.<name>`: what the target occupies at this moment; the family says how that is counted."""
    return Measurement(f"{family}.{name}", Unit.BYTE, counters.memory_bytes)


def peak(family: str, counters: Counters, *, is_of_load: bool) -> Measurement | Absence:
    """Return `<family>.peak`, the kernel's high-water mark.

    Args:
        family: Says how memory is counted.
        counters: A reading at the end of load.
        is_of_load: Whether the mark could be reset when load began; otherwise it holds the start as well.
    """
    if counters.peak_bytes is None:
        return Absence(f"{family}.peak", Unit.BYTE, "the kernel keeps no high-water mark of this memory")
    warnings = () if is_of_load else ("the kernel can't reset the mark, so the peak counts from the start",)
    return Measurement(f"{family}.peak", Unit.BYTE, counters.peak_bytes, warnings=warnings)
