"""The seam between measuring and whatever starts a target.

A runtime builds a target once and creates instances of it. An instance is created, started, read and stopped; the
clocks that time these steps belong to the caller. Nothing here knows what is measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from harness.model import Subject, Target


@dataclass(frozen=True, slots=True)
class Image:
    """A built target.

    Attributes:
        identity: The engine's id of it: equal ids are equal bytes.
        size_bytes: What the engine says it occupies.
        versions: Versions read inside it: the runtime's and those of the target's declared packages.
        findings: What the target's probes printed; None where it has none.
    """

    target: Target
    identity: str
    size_bytes: int
    versions: Mapping[str, str] = field(default_factory=dict)
    findings: str | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """The conditions that an instance gets.

    Attributes:
        cpus: The CPUs that the target may use.
        memory_limit_bytes: What it may occupy before it is ended.
        pids_limit: How many processes and threads it may have, where a runtime can limit them.
        host: The address of this machine that it listens on: its own loopback, unless load comes from other machines.
    """

    cpus: frozenset[int]
    memory_limit_bytes: int = 1 << 30
    pids_limit: int = 256
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Metering:
    """What metrics are called that depend on how a runtime measures: it is part of a metric's identity.

    Attributes:
        memory: The family of memory metrics, as in `memory.idle`.
        start: The family of start times, as in `cold_start.ready`.
        start_steps: Those of `create`, `start` and `ready` that tell something of the target or the engine, and not
            of the harness.
        size: What is measured as the size of what was built, as in `footprint.image`.
    """

    memory: str = "memory"
    start: str = "cold_start"
    start_steps: tuple[str, ...] = ("create", "start", "ready")
    size: str = "image"


@dataclass(frozen=True, slots=True)
class Counters:
    """One reading of the kernel's counters for an instance.

    Attributes:
        cpu_s: CPU time of all its processes since it started.
        memory_bytes: What it occupies now; the runtime's `Metering` names the way of counting.
        memory_parts: The kernel's names of what `memory_bytes` adds up; fewer on kernels that don't report all.
        peak_bytes: The kernel's own high-water mark since it was last reset, page cache included; None where the
            kernel keeps none.
        throttled_s: Time that a CPU quota held it back.
        oom_kills: Processes that the kernel ended for lack of memory, as far as it tells.
    """

    cpu_s: float
    memory_bytes: int
    memory_parts: tuple[str, ...]
    peak_bytes: int | None
    throttled_s: float
    oom_kills: int


class Instance(Protocol):
    """One start-to-stop of a target. A context manager: leaving it stops and removes everything."""

    @property
    def subject(self) -> Subject:
        """What it is an instance of."""
        ...

    @property
    def url(self) -> str:
        """Where it will listen: `http://<host>:<port>`."""
        ...

    def start(self) -> None:
        """Start it; returns when the engine says it runs, which is before it answers.

        Raises:
            TargetError: It could not be started.
        """
        ...

    def running(self) -> bool:
        """Tell whether its first process lives."""
        ...

    def ending(self) -> str | None:
        """Say how its first process ended, in words that follow its name; None while that lives."""
        ...

    def pid(self) -> int:
        """Return the process that all of its processes descend from, as this machine numbers it.

        Raises:
            TargetError: It does not run any more.
        """
        ...

    def counters(self) -> Counters:
        """Read its counters.

        Raises:
            TargetError: It does not run any more.
            MachineError: The kernel's counters can't be read here.
        """
        ...

    def reset_peak(self) -> bool:
        """Reset the high-water mark, and tell whether the kernel allows it."""
        ...

    def logs(self, lines: int = 20) -> str:
        """Return the last lines that it printed."""
        ...

    def stop(self) -> None:
        """Ask it to end, wait, then end it; remove it. Does nothing the second time.

        Raises:
            TargetError: It did not exit 0 within its grace, or the kernel ended one of its processes.
        """
        ...

    def discard(self) -> None:
        """End it at once and remove it, whatever state it is in. Raises nothing and judges nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Runtime(Protocol):
    """Builds targets and creates instances of them, all for the one run that it was opened for."""

    @property
    def name(self) -> str:
        """What results say they were measured on: `docker` or `process`."""
        ...

    @property
    def metering(self) -> Metering:
        """What its metrics are called."""
        ...

    def describe(self) -> Mapping[str, str]:
        """Return what the numbers depend on: engine and kernel interface versions."""
        ...

    def build(self, target: Target, log: Callable[[str], None]) -> Image:
        """Build a target, or find it built, telling `log` each line of progress.

        Raises:
            TargetError: It does not build; the last lines of the build are in the cause.
            MachineError: A base image is neither here nor within reach.
        """
        ...

    def create(self, image: Image, subject: Subject, launch: Launch) -> Instance:
        """Create an instance without starting it.

        Raises:
            TargetError: The engine refused.
        """
        ...

    def close(self) -> None:
        """Remove every instance of this run that is left; safe to call at any time and again."""
        ...
