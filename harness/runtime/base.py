"""Interface of the runtimes: `Runtime` and `Instance`, with the data classes that they use.

A runtime builds a target once and creates instances of it. An instance is created, started, read and stopped. The
caller times these steps. Beyond `Metering`, nothing here knows what is measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol, Self

from harness.metrics.catalogue import FOOTPRINT_BUILD, FOOTPRINT_IMAGE, in_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from types import TracebackType

    from harness.metrics.catalogue import Metric
    from harness.model import Subject, Target

UNIX = "unix:"
"""Beginning of the address of a Unix socket, before its path."""


@dataclass(frozen=True, slots=True)
class Image:
    """Image: a built target.

    Attributes:
        identity: The engine's id; equal ids mean equal bytes.
        size_bytes: Size on disk, as the engine reports it.
        versions: Versions read inside the image: of the language, and of the target's declared packages.
        findings: Output of the target's probes; None without probes.
        bases: Base images by name: the registry's digest of each, or the engine's id of one that no registry has.
        stand_ins: Bases that were made on this machine, with the registry's image that each stands in for.
        source: Digest of the files that it was built from; empty if it is not known.
        sbom: Its bill of materials; None if there is none.
        sbom_gap: Why its bill of materials could not be made; empty if it was, or if none was asked for.
    """

    target: Target
    identity: str
    size_bytes: int
    versions: Mapping[str, str] = field(default_factory=dict)
    findings: str | None = None
    bases: Mapping[str, str] = field(default_factory=dict)
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    sbom: str | None = field(default=None, repr=False)
    sbom_gap: str = ""


@dataclass(frozen=True, slots=True)
class Launch:
    """Launch conditions of an instance.

    Attributes:
        cpus: The CPUs that the target may use.
        memory_limit_bytes: Memory limit; a target above it is killed or fails.
        pids_limit: Maximum of processes and threads, in runtimes that can limit them.
        host: Address that the target listens on: the loopback, or an address for load from other machines.
    """

    cpus: frozenset[int]
    memory_limit_bytes: int = 1 << 30
    pids_limit: int = 256
    host: str = "127.0.0.1"


class Metering(Enum):
    """Way of measuring of a runtime: containers or processes. It is part of a metric's identity."""

    CONTAINERS = "containers"
    PROCESSES = "processes"

    def of(self, *metrics: Metric) -> tuple[Metric, ...]:
        """Return the counterparts of container metrics, without those that have none."""
        if self is Metering.CONTAINERS:
            return metrics
        return tuple(own for metric in metrics if (own := in_processes(metric)))

    @property
    def size(self) -> Metric:
        """Metric of the build's size."""
        return FOOTPRINT_IMAGE if self is Metering.CONTAINERS else FOOTPRINT_BUILD


@dataclass(frozen=True, slots=True)
class Counters:
    """Reading of the kernel's counters of an instance.

    Attributes:
        cpu_s: CPU time of all its processes since its start.
        memory_bytes: Memory in use now; the runtime's `Metering` says how it is counted.
        memory_parts: The kernel's names of the parts of `memory_bytes`; fewer if a kernel does not report all.
        peak_bytes: The kernel's high-water mark since the last reset, page cache included; None without one.
        throttled_s: Time for which a CPU quota stopped it.
        oom_kills: Processes that the kernel killed for lack of memory; 0 if the runtime can't count them.
    """

    cpu_s: float
    memory_bytes: int
    memory_parts: tuple[str, ...]
    peak_bytes: int | None
    throttled_s: float
    oom_kills: int


@dataclass(frozen=True, slots=True)
class Resident:
    """Resident set sizes of all processes of an instance, added up: memory that n processes share counts n times.

    Attributes:
        now_bytes: The sizes now.
        largest_bytes: The largest size of each process since its start. Their sum can exceed every sum at one time.
    """

    now_bytes: int
    largest_bytes: int


class Instance(Protocol):
    """Instance: one start-to-stop of a target. As a context manager, it stops and removes itself at the end."""

    @property
    def subject(self) -> Subject:
        """The subject that the instance serves."""
        ...

    @property
    def url(self) -> str:
        """URL of the instance: `http://<host>:<port>`."""
        ...

    def start(self) -> None:
        """Start the instance; return when the engine reports it running, which is before its first answer.

        Raises:
            TargetError: The target could not be started.
        """
        ...

    def running(self) -> bool:
        """Return whether the first process is running."""
        ...

    def ending(self, within_s: float = 0.0) -> str | None:
        """Return how the target ended or lost a process, as words that follow its name; None while it is whole.

        Args:
            within_s: How long to wait for an end that the engine or the supervisor has not noticed yet.
        """
        ...

    def pid(self) -> int | None:
        """Return the id, on this machine, of the process that is the ancestor of all processes of the instance.

        None if the processes are under another kernel: on another machine, or in a virtual machine.

        Raises:
            TargetEndedError: The target is not running any more.
        """
        ...

    def listens_on(self) -> tuple[str, ...]:
        """Return the addresses on which its processes accept connections; empty if they can't be read.

        A Unix socket is `UNIX` and its path.
        """
        ...

    def counters(self) -> Counters:
        """Read the counters.

        Raises:
            TargetEndedError: The target is not running any more, or the kernel ended one of its processes for lack of
                memory.
            TargetError: It breaks a condition of its launch.
            MachineError: The kernel's counters can't be read on this machine.
        """
        ...

    def resident(self) -> Resident:
        """Read the resident set sizes of its processes; a container's own first process is not one of them.

        Raises:
            TargetEndedError: The target is not running any more.
            MachineError: The sizes can't be read.
        """
        ...

    def reset_peak(self) -> bool:
        """Reset the high-water mark; return whether the kernel allowed it."""
        ...

    def logs(self, lines: int = 20) -> str:
        """Return the last lines that the target printed."""
        ...

    def stop(self) -> str | None:
        """Send SIGTERM, wait, kill what is left, and remove the instance. A second call does nothing.

        Returns:
            How it ended, in words, if it did not exit with 0 in time as targets/CONTRACT.md asks; else None.

        Raises:
            TargetEndedError: The target had ended before SIGTERM.
            TargetError: The kernel ended one of its processes for lack of memory.
        """
        ...

    def discard(self) -> None:
        """Kill and remove the instance at once, in any state. Raises no error and does not judge how it ended."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Runtime(Protocol):
    """Runtime: builds targets and creates their instances, for one run."""

    @property
    def name(self) -> str:
        """Name of the runtime in results: `docker` or `process`."""
        ...

    @property
    def metering(self) -> Metering:
        """What it measures: containers or processes."""
        ...

    def describe(self) -> Mapping[str, str]:
        """Return the versions and settings that the numbers depend on."""
        ...

    def fetch_bases(self, targets: Iterable[Target], contestants: Collection[str], log: Callable[[str], None]) -> None:
        """Pull the base images that targets need and this machine lacks; `log` gets each line of progress.

        Raises:
            ToolchainError: No contestant has all of its own; the error names all that can't be pulled.
        """
        ...

    def build(self, target: Target, log: Callable[[str], None]) -> Image:
        """Build a target, or find an earlier build; `log` gets each line of progress.

        Raises:
            TargetError: The target does not build; the last lines of the build are in the cause.
            MachineError: A base image is neither on this machine nor can be pulled.
        """
        ...

    def create(self, image: Image, subject: Subject, launch: Launch) -> Instance:
        """Create an instance, without a start.

        Raises:
            TargetError: The engine refused.
        """
        ...

    def close(self) -> None:
        """Remove all remaining instances of this run; can be called at any time, and more than once."""
        ...
