"""Targets as processes of this machine: the process runtime, for where no container engine answers.

Owns how such a target is started, read and stopped, and that none outlives its run. What a container can't do, it is
kept from here as far as an ordinary process can be: other users' files, capabilities, new privileges, other CPUs. Knows
nothing of what is measured.
"""

from __future__ import annotations

import fcntl
import os
import platform
import signal
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Self

from harness.errors import HarnessError, MachineError
from harness.interrupts import shielded
from harness.model import Stage
from harness.runtime.base import Counters, Metering
from harness.runtime.failures import GRACE_S, failure, refuse_exposed
from harness.runtime.owner import Owner
from harness.runtime.ports import free_port
from harness.runtime.process.builds import Builds, cache_folder
from harness.runtime.process.leftovers import end_run, marks
from harness.runtime.process.supervisor_client import NotStartedError, Request, Supervisor
from harness.runtime.process.toolchains import APP, variables
from harness.runtime.proctree import ProcessTree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from harness.errors import TargetError
    from harness.model import Subject, Target
    from harness.runtime.base import Image, Launch

_NOBODY = 65534
_OPEN_FILES = 16_384  # as in a container
_HOMELESS = {"HOME": "/nonexistent", "LANG": "C.UTF-8"}
_READ_BY_ALL = 0o005
_LOG_LIMIT_BYTES = 32 << 20  # a target that logs each request must not fill the disk
_TAIL_BYTES = 1 << 16


class ProcessRuntime:
    """The process runtime of one run. See `Runtime`."""

    name = "process"
    metering = Metering(memory="memory_pss", size="build", start="process_start", start_steps=("ready",))

    def __init__(self, run_id: str, cache: Path) -> None:
        self._run_id = run_id
        self._builds = Builds(cache)
        self._user = _user(cache)
        self._owner = Owner.current()
        self._ports: set[int] = set()
        self._uses = ExitStack()

    @classmethod
    def open(cls, run_id: str) -> Self:
        """Make ready for a run.

        Raises:
            MachineError: This is no Linux.
        """
        if sys.platform != "linux":
            raise MachineError(
                "targets can't run as processes here",
                where=platform.system(),
                cause="what keeps, pins and reads them is Linux's own",
                remedy="Start a container engine and use `--runtime docker`.",
            )
        return cls(run_id, cache_folder())

    def describe(self) -> Mapping[str, str]:
        """Return what numbers depend on, and what a container would have and a process has not."""
        user = f"user {os.geteuid()}" if os.geteuid() else "root, without capabilities"
        return {
            "kernel": platform.release(),
            "network": "host",
            "user": "nobody" if self._user is not None else user,
            # RLIMIT_AS would limit addresses: Go reserves gigabytes of them that it never uses.
            "memory_limit": "at each reading",
            "process_limit": "none",
        }

    def build(self, target: Target, log: Callable[[str], None]) -> Image:
        """Build a target into the cache, or find it built. See `Runtime`."""
        return self._builds.build(target, self._uses, log)

    def create(self, image: Image, subject: Subject, launch: Launch) -> ProcessInstance:
        """Prepare a target's first process without starting it. See `Runtime`."""
        port = free_port(frozenset(self._ports), launch.host)
        self._ports.add(port)
        request = self._request(image, subject, launch, port)
        with ExitStack() as undoing:
            printed = _Printed()
            undoing.callback(printed.close)
            try:
                with shielded():
                    supervisor = Supervisor.prepare(request, self._marks(subject), printed.descriptor)
                    undoing.callback(supervisor.end)
            except NotStartedError as error:
                raise failure(subject, Stage.START, str(error)) from error
            undoing.pop_all()
        return ProcessInstance(supervisor, printed, subject, f"http://{launch.host}:{port}", launch.memory_limit_bytes)

    def close(self) -> None:
        """End every process of this run that is left; safe to call at any time and again.

        Raises:
            MachineError: One can't be ended.
        """
        with shielded():
            self._uses.close()
            end_run(self._run_id)

    def _request(self, image: Image, subject: Subject, launch: Launch, port: int) -> Request:
        target, variant = image.target, image.target.variant(subject.variant)
        if not variant.command:
            raise failure(subject, Stage.START, "its variant has no command, which only an image can do without")
        folder = self._builds.folder_of(target, image.identity)
        return Request(
            command=variant.command,
            environment={
                **_HOMELESS,
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
    """A target as a tree of processes, from prepared to ended. See `Instance`."""

    def __init__(
        self, supervisor: Supervisor, printed: _Printed, subject: Subject, url: str, memory_limit_bytes: int
    ) -> None:
        self._supervisor = supervisor
        self._printed = printed
        self._subject = subject
        self._url = url
        self._memory_limit_bytes = memory_limit_bytes
        self._tree = ProcessTree(supervisor.pid)
        self._is_started = False
        self._is_removed = False
        self._is_known_to_be_ours_alone = False

    @property
    def subject(self) -> Subject:
        """What it is an instance of."""
        return self._subject

    @property
    def url(self) -> str:
        """Where it will listen: `http://127.0.0.1:<port>`."""
        return self._url

    def start(self) -> None:
        """Start it; return when its program has begun. See `Instance`."""
        with shielded():
            self._is_started = True
            try:
                self._supervisor.start()
            except NotStartedError as error:
                raise self._failed(Stage.START, str(error)) from error

    def running(self) -> bool:
        """Tell whether its first process lives."""
        return self._is_started and not self._is_removed and self._supervisor.exit_code() is None

    def ending(self) -> str | None:
        """Say how its first process ended. See `Instance`."""
        return None if self.running() else _unclean(self._supervisor.exit_code()) or "it exited with code 0"

    def pid(self) -> int:
        """Return its supervisor, which all of its processes descend from. See `Instance`."""
        self._refuse_dead()
        return self._supervisor.pid

    def counters(self) -> Counters:
        """Read CPU time and memory of all its processes. See `Instance`.

        Raises:
            TargetError: It does not run any more, occupies more than it may, or listens where other machines reach it.
            MachineError: The kernel's counters can't be read here.
        """
        self._refuse_dead()
        self._printed.shorten()
        try:
            self._refuse_exposed()
            usage = self._tree.read()
        except ProcessLookupError:
            self._refuse_dead()
            raise
        if usage.pss_bytes > self._memory_limit_bytes:
            cause = f"it occupies {usage.pss_bytes:,} bytes and may {self._memory_limit_bytes:,}"
            raise self._failed(Stage.LOAD, cause)
        return Counters(
            cpu_s=usage.cpu_s,
            memory_bytes=usage.pss_bytes,
            memory_parts=("Pss",),
            peak_bytes=None,  # of each process the kernel keeps one, but their sum is no peak of the sum
            throttled_s=0.0,
            oom_kills=0,
        )

    def reset_peak(self) -> bool:
        """Return False: there is no high-water mark of several processes."""
        return False

    def logs(self, lines: int = 20) -> str:
        """Return the last lines that it printed; empty once it is removed."""
        return self._printed.tail(lines)

    def stop(self) -> None:
        """Ask it to end, wait, then end it; remove it. See `Instance`."""
        if self._is_removed:
            return
        with shielded():
            try:
                if self._is_started:
                    self._end()
            finally:
                self.discard()

    def discard(self) -> None:
        """End it at once and remove it, whatever state it is in. Raises nothing and judges nothing."""
        # What can't be ended now is still marked, and falls to the runtime's `close`.
        with shielded(), suppress(HarnessError):
            if not self._is_removed:
                self._is_removed = True
                self._printed.close()
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

    def _end(self) -> None:
        cause = _unclean(self._supervisor.exit_code())
        if cause is None:
            self._supervisor.stop()
            code = self._supervisor.exit_code(within_s=GRACE_S)
            cause = f"it does not end within {GRACE_S} s of SIGTERM" if code is None else _unclean(code)
        if cause is None and self._supervisor.orphans:
            cause = f"it orphaned processes that had to be ended: {self._supervisor.orphans}"
        if cause is not None:
            raise self._failed(Stage.STOP, cause)

    def _refuse_dead(self) -> None:
        if (cause := self.ending()) is not None:
            raise self._failed(Stage.LOAD, cause)

    def _refuse_exposed(self) -> None:
        """Look once, before there is load: to find a socket's owner takes reading every one of this machine's."""
        if self._is_known_to_be_ours_alone:
            return
        refuse_exposed(self._subject, self._tree.exposed())
        self._is_known_to_be_ours_alone = True

    def _failed(self, stage: Stage, cause: str) -> TargetError:
        return failure(self._subject, stage, cause, self.logs())


class _Printed:
    """What a target prints: a file without a name, gone with the last process that has it open."""

    def __init__(self) -> None:
        self._file = TemporaryFile(buffering=0)  # noqa: SIM115 - open for as long as the target is
        # Every write goes to the end, wherever that is by then: the file is shortened while it is written.
        fcntl.fcntl(self._file, fcntl.F_SETFL, fcntl.fcntl(self._file, fcntl.F_GETFL) | os.O_APPEND)

    @property
    def descriptor(self) -> int:
        return self._file.fileno()

    def tail(self, lines: int) -> str:
        if self._file.closed:
            return ""
        size = os.fstat(self.descriptor).st_size
        end = os.pread(self.descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        return "\n".join(end.decode(errors="replace").splitlines()[-lines:]).rstrip()

    def shorten(self) -> None:
        """Drop what was printed once it is too much."""
        if os.fstat(self.descriptor).st_size > _LOG_LIMIT_BYTES:
            os.ftruncate(self.descriptor, 0)

    def close(self) -> None:
        self._file.close()


def _unclean(code: int | None) -> str | None:
    if not code:
        return None
    if code == -signal.SIGKILL:
        return "it was killed, as the kernel does for want of memory (signal 9)"
    return f"it was ended by signal {-code}" if code < 0 else f"it exited with code {code}"


def _user(cache: Path) -> int | None:
    """Return whom targets run as if not as the harness: as root's they run as nobody, where nobody may read them."""
    needed = (cache, Path(sys.base_prefix), Path(sys.executable).resolve())
    return _NOBODY if os.geteuid() == 0 and all(map(_is_open, needed)) else None


def _is_open(path: Path) -> bool:
    parts = [part for part in (path.resolve(), *path.resolve().parents) if part.exists()]
    return all(part.stat().st_mode & _READ_BY_ALL == _READ_BY_ALL for part in parts)
