"""Memory that a target is known to take is what the kernel's counters are read to say that it takes.

The calibration target takes 100 MiB in each of the ways that are easily missed or counted twice: private, shared, for
50 ms only, and by children that inherit as much again. A file that it reads is the page cache's and not its own, and
must not show.

The negative controls show that each check can fail: the sum of resident sizes counts shared pages once for each child,
and the kernel's high-water mark, which includes the page cache, shows the file.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.measure.memory import level, peak
from harness.model import Measurement
from harness.selftest.calibration import CalibrationBench, on_every_runtime, tell
from harness.selftest.checks import Check, Findings, Row, at_least, exactly
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.runtime.base import Counters, Instance
    from harness.selftest.rig import Lab

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
    f"Growth of the counters when the calibration target takes {HELD_BYTES >> 20} MiB; page tables are part of the "
    f"truth where kernel memory counts. {_CHILDREN} children inherit {HELD_BYTES >> 20} MiB and take as much together."
)


@dataclass(frozen=True, slots=True)
class Growth:
    """What a deed of the calibration target's was known to take, and what it was read to take.

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
    """Hold each growth against the truth, and each negative control against its limit."""
    checks = [
        _within(f"{runtime}: private", seen.private, PRIVATE_LIMIT),
        _within(f"{runtime}: shared", seen.shared, SHARED_LIMIT),
        _within(f"{runtime}: forked", seen.forked, FORKED_LIMIT),
        exactly(f"{runtime}: bytes of the file read", FILE_BYTES, seen.file.true_bytes),
        Check(f"{runtime}: a file of 200 MB", 0.0, seen.file.read_bytes, FILE_LIMIT_BYTES, Unit.BYTE),
        at_least(
            f"{runtime}: negative control: resident sizes of the forked, over the truth",
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
    """Let the calibration target take memory in every way, in each runtime."""
    return on_every_runtime(lab, lambda bench: judge(bench.name, _measure(bench)), _DETAIL)


def _measure(bench: CalibrationBench) -> Growths:
    with bench.start()[0] as calibrated:
        scale = _Scale(calibrated, bench.runtime.metering.memory)
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
    """Reads what a calibration target takes with what measures targets."""

    def __init__(self, calibrated: Instance, family: str) -> None:
        self._target = calibrated
        self._family = family

    def warm_up(self) -> None:
        """Do everything once in the small, so that no code is loaded while anything is weighed."""
        for path in ("/hold/private/4096", "/hold/shared/4096", "/spike/4096/0", "/fork/1/4096", "/release"):
            tell(self._target, path)

    def grows_by(self, path: str) -> Growth:
        """Weigh what a path makes the calibration target hold, and let it give that back."""
        before = self._settled()
        did = tell(self._target, path)
        after = self._settled()
        tell(self._target, "/release")
        return Growth(HELD_BYTES + _page_tables(did, after), self._level(after) - self._level(before))

    def forked(self) -> Growth:
        """Weigh children that inherit memory and take as much of their own together."""
        before = self._target.counters()
        tell(self._target, f"/hold/private/{HELD_BYTES}")
        did = tell(self._target, f"/fork/{_CHILDREN}/{HELD_BYTES // _CHILDREN}")
        after = self._target.counters()
        tell(self._target, "/release")
        return Growth(2 * HELD_BYTES, self._level(after) - self._level(before), HELD_BYTES + did["resident_bytes"])

    def file(self) -> tuple[Growth, float | None]:
        """Weigh a file that is read, of which is true how much was read, in the level and in the peak."""
        before, mark = self._target.counters(), self._new_mark()
        did = tell(self._target, "/read")
        after = self._target.counters()
        return Growth(did["read_bytes"], self._level(after) - self._level(before)), self._above(mark, after)

    def spike(self) -> Growth | None:
        """Weigh by the high-water mark what the calibration target takes for a moment; None where there is no mark."""
        mark = self._new_mark()
        did = tell(self._target, f"/spike/{HELD_BYTES}/{_SPIKE_NS}")
        after = self._target.counters()
        read_bytes = self._above(mark, after)
        return None if read_bytes is None else Growth(HELD_BYTES + _page_tables(did, after), read_bytes)

    def _settled(self) -> Counters:
        time.sleep(_SETTLED_AFTER_S)
        return self._target.counters()

    def _new_mark(self) -> float | None:
        self._settled()  # what was given back before must be gone, or the mark begins above it
        is_new = self._target.reset_peak()
        return self._peak(self._target.counters()) if is_new else None

    def _above(self, mark: float | None, counters: Counters) -> float | None:
        now = self._peak(counters)
        return None if mark is None or now is None else now - mark

    def _peak(self, counters: Counters) -> float | None:
        found = peak(self._family, counters, is_of_load=True)
        return found.value if isinstance(found, Measurement) else None

    def _level(self, counters: Counters) -> float:
        return level(self._family, "held", counters).value


def _page_tables(did: Mapping[str, int], counters: Counters) -> int:
    """Return the size of the page tables in bytes where the counters include kernel memory, else 0."""
    return 0 if counters.memory_parts == _WITHOUT_THE_KERNELS else did["page_table_bytes"]


ROW = Row("memory", run)
