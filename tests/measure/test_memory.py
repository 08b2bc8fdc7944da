"""Memory levels and peaks from the kernel's counters, with their warnings."""

from dataclasses import replace

import pytest

from harness.errors import MachineError
from harness.measure import memory
from harness.metrics.catalogue import (
    MEMORY_IDLE,
    MEMORY_PEAK,
    MEMORY_PSS_IDLE,
    MEMORY_PSS_PEAK,
    MEMORY_RSS_LOADED,
    MEMORY_RSS_PEAK,
)
from harness.model import Absence, Measurement
from harness.runtime.base import Resident
from harness.units import Unit
from tests.fakes import FakeInstance, Script, reading
from tests.trials import GIN


def test_a_level_is_the_memory_of_the_counters() -> None:
    assert memory.level(MEMORY_IDLE, reading(memory_bytes=123)) == Measurement("memory.idle", Unit.BYTE, 123)


def test_memory_of_processes_has_another_name() -> None:
    assert memory.level(MEMORY_PSS_IDLE, reading()).metric == "memory_pss.idle"
    assert memory.peak(MEMORY_PSS_PEAK, reading(), is_of_load=True).metric == "memory_pss.peak"
    assert memory.peak(MEMORY_PSS_PEAK, reading(peak_bytes=None), is_of_load=True).metric == "memory_pss.peak"


def test_a_peak_since_the_start_of_load_has_no_warning() -> None:
    assert memory.peak(MEMORY_PEAK, reading(peak_bytes=456), is_of_load=True) == Measurement(
        "memory.peak", Unit.BYTE, 456
    )


def test_a_peak_that_includes_the_start_has_a_warning() -> None:
    found = memory.peak(MEMORY_PEAK, reading(peak_bytes=456), is_of_load=False)
    assert isinstance(found, Measurement)
    assert (found.value, found.warnings) == (
        456,
        ("the kernel can't reset the mark, so the peak counts from the start",),
    )


def test_without_a_peak_counter_the_peak_is_an_absence() -> None:
    why = "the kernel keeps no high-water mark of this memory"
    assert memory.peak(MEMORY_PEAK, reading(peak_bytes=None), is_of_load=True) == Absence("memory.peak", Unit.BYTE, why)


@pytest.mark.parametrize(
    ("parts", "left_out"),
    [
        (("total_rss", "total_shmem", "kmem.usage_in_bytes"), None),
        (("anon", "shmem", "kernel"), None),
        (("Pss",), None),
        (("total_rss", "kmem.usage_in_bytes"), "shared memory"),
        (("total_rss", "total_shmem"), "its own memory"),
        (("total_rss",), "shared memory and its own memory"),
    ],
)
def test_parts_that_the_kernel_does_not_count_are_named_in_a_warning(
    parts: tuple[str, ...], left_out: str | None
) -> None:
    warnings = (f"without {left_out}, which this kernel does not count for a target",) if left_out else ()
    assert memory.level(MEMORY_IDLE, replace(reading(), memory_parts=parts)).warnings == warnings


class TestResident:
    """Resident sizes of a target's processes, added up."""

    def test_the_sizes_now_and_the_largest_sizes_are_two_metrics(self) -> None:
        instance = self.started(Script(resident=Resident(now_bytes=123, largest_bytes=456)))
        assert memory.resident(MEMORY_RSS_LOADED, instance, MEMORY_RSS_PEAK) == (
            Measurement("memory_rss.loaded", Unit.BYTE, 123),
            Measurement("memory_rss.peak", Unit.BYTE, 456),
        )
        assert [one.metric for one in memory.resident(MEMORY_RSS_LOADED, instance)] == ["memory_rss.loaded"]

    def test_sizes_that_can_not_be_read_are_absent_with_the_reason(self) -> None:
        error = MachineError("no", where="here", cause="permission denied", remedy="Mend it.")
        instance = self.started(Script(fails={("resident", 1): error}))
        assert memory.resident(MEMORY_RSS_LOADED, instance, MEMORY_RSS_PEAK) == (
            Absence("memory_rss.loaded", Unit.BYTE, "permission denied"),
            Absence("memory_rss.peak", Unit.BYTE, "permission denied"),
        )

    @staticmethod
    def started(script: Script) -> FakeInstance:
        instance = FakeInstance(GIN, script, [])
        instance.start()
        instance.server.close()
        return instance
