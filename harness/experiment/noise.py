"""Noise of a run: the machine's signals once a second, and the flags of disturbed blocks.

Flags depend only on the machine's signals, never on the results of a trial: leaving out trials because of their results
would bias the results. docs/noise.md explains each threshold. This module does not know targets.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from harness.experiment.speed_probe import ProbeReading, SpeedProbe
from harness.model import Flag, FlagKind
from harness.units import part_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from harness.runtime.restraints import Restraints

SECOND, SPEED_PROBE = "second", "speed_probe"  # the names of the signals in the stored lines
PERIOD_S = 1.0
LOOKS = 5  # checks for stopped processes per period
STEAL = 0.03
MEMORY_PRESSURE = 0.1
GENERATOR_WAITED = 0.1
THROTTLED = 0.005
SECONDS_SHARE = 0.05
SHARED_CORE = 1.25
SLOW_CORE = 1.25
GAP_S = 5.0
SLOW_SPREADS = 4.0
READINGS_SHARE = 0.25
_TO_SIGMA = 1.4826  # standard deviation over median absolute deviation, of a normal distribution
_STEAL_FIELD = 8  # proc_stat(5): after cpuN, user, nice, system, idle, iowait, irq, softirq


@dataclass(frozen=True, slots=True)
class Second:
    """The machine's signals over about one second, as shares of that time, 0 to 1; None where the kernel has none.

    Attributes:
        at_s: CLOCK_MONOTONIC at the end of the second.
        steal: Time that the hypervisor held back a measured core; of all measured cores, the largest.
        cpu_pressure: Time that any process waited for a core. A target with more threads than cores causes it by
            itself.
        memory_pressure: Time that any process waited for memory.
        generator_waited: Time that the generator was ready to run and had no core.
        throttled: Time that CPU quotas held back targets, added up over their control groups: it may exceed 1.
        stopped: Time that a process of a target was stopped.
    """

    at_s: float
    steal: float
    cpu_pressure: float | None
    memory_pressure: float | None
    generator_waited: float | None
    throttled: float | None = None
    stopped: float | None = None


_Signal = TypeVar("_Signal", Second, ProbeReading)
_ALWAYS = {"at_s", "steal", "cpu_s", "wall_s"}
"""The numbers of signals that every kernel has."""
_MOST = 1e12  # of seconds and of shares


@dataclass(frozen=True, slots=True)
class Totals:
    """The kernel's counters at one moment, in seconds since an arbitrary start."""

    at_s: float
    steal_s: tuple[float, ...]
    cpu_pressure_s: float | None
    memory_pressure_s: float | None
    generator_waited_s: float | None
    throttled_s: float | None = None
    stopped_s: float | None = None

    @classmethod
    def read(cls, cpus: frozenset[int], generator_pid: int, restraints: Restraints, root: Path = Path("/proc")) -> Self:
        """Return the current counters.

        Raises:
            OSError: The kernel has no /proc/stat.
        """
        stat = (root / "stat").read_text(encoding="ascii")
        held = restraints.read()
        return cls(
            time.monotonic(),
            _steal_s(stat, cpus),
            _pressure_s(root / "pressure/cpu"),
            _pressure_s(root / "pressure/memory"),
            _waited_s(root / f"{generator_pid}/schedstat"),
            held.throttled_s,
            held.stopped_s,
        )

    def until(self, later: Totals) -> Second:
        """Return the signals between this moment and a later one."""
        span_s = later.at_s - self.at_s

        def share(before_s: float | None, after_s: float | None) -> float | None:
            return None if before_s is None or after_s is None else (after_s - before_s) / span_s

        held_s = (after - before for before, after in zip(self.steal_s, later.steal_s, strict=True))
        return Second(
            later.at_s,
            max(held_s, default=0.0) / span_s,
            share(self.cpu_pressure_s, later.cpu_pressure_s),
            share(self.memory_pressure_s, later.memory_pressure_s),
            share(self.generator_waited_s, later.generator_waited_s),
            share(self.throttled_s, later.throttled_s),
            share(self.stopped_s, later.stopped_s),
        )


def _steal_s(stat: str, cpus: frozenset[int]) -> tuple[float, ...]:
    names = {f"cpu{cpu}" for cpu in cpus}
    ticks_per_s = os.sysconf("SC_CLK_TCK")
    lines = (line.split() for line in stat.splitlines() if line.startswith("cpu"))
    return tuple(int(words[_STEAL_FIELD]) / ticks_per_s for words in lines if words[0] in names)


def _pressure_s(path: Path) -> float | None:
    try:
        some = path.read_text(encoding="ascii").splitlines()[0]
    except OSError:  # the kernel has no pressure stall information
        return None
    return int(some.rpartition("total=")[2]) / 1e6


def _waited_s(path: Path) -> float | None:
    try:
        return int(path.read_text(encoding="ascii").split()[1]) / 1e9
    except OSError:  # the kernel does not count it, or the process has ended
        return None


@contextmanager
def sampling_noise(
    generator_pid: int, restraints: Restraints, target: frozenset[int], generator: frozenset[int]
) -> Iterator[Noise]:
    """Sample the machine's noise while the context lasts; yield the noise.

    Args:
        generator_pid: The process that drives the load.
        restraints: Watches the running targets for quotas and stops.
        target: The cores of the targets; the speed probe runs there.
        generator: The cores of the generator; the sampler runs there, so that it does not disturb the target.

    Raises:
        MachineError: The speed probe could not be started.
    """
    read = partial(Totals.read, target | generator, generator_pid, restraints)
    with SpeedProbe(target) as probe, Sampler(read, generator, look=restraints.sample) as sampler:

        def read_speed() -> ProbeReading:
            restraints.refresh()
            return probe.read_speed()

        yield Noise(sampler, read_speed)


def _no_look() -> None:
    return None


class Sampler:
    """Thread on the generator's cores that reads the counters once a period, and looks for stops `LOOKS` times."""

    def __init__(
        self,
        read: Callable[[], Totals],
        cpus: frozenset[int],
        period_s: float = PERIOD_S,
        look: Callable[[], None] = _no_look,
    ) -> None:
        self._read = read
        self._look = look
        self._cpus = cpus
        self._pause_s = period_s / LOOKS
        self._seconds: list[Second] = []
        self._before: Totals | None = None
        self._looks = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="noise", daemon=True)

    def take(self) -> tuple[Second, ...]:
        """Return the seconds since the last call. The current second ends now if most of it is over."""
        with self._lock:
            if 2 * self._looks > LOOKS:
                self._end_second()
            taken, self._seconds = self._seconds, []
        return tuple(taken)

    def _sample(self) -> None:
        with suppress(OSError):  # this process may not use that core any more
            os.sched_setaffinity(threading.get_native_id(), self._cpus)
        self._before = self._read()
        while not self._ended.wait(self._pause_s):
            with self._lock:
                self._look()
                self._looks += 1
                if self._looks == LOOKS:
                    self._end_second()

    def _end_second(self) -> None:
        now, self._looks = self._read(), 0
        if self._before is not None:
            self._seconds.append(self._before.until(now))
        self._before = now

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()


class Noise:
    """The signals of a run, block by block, and the flags of each block."""

    def __init__(self, sampler: Sampler, read_speed: Callable[[], ProbeReading]) -> None:
        self._sampler = sampler
        self._read_speed = read_speed
        self._readings: list[ProbeReading] = []
        self._before: list[ProbeReading] = []

    def read_probe(self) -> None:
        """Run the speed probe once and keep its reading. No load may be driven at the same time."""
        self._readings.append(self._read_speed())

    def end_block(self, block: int) -> tuple[tuple[Flag, ...], list[dict[str, Any]]]:
        """End a block; return its provisional flags, by the readings so far, and its signals as lines to store.

        The flags are judged again when the run has ended; see `flags_by_block`.
        """
        seconds, readings = self._sampler.take(), self._readings
        self._before, self._readings = [*self._before, *readings], []
        lines = [{"block": block, "signal": SECOND, **asdict(second)} for second in seconds]
        lines += [{"block": block, "signal": SPEED_PROBE, **asdict(reading)} for reading in readings]
        return flags_of(seconds, readings, self._before), lines


def flags_by_block(lines: Iterable[Mapping[str, Any]]) -> dict[int, tuple[Flag, ...]]:
    """Return the flags of each finished block that has signals, judged against the readings of all finished blocks.

    The order of the blocks does not change the flags.

    Args:
        lines: The stored signals of a run.
    """
    signals = signals_by_block(lines)
    of_run = [reading for _, readings in signals.values() for reading in readings]
    return {block: flags_of(seconds, readings, of_run) for block, (seconds, readings) in signals.items()}


def signals_by_block(
    lines: Iterable[Mapping[str, Any]],
) -> dict[int, tuple[tuple[Second, ...], tuple[ProbeReading, ...]]]:
    """Return the seconds and the speed probe's readings of each finished block.

    Args:
        lines: The stored signals of a run.
    """
    finished = [line for line in lines if not line.get("unfinished")]
    seconds, readings = _by_block(finished, SECOND, Second), _by_block(finished, SPEED_PROBE, ProbeReading)
    blocks = sorted(seconds.keys() | readings.keys())
    return {block: (tuple(seconds.get(block, ())), tuple(readings.get(block, ()))) for block in blocks}


def probe_times_s(lines: Iterable[Mapping[str, Any]]) -> list[float]:
    """Return the speed probe's CPU times in all finished blocks, in seconds.

    Args:
        lines: The stored signals of a run.
    """
    return [reading.cpu_s for _, readings in signals_by_block(lines).values() for reading in readings]


def _by_block(lines: Sequence[Mapping[str, Any]], signal: str, kind: type[_Signal]) -> dict[int, list[_Signal]]:
    """Return the signals of one kind, by block."""
    found: dict[int, list[_Signal]] = defaultdict(list)
    for line in lines:
        if line["signal"] == signal:
            found[line["block"]] += _sound(kind, line)
    return found


def _sound(kind: type[_Signal], line: Mapping[str, Any]) -> tuple[_Signal, ...]:
    """Return the signal of a line; nothing for a line that no run stores, because anybody can have written it."""
    numbers = {one.name: line[one.name] for one in fields(kind) if one.name in line}
    least = sys.float_info.min if "cpu_s" in numbers else 0.0  # work takes time
    for name, one in numbers.items():
        if one is None and name not in _ALWAYS:
            continue
        if type(one) not in (int, float) or not least <= one <= _MOST:
            return ()
    with suppress(TypeError):  # a number is missing
        return (kind(**numbers),)
    return ()


def flags_of(
    seconds: Sequence[Second], readings: Sequence[ProbeReading], of_run: Sequence[ProbeReading]
) -> tuple[Flag, ...]:
    """Return the flags of a block from its signals.

    Args:
        seconds: The seconds of the block.
        readings: The speed probe's readings in the block.
        of_run: The readings of the run, including this block. They are the standard, because cores differ.
    """
    shares: dict[FlagKind, tuple[str, float, list[float | None]]] = {
        FlagKind.STEAL: ("the hypervisor held a core back", STEAL, [one.steal for one in seconds]),
        FlagKind.PRESSURE: ("memory was waited for", MEMORY_PRESSURE, [one.memory_pressure for one in seconds]),
        FlagKind.GENERATOR_LATE: (
            "the generator waited for its core",
            GENERATOR_WAITED,
            [one.generator_waited for one in seconds],
        ),
        FlagKind.THROTTLED: ("a CPU quota held targets back", THROTTLED, [one.throttled for one in seconds]),
    }
    found = [_flag_of_seconds(kind, *signal) for kind, signal in shares.items()]
    return tuple(
        flag for flag in (*found, _paused(seconds), _shared_core(readings), _slow_core(readings, of_run)) if flag
    )


def _flag_of_seconds(kind: FlagKind, what: str, limit: float, shares: Sequence[float | None]) -> Flag | None:
    known = [share for share in shares if share is not None]
    over = sum(share > limit for share in known)
    if not known or over <= max(1.0, SECONDS_SHARE * len(known)):
        return None
    return Flag(kind, f"{what} for more than {100 * limit:g}% of the time in {part_of(over, len(known), 'second')}")


def _paused(seconds: Sequence[Second]) -> Flag | None:
    """Return the flag for stopped targets, or for a stopped harness. One stop is enough: neither stops by itself."""
    stopped = sum(bool(second.stopped) for second in seconds)
    if stopped:
        return Flag(FlagKind.PAUSED, f"a target was stopped from outside in {part_of(stopped, len(seconds), 'second')}")
    gap_s = max((later.at_s - before.at_s for before, later in pairwise(seconds)), default=0.0)
    return Flag(FlagKind.PAUSED, f"the harness itself did not run for {gap_s:.0f} s") if gap_s > GAP_S else None


def _shared_core(readings: Sequence[ProbeReading]) -> Flag | None:
    shared = sum(reading.wall_s > SHARED_CORE * reading.cpu_s for reading in readings)
    if shared <= READINGS_SHARE * len(readings):
        return None
    what = f"lasted more than {SHARED_CORE:g} times its CPU time"
    return Flag(
        FlagKind.OTHER_LOAD,
        f"others used the target's core: {part_of(shared, len(readings), 'speed probe reading')} {what}",
    )


def _slow_core(readings: Sequence[ProbeReading], of_run: Sequence[ProbeReading]) -> Flag | None:
    if not readings:
        return None
    usual_s = statistics.median(reading.cpu_s for reading in of_run)
    spread_s = _TO_SIGMA * statistics.median(abs(reading.cpu_s - usual_s) for reading in of_run)
    limit_s = max(SLOW_CORE * usual_s, usual_s + SLOW_SPREADS * spread_s)
    slow = sum(reading.cpu_s > limit_s for reading in readings)
    if slow <= READINGS_SHARE * len(readings):
        return None
    what = f"took more than {limit_s / usual_s:.2f} times the run's median CPU time"
    return Flag(
        FlagKind.SLOW_CORE,
        f"the target's core was slow: {part_of(slow, len(readings), 'speed probe reading')} {what}",
    )
