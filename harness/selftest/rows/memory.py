"""Check that the kernel's counters report the known memory of a target.

The calibration target takes 100 MiB in each of the ways that are easily missed or counted twice: private, shared, for
50 ms only, and by children that inherit another 100 MiB. A file that it reads belongs to the page cache and must not
count as its memory.

The negative controls show that each check can fail. The sum of resident sizes counts shared pages once for each child.
The kernel's peak counter includes the page cache and shows the file.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.measure.memory import level, peak
from harness.metrics.catalogue import MEMORY_LOADED, MEMORY_PEAK
from harness.model import Measurement
from harness.selftest.calibration import CalibrationBench, on_every_runtime, send_command
from harness.selftest.checks import Check, Findings, Row, at_least, exactly
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.runtime.base import Counters, Instance, Metering
    from harness.selftest.rig import Lab

HELD_BYTES = 100 << 20
FILE_BYTES = 200_000_000
PRIVATE_LIMIT, SHARED_LIMIT, SPIKE_LIMIT, FORKED_LIMIT = 0.001, 0.01, 0.01, 0.05
FILE_LIMIT_BYTES = 1 << 20
_CHILDREN = 4
_SPIKE_NS = 50_000_000
_TWICE_COUNTED = 1.5
_WITHOUT_KERNEL_MEMORY = ("Pss",)
_SETTLED_AFTER_S = 2.5  # each CPU has its own counter; the kernel adds them up every 2 s (mm/memcontrol.c, FLUSH_TIME)
_CACHED = 0.9
_DETAIL = (
    f"Growth of the counters when the calibration target takes {HELD_BYTES >> 20} MiB. Where kernel memory counts, "
    f"page tables are part of the truth. {_CHILDREN} children inherit {HELD_BYTES >> 20} MiB and together take as much "
    "again."
)


@dataclass(frozen=True, slots=True)
class Growth:
    """The true growth of memory after one command, and the growth that was read.

    Attributes:
        true_bytes: The memory that the calibration target took.
        read_bytes: The growth of the counter; None where the kernel has no such counter.
        resident_bytes: The growth of the sum of all its processes' resident sizes.
    """

    true_bytes: float
    read_bytes: float | None
    resident_bytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Growths:
    """The growths of one measurement. `spike` and `file_in_peak` are None where the kernel has no peak counter."""

    private: Growth
    shared: Growth
    forked: Growth
    file: Growth
    spike: Growth | None
    file_in_peak: float | None


def judge(runtime: str, seen: Growths) -> tuple[Check, ...]:
    """Check each growth against the truth, and each negative control against its limit."""
    checks = [
        _within(f"{runtime}: private", seen.private, PRIVATE_LIMIT),
        _within(f"{runtime}: shared", seen.shared, SHARED_LIMIT),
        _within(f"{runtime}: forked", seen.forked, FORKED_LIMIT),
        exactly(f"{runtime}: bytes of the file read", FILE_BYTES, seen.file.true_bytes),
        Check(f"{runtime}: a file of 200 MB", 0.0, seen.file.read_bytes, FILE_LIMIT_BYTES, Unit.BYTE),
        at_least(
            f"{runtime}: negative control: resident sizes of the forked processes, over the truth",
            _TWICE_COUNTED,
            seen.forked.resident_bytes / seen.forked.true_bytes,
        ),
    ]
    if seen.spike is not None:
        checks.append(_within(f"{runtime}: spike of 50 ms in the peak", seen.spike, SPIKE_LIMIT))
    if seen.file_in_peak is not None:
        least = _CACHED * FILE_BYTES
        checks.append(
            at_least(f"{runtime}: negative control: the file in the peak", least, seen.file_in_peak, Unit.BYTE)
        )
    return tuple(checks)


def _within(what: str, growth: Growth, share: float) -> Check:
    return Check(what, growth.true_bytes, growth.read_bytes, share * growth.true_bytes, Unit.BYTE)


def run(lab: Lab) -> Findings:
    """Make the calibration target take memory in every way, in each runtime of this machine."""
    return on_every_runtime(lab, lambda bench: judge(bench.name, _measure(bench)), _DETAIL)


def _measure(bench: CalibrationBench) -> Growths:
    with bench.running() as running:
        meter = _MemoryMeter(running.instance, bench.runtime.metering)
        meter.warm_up()
        file, file_in_peak = meter.file()
        return Growths(
            private=meter.growth_of(f"/hold/private/{HELD_BYTES}"),
            shared=meter.growth_of(f"/hold/shared/{HELD_BYTES}"),
            forked=meter.forked(),
            file=file,
            spike=meter.spike(),
            file_in_peak=file_in_peak,
        )


class _MemoryMeter:
    """Measures the memory of a calibration target with the instruments that measure targets."""

    def __init__(self, calibrated: Instance, metering: Metering) -> None:
        self._target = calibrated
        self._loaded, self._highest = metering.of(MEMORY_LOADED, MEMORY_PEAK)

    def warm_up(self) -> None:
        """Send every command once with a small size, so that no code is loaded during a measurement."""
        for path in ("/hold/private/4096", "/hold/shared/4096", "/spike/4096/0", "/fork/1/4096", "/release"):
            send_command(self._target, path)

    def growth_of(self, path: str) -> Growth:
        """Measure the memory that a command takes, then release it."""
        before = self._settled()
        reported = send_command(self._target, path)
        after = self._settled()
        send_command(self._target, "/release")
        return Growth(HELD_BYTES + _page_tables(reported, after), self._level(after) - self._level(before))

    def forked(self) -> Growth:
        """Measure the memory of children that inherit memory and together take as much again."""
        before = self._target.counters()
        send_command(self._target, f"/hold/private/{HELD_BYTES}")
        reported = send_command(self._target, f"/fork/{_CHILDREN}/{HELD_BYTES // _CHILDREN}")
        after = self._target.counters()
        send_command(self._target, "/release")
        return Growth(2 * HELD_BYTES, self._level(after) - self._level(before), HELD_BYTES + reported["resident_bytes"])

    def file(self) -> tuple[Growth, float | None]:
        """Measure what reading a file adds to memory and to the peak. `true_bytes` is the number of bytes read."""
        before, mark = self._target.counters(), self._new_mark()
        reported = send_command(self._target, "/read")
        after = self._target.counters()
        return Growth(reported["read_bytes"], self._level(after) - self._level(before)), self._above(mark, after)

    def spike(self) -> Growth | None:
        """Measure a short allocation in the peak counter; None where the kernel has no peak counter."""
        mark = self._new_mark()
        reported = send_command(self._target, f"/spike/{HELD_BYTES}/{_SPIKE_NS}")
        after = self._target.counters()
        read_bytes = self._above(mark, after)
        return None if read_bytes is None else Growth(HELD_BYTES + _page_tables(reported, after), read_bytes)

    def _settled(self) -> Counters:
        time.sleep(_SETTLED_AFTER_S)
        return self._target.counters()

    def _new_mark(self) -> float | None:
        self._settled()  # memory released earlier must be gone, or the new peak would include it
        is_new = self._target.reset_peak()
        return self._peak(self._target.counters()) if is_new else None

    def _above(self, mark: float | None, counters: Counters) -> float | None:
        now = self._peak(counters)
        return None if mark is None or now is None else now - mark

    def _peak(self, counters: Counters) -> float | None:
        found = peak(self._highest, counters, is_of_load=True)
        return found.value if isinstance(found, Measurement) else None

    def _level(self, counters: Counters) -> float:
        return level(self._loaded, counters).value


def _page_tables(reported: Mapping[str, int], counters: Counters) -> int:
    """Return the size of the page tables in bytes where the counters include kernel memory, otherwise 0."""
    return 0 if counters.memory_parts == _WITHOUT_KERNEL_MEMORY else reported["page_table_bytes"]


ROW = Row("memory", run)
