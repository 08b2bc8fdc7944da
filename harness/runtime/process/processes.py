"""The process runtime: targets as processes of this machine, without a container engine.

It starts, reads and stops targets, and kills them all at the end of the run. As far as an ordinary process allows, it
sets the restrictions of a container: no access to other users' files, no capabilities, no new privileges, no other
CPUs. It does not know what is measured.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from harness.errors import HarnessError, MachineError, TargetError
from harness.interrupts import shielded
from harness.model import Stage
from harness.program_output import ProgramOutput
from harness.runtime.base import Counters, Metering
from harness.runtime.cache import cache_folder
from harness.runtime.ending import SETTLES_WITHIN_S, oom_kills
from harness.runtime.exposure import Exposure
from harness.runtime.failures import (
    GRACE_S,
    NOT_ENDED,
    broken_down,
    ended_badly,
    exited,
    failure,
    out_of_memory,
)
from harness.runtime.listeners import listening
from harness.runtime.owner import Owner
from harness.runtime.ports import free_port
from harness.runtime.process.builder import APP
from harness.runtime.process.builds import Builds
from harness.runtime.process.leftovers import end_run, marks
from harness.runtime.process.supervisor_client import NotStartedError, Request, Supervisor
from harness.runtime.process.toolchains import variables
from harness.runtime.proctree import ProcessTree

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from types import TracebackType

    from harness.model import Subject, Target
    from harness.runtime.base import Image, Launch, Resident
    from harness.runtime.proctree import Usage

_NOBODY = 65534
_OPEN_FILES = 16_384  # as in a container
# No target has a home, as in a container with a read-only root. /proc has no folder that even root could create.
_BASE_ENVIRONMENT = {"HOME": "/proc/nonexistent", "LANG": "C.UTF-8"}
_READ_BY_ALL = 0o005


class ProcessRuntime:
    """The process runtime of one run. See `Runtime`."""

    name = "process"
    metering = Metering.PROCESSES

    def __init__(self, run_id: str, cache: Path) -> None:
        self._run_id = run_id
        self._user = _user(cache)
        self._builds = Builds(cache, self._user)
        self._owner = Owner.current()
        self._ports: set[int] = set()
        self._uses = ExitStack()

    @classmethod
    def open(cls, run_id: str) -> Self:
        """Open the runtime for a run.

        Raises:
            MachineError: The operating system is not Linux.
        """
        if sys.platform != "linux":
            raise MachineError(
                "targets can't run as processes here",
                where=platform.system(),
                cause="the process runtime needs Linux",
                remedy="Start a container engine and use `--runtime docker`.",
            )
        return cls(run_id, cache_folder())

    def describe(self) -> Mapping[str, str]:
        """Return what the numbers depend on, with the differences from a container."""
        user = f"user {os.geteuid()}" if os.geteuid() else "root, without capabilities"
        return {
            "kernel": platform.release(),
            "network": "host",
            "user": "nobody" if self._user is not None else user,
            # No RLIMIT_AS: it would limit address space, of which Go reserves gigabytes that it never uses.
            "memory_limit": "at each reading",
            "process_limit": "none",
        }

    def fetch_bases(self, targets: Iterable[Target], contestants: Collection[str], log: Callable[[str], None]) -> None:
        """Do nothing: processes have no base images. See `Runtime`."""

    def build(self, target: Target, log: Callable[[str], None]) -> Image:
        """Return a target's build; build it in the cache if there is none. See `Runtime`."""
        return self._builds.build(target, self._uses, log, marks(self._run_id, f"build of {target.name}", self._owner))

    def create(self, image: Image, subject: Subject, launch: Launch) -> ProcessInstance:
        """Prepare a target's first process, without a start. See `Runtime`."""
        port = free_port(frozenset(self._ports), launch.host)
        self._ports.add(port)
        request = self._request(image, subject, launch, port)
        with ExitStack() as on_error:
            output = ProgramOutput()
            on_error.callback(output.close)
            try:
                with shielded():
                    supervisor = Supervisor.prepare(request, self._marks(subject), output.descriptor)
                    on_error.callback(supervisor.end)
            except NotStartedError as error:
                raise failure(subject, Stage.START, str(error)) from error
            output.keep_short()
            on_error.pop_all()
        return ProcessInstance(supervisor, output, subject, f"http://{launch.host}:{port}", launch.memory_limit_bytes)

    def close(self) -> None:
        """Kill all remaining processes of this run; can be called at any time, and more than once.

        Raises:
            MachineError: A process can't be killed.
        """
        with shielded():
            self._uses.close()
            end_run(self._run_id)

    def _request(self, image: Image, subject: Subject, launch: Launch, port: int) -> Request:
        target, variant = image.target, image.target.variant(subject.variant)
        if not variant.command:
            raise failure(subject, Stage.START, "its variant has no command; only an image has a default command")
        folder = self._builds.folder_of(target, image.identity)
        return Request(
            command=variant.command,
            environment={
                **_BASE_ENVIRONMENT,
                **variables(target.toolchain, folder),
                **variant.environment,
                **self._marks(subject),
                "HOST": launch.host,
                "PORT": str(port),
            },
            folder=str(folder / APP),
            cpus=tuple(sorted(launch.cpus)),
            open_files=_OPEN_FILES,
            user=self._user,
        )

    def _marks(self, subject: Subject) -> Mapping[str, str]:
        return marks(self._run_id, str(subject), self._owner)


class ProcessInstance:
    """Process tree of a target, from its preparation to its end. See `Instance`."""

    def __init__(
        self, supervisor: Supervisor, output: ProgramOutput, subject: Subject, url: str, memory_limit_bytes: int
    ) -> None:
        self._supervisor = supervisor
        self._output = output
        self._subject = subject
        self._url = url
        self._memory_limit_bytes = memory_limit_bytes
        self._tree = ProcessTree(supervisor.pid)
        self._is_started = False
        self._is_removed = False
        self._is_exposure_checked = False
        self._exposure = Exposure(subject, url, listening())
        self._oom_kills = oom_kills()
        self._last: Usage | None = None

    @property
    def subject(self) -> Subject:
        """The subject that the processes serve."""
        return self._subject

    @property
    def url(self) -> str:
        """URL of the target: `http://<host>:<port>`."""
        return self._url

    def start(self) -> None:
        """Start the target; return after the exec of its program. See `Instance`."""
        with shielded():
            self._is_started = True
            try:
                self._supervisor.start()
            except NotStartedError as error:
                raise self._failed(Stage.START, str(error)) from error

    def running(self) -> bool:
        """Return whether the first process is running."""
        return self._is_started and not self._is_removed and self._supervisor.exit_code() is None

    def ending(self, within_s: float = 0.0) -> str | None:
        """Return how the first process ended, or that the kernel ended another for lack of memory. See `Instance`."""
        code = self._supervisor.exit_code(within_s)
        return self._lost() if code is None else self._ended(code)

    def pid(self) -> int:
        """Return the id of the supervisor, the ancestor of all processes of the target. See `Instance`."""
        self._refuse_broken()
        return self._supervisor.pid

    def listens_on(self) -> tuple[str, ...]:
        """Return the addresses on which its processes accept connections. See `Instance`."""
        return self._tree.listens_on()

    def counters(self) -> Counters:
        """Read CPU time and memory of all processes; the first call also checks where they listen. See `Instance`.

        Raises:
            TargetEndedError: The target is not running any more, or lost a process when the machine's memory ran out.
            TargetError: It uses more memory than its limit, accepts connections from other machines, hides its memory,
                or starts processes all the time.
            MachineError: The kernel's counters can't be read on this machine.
        """
        self._refuse_broken()
        kills = oom_kills()
        try:
            self._refuse_exposed()
            usage = self._read_tree()
        except ProcessLookupError:
            self._refuse_broken(within_s=SETTLES_WITHIN_S)
            raise
        self._refuse_broken()  # compared with the reading before this one
        self._oom_kills, self._last = kills, usage
        if usage.memory_bytes > self._memory_limit_bytes:
            raise self._too_big(usage.memory_bytes)
        return Counters(
            cpu_s=usage.cpu_s,
            memory_bytes=usage.memory_bytes,
            memory_parts=("Pss",),
            peak_bytes=None,  # the kernel has a peak per process; their sum is not the peak of the sum
            throttled_s=0.0,
            oom_kills=0,
        )

    def _read_tree(self) -> Usage:
        try:
            return self._tree.read()
        except MachineError as error:  # it is a property of these processes: those of other targets can be read
            where = f"{self._subject}, {error.where}"
            raise TargetError(error.what, where=where, cause=error.cause, remedy=error.remedy) from error

    def resident(self) -> Resident:
        """Read the resident set sizes of all processes. See `Instance`."""
        self._refuse_broken()
        try:
            return self._tree.resident()
        except ProcessLookupError:
            self._refuse_broken(within_s=SETTLES_WITHIN_S)
            raise

    def reset_peak(self) -> bool:
        """Return False: several processes have no common high-water mark."""
        return False

    def logs(self, lines: int = 20) -> str:
        """Return the last lines that the target printed; empty after the removal."""
        return self._output.tail(lines)

    def stop(self) -> str | None:
        """Send SIGTERM, wait, kill what is left, and remove the instance. See `Instance`."""
        if self._is_removed:
            return None
        with shielded():
            try:
                return self._end() if self._is_started else None
            finally:
                self.discard()

    def discard(self) -> None:
        """Kill and remove the target at once, in any state. Raises no error and does not judge how it ended."""
        # A process that can't be killed now still has its marks, so the runtime's `close` kills it.
        with shielded(), suppress(HarnessError):
            if not self._is_removed:
                self._is_removed = True
                self._output.close()
                self._supervisor.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.stop()
        else:
            self.discard()

    def _end(self) -> str | None:
        self._refuse_broken()
        if self._supervisor.is_stopped():
            how = "its supervisor, the parent of its first process, is stopped"
            raise broken_down(str(self._subject), how, self.logs())
        listens = self._exposure.refuse_at_end(self._supervisor.pid)
        self._supervisor.stop()
        code = self._supervisor.exit_code(within_s=GRACE_S)
        if code is None:
            return NOT_ENDED
        if code == -signal.SIGKILL:
            raise self._failed(Stage.STOP, self._ended(code))
        if not self._supervisor.was_told:  # it ended by itself after the look at it, and before `stop`
            raise broken_down(str(self._subject), self._ended(code), self.logs())
        if orphans := self._supervisor.orphans:
            return f"it orphaned processes that had to be ended: {orphans}"
        return ended_badly(code) or listens

    def _refuse_broken(self, within_s: float = 0.0) -> None:
        if (how := self.ending(within_s)) is not None:
            raise broken_down(str(self._subject), how, self.logs())

    def _lost(self) -> str | None:
        """Return the words for a process lost when memory ran out; None if none is known to be lost."""
        kills = oom_kills() - self._oom_kills
        if not kills or self._last is None or not (lost := self._tree.lost(self._last.pids)):
            return None
        used = f"used {self._last.memory_bytes:,} when it was last read"
        return out_of_memory(f"{lost} of its processes", self._memory_limit_bytes, used)

    def _ended(self, code: int) -> str:
        if (lost := self._supervisor.lost) is not None:
            return f"its supervisor, the parent of its first process, ended before it: {exited(lost)}"
        if code != -signal.SIGKILL or oom_kills() == self._oom_kills:
            return exited(code)
        peak_bytes = self._supervisor.peak_bytes
        used = None if peak_bytes is None else f"its largest process used {peak_bytes:,}"
        return out_of_memory("its first process", self._memory_limit_bytes, used)

    def _too_big(self, memory_bytes: int) -> TargetError:
        """Return the error of a target above its memory limit, which the kernel does not enforce here."""
        return TargetError(
            "the target uses too much memory",
            where=str(self._subject),
            cause=f"it uses {memory_bytes:,} bytes, and its limit is {self._memory_limit_bytes:,} bytes",
            remedy="Reduce its memory, for example with fewer workers.",
        )

    def _refuse_exposed(self) -> None:
        """Check the listening addresses once before load."""
        if self._is_exposure_checked:
            return
        self._exposure.refuse_at_start(self._supervisor.pid)
        self._is_exposure_checked = True

    def _failed(self, stage: Stage, cause: str) -> TargetError:
        return failure(self._subject, stage, cause, self.logs())


def _user(cache: Path) -> int | None:
    """Return the user of targets, None for the harness's own: root's targets run as nobody if nobody can read them."""
    needed = (cache, Path(sys.base_prefix), Path(sys.executable).resolve())
    return _NOBODY if os.geteuid() == 0 and all(map(_is_readable_by_all, needed)) else None


def _is_readable_by_all(path: Path) -> bool:
    parts = [part for part in (path.resolve(), *path.resolve().parents) if part.exists()]
    return all(part.stat().st_mode & _READ_BY_ALL == _READ_BY_ALL for part in parts)
