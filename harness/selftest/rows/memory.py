"""Memory that a target is known to take is what the kernel's counters are read to say that it takes.

The gauge takes 100 MiB in each of the ways that are easily missed or counted twice: private, shared, for 50 ms only,
and by children that inherit as much again. A file that it reads is the page cache's and not its own, and must not show.

The twins show that each could fail: resident sizes added up count what children share once for each of them, and the
kernel's high-water mark, which holds the page cache as well, does show the file.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.measure.memory import level, peak
from harness.model import Measurement
from harness.selftest.checks import Check, Findings, Row, at_least, exactly
from harness.selftest.gauges import Bench, on_every_runtime, tell
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.runtime.base import Counters, Instance
    from harness.selftest.stand import Lab

HELD_BYTES = 100 << 20
FILE_BYTES = 200_000_000
PRIVATE_LIMIT, SHARED_LIMIT, SPIKE_LIMIT, FORKED_LIMIT = 0.001, 0.01, 0.01, 0.05
FILE_LIMIT_BYTES = 1 << 20
_CHILDREN = 4
_SPIKE_NS = 50_000_000
_TWICE_COUNTED = 1.5
_WITHOUT_THE_KERNELS = ("Pss",)
_SETTLED_AFTER_S = 2.5  # each CPU counts for itself, and the kernel adds up every 2 s (mm/memcontrol.c, FLUSH_TIME)
_CACHED = 0.9
_DETAIL = (
    f"What the counters grow by as the gauge takes {HELD_BYTES >> 20} MiB; where kernel memory counts, its page tables "
    f"are part of the truth. {_CHILDREN} children inherit {HELD_BYTES >> 20} MiB and take as much together."
)


@dataclass(frozen=True, slots=True)
class Growth:
    """What a deed of the gauge's was known to take, and what it was read to take.

    Attributes:
        read_bytes: None where the kernel has no such number.
        resident_bytes: What the resident sizes of all its processes, added up, grew by.
    """

    true_bytes: float
    read_bytes: float | None
    resident_bytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Growths:
    """One reading of everything; a spike and a peak are None where there is no high-water mark to see them with."""

    private: Growth
    shared: Growth
    forked: Growth
    file: Growth
    spike: Growth | None
    file_in_peak: float | None


def judge(runtime: str, seen: Growths) -> tuple[Check, ...]:
    """Hold each growth against the truth, and each twin against what it must show."""
    checks = [
        _within(f"{runtime}: private", seen.private, PRIVATE_LIMIT),
        _within(f"{runtime}: shared", seen.shared, SHARED_LIMIT),
        _within(f"{runtime}: forked", seen.forked, FORKED_LIMIT),
        exactly(f"{runtime}: bytes of the file read", FILE_BYTES, seen.file.true_bytes),
        Check(f"{runtime}: a file of 200 MB", 0.0, seen.file.read_bytes, FILE_LIMIT_BYTES, Unit.BYTE),
        at_least(
            f"{runtime}: twin: resident sizes of the forked, over the truth",
            _TWICE_COUNTED,
            seen.forked.resident_bytes / seen.forked.true_bytes,
        ),
    ]
    if seen.spike is not None:
        checks.append(_within(f"{runtime}: spike of 50 ms in the peak", seen.spike, SPIKE_LIMIT))
    if seen.file_in_peak is not None:
        least = _CACHED * FILE_BYTES
        checks.append(at_least(f"{runtime}: twin: the file in the peak", least, seen.file_in_peak, Unit.BYTE))
    return tuple(checks)


def _within(what: str, growth: Growth, share: float) -> Check:
    return Check(what, growth.true_bytes, growth.read_bytes, share * growth.true_bytes, Unit.BYTE)


def run(lab: Lab) -> Findings:
    """Let the gauge take memory in every way, in each runtime."""
    return on_every_runtime(lab, lambda bench: judge(bench.name, _measure(bench)), _DETAIL)


def _measure(bench: Bench) -> Growths:
    with bench.start()[0] as gauge:
        scale = _Scale(gauge, bench.runtime.metering.memory)
        scale.warm_up()
        file, file_in_peak = scale.file()
        return Growths(
            private=scale.grows_by(f"/hold/private/{HELD_BYTES}"),
            shared=scale.grows_by(f"/hold/shared/{HELD_BYTES}"),
            forked=scale.forked(),
            file=file,
            spike=scale.spike(),
            file_in_peak=file_in_peak,
        )


class _Scale:
    """Reads what a gauge takes with what measures targets."""

    def __init__(self, gauge: Instance, family: str) -> None:
        self._gauge = gauge
        self._family = family

    def warm_up(self) -> None:
        """Do everything once in the small, so that no code is loaded while anything is weighed."""
        for path in ("/hold/private/4096", "/hold/shared/4096", "/spike/4096/0", "/fork/1/4096", "/release"):
            tell(self._gauge, path)

    def grows_by(self, path: str) -> Growth:
        """Weigh what a path makes the gauge hold, and let it give that back."""
        before = self._settled()
        did = tell(self._gauge, path)
        after = self._settled()
        tell(self._gauge, "/release")
        return Growth(HELD_BYTES + _page_tables(did, after), self._level(after) - self._level(before))

    def forked(self) -> Growth:
        """Weigh children that inherit memory and take as much of their own together."""
        before = self._gauge.counters()
        tell(self._gauge, f"/hold/private/{HELD_BYTES}")
        did = tell(self._gauge, f"/fork/{_CHILDREN}/{HELD_BYTES // _CHILDREN}")
        after = self._gauge.counters()
        tell(self._gauge, "/release")
        return Growth(2 * HELD_BYTES, self._level(after) - self._level(before), HELD_BYTES + did["resident_bytes"])

    def file(self) -> tuple[Growth, float | None]:
        """Weigh a file that is read, of which is true how much was read, in the level and in the peak."""
        before, mark = self._gauge.counters(), self._new_mark()
        did = tell(self._gauge, "/read")
        after = self._gauge.counters()
        return Growth(did["read_bytes"], self._level(after) - self._level(before)), self._above(mark, after)

    def spike(self) -> Growth | None:
        """Weigh by the high-water mark what the gauge takes for a moment; None where there is no mark."""
        mark = self._new_mark()
        did = tell(self._gauge, f"/spike/{HELD_BYTES}/{_SPIKE_NS}")
        after = self._gauge.counters()
        read_bytes = self._above(mark, after)
        return None if read_bytes is None else Growth(HELD_BYTES + _page_tables(did, after), read_bytes)

    def _settled(self) -> Counters:
        time.sleep(_SETTLED_AFTER_S)
        return self._gauge.counters()

    def _new_mark(self) -> float | None:
        self._settled()  # what was given back before must be gone, or the mark begins above it
        is_new = self._gauge.reset_peak()
        return self._peak(self._gauge.counters()) if is_new else None

    def _above(self, mark: float | None, counters: Counters) -> float | None:
        now = self._peak(counters)
        return None if mark is None or now is None else now - mark

    def _peak(self, counters: Counters) -> float | None:
        found = peak(self._family, counters, is_of_load=True)
        return found.value if isinstance(found, Measurement) else None

    def _level(self, counters: Counters) -> float:
        return level(self._family, "held", counters).value


def _page_tables(did: Mapping[str, int], counters: Counters) -> int:
    """Return what the kernel took to map what the gauge took, where the counters hold the kernel's memory as well."""
    return 0 if counters.memory_parts == _WITHOUT_THE_KERNELS else did["page_table_bytes"]


ROW = Row("memory", run)
