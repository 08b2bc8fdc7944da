"""Memory from the kernel's counters, and what a peak must say of itself."""

from harness.measure import memory
from harness.model import Absence, Measurement
from harness.units import Unit
from tests.fakes import reading


def test_a_level_is_what_the_counters_add_up() -> None:
    assert memory.level("idle", reading(memory_bytes=123)) == Measurement("memory.idle", Unit.BYTE, 123)


def test_a_peak_of_load_needs_no_warning() -> None:
    assert memory.peak(reading(peak_bytes=456), is_of_load=True) == Measurement("memory.peak", Unit.BYTE, 456)


def test_a_peak_that_holds_the_start_as_well_says_so() -> None:
    found = memory.peak(reading(peak_bytes=456), is_of_load=False)
    assert isinstance(found, Measurement)
    assert (found.value, found.warnings) == (
        456,
        ("the kernel can't reset the mark, so the peak counts from the start",),
    )


def test_a_kernel_without_a_mark_has_no_peak() -> None:
    why = "this kernel keeps no high-water mark for a cgroup"
    assert memory.peak(reading(peak_bytes=None), is_of_load=True) == Absence("memory.peak", Unit.BYTE, why)
