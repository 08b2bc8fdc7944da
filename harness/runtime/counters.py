"""The kernel's counters of a container: control groups of version 1, of version 2, and of both side by side.

They are found from a process id, by what /proc says of its groups and of where these are mounted, and are read through
files that stay open. Knows nothing of engines and targets.

Sources: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst and cgroup-v1/cpuacct.rst of the Linux kernel.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol, Self

from harness.errors import MachineError
from harness.runtime.base import Counters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WHOLE_FILE = 1 << 16
_UNIFIED = ""  # the controller's name in the lines of /proc that stand for version 2
_REMEDY = (
    "Run the harness on the machine itself, not in a container, as a user who may read /proc and /sys/fs/cgroup; "
    "`harness doctor` shows what it can read."
)


class CgroupCounters:
    """The counters of the control groups that a process is in, whatever other processes are in them too."""

    def __init__(self, memory: _Memory, cpu: _Cpu, files: ExitStack) -> None:
        self._memory = memory
        self._cpu = cpu
        self._files = files

    @classmethod
    def of_process(cls, pid: int, name: str, root: Path = Path("/")) -> Self:
        """Open the counters of a process's groups.

        Args:
            pid: The process, numbered as this machine's /proc does.
            name: What the groups' names contain. An engine in a virtual machine or in a container numbers processes
                otherwise, and the process of that number is another.
            root: Where `proc` and `sys` are.

        Raises:
            MachineError: The groups aren't known here, not mounted, or may not be read.
        """
        with ExitStack() as files, _readable(f"process {pid}"):
            folders = group_folders(pid, name, root)
            memory, cpu = _memory(folders, files), _cpu(folders, files)
            return cls(memory, cpu, files.pop_all())

    def read(self) -> Counters:
        """Read every counter once.

        Raises:
            MachineError: The group is gone, or the kernel doesn't report a counter.
        """
        with _readable("control group"):
            memory_bytes, parts = self._memory.used()
            return Counters(
                cpu_s=self._cpu.used_s(),
                memory_bytes=memory_bytes,
                memory_parts=parts,
                peak_bytes=self._memory.peak.number() if self._memory.peak else None,
                throttled_s=self._cpu.throttled_s(),
                oom_kills=self._memory.oom_kills(),
            )

    def reset_peak(self) -> bool:
        """Begin a new high-water mark, and tell whether the kernel allows it."""
        return self._memory.peak is not None and self._memory.peak.reset()

    def close(self) -> None:
        """Close the files; safe to call again."""
        self._files.close()


class _File:
    """A file of the kernel's that is written anew for every read from its start."""

    def __init__(self, path: Path, files: ExitStack, mode: int = os.O_RDONLY) -> None:
        self._descriptor = os.open(path, mode | os.O_CLOEXEC)
        files.callback(os.close, self._descriptor)

    def text(self) -> str:
        return os.pread(self._descriptor, _WHOLE_FILE, 0).decode()

    def number(self) -> int:
        return int(self.text())

    def table(self) -> dict[str, int]:
        return {key: int(value) for key, _, value in (line.partition(" ") for line in self.text().splitlines())}


class _Peak(_File):
    """A high-water mark. Writing anything starts it anew: in version 2 for this open file only, so it stays open."""

    def __init__(self, path: Path, files: ExitStack) -> None:
        try:
            super().__init__(path, files, os.O_RDWR)
            self._writable = True
        except PermissionError:
            super().__init__(path, files)
            self._writable = False

    def reset(self) -> bool:
        if not self._writable:
            return False
        try:
            os.pwrite(self._descriptor, b"0", 0)
        except OSError:  # before Linux 6.12 version 2 has no way to do it, and says EINVAL even to root
            return False
        return True


class _Memory(Protocol):
    peak: _Peak | None

    def used(self) -> tuple[int, tuple[str, ...]]: ...

    def oom_kills(self) -> int: ...


class _Cpu(Protocol):
    def used_s(self) -> float: ...

    def throttled_s(self) -> float: ...


class _MemoryV1:
    def __init__(self, folder: Path, files: ExitStack) -> None:
        self._stat = _File(folder / "memory.stat", files)
        self._events = _File(folder / "memory.oom_control", files)
        self.peak: _Peak | None = _Peak(folder / "memory.max_usage_in_bytes", files)
        self._kernel: _File | None = None
        with suppress(FileNotFoundError):  # the kernel was built or started without accounting of its own memory
            self._kernel = _File(folder / "memory.kmem.usage_in_bytes", files)

    def used(self) -> tuple[int, tuple[str, ...]]:
        stat = self._stat.table()
        parts = {"total_rss": stat["total_rss"]}
        if "total_shmem" in stat:
            parts["total_shmem"] = stat["total_shmem"]
        if self._kernel is not None:
            parts["kmem.usage_in_bytes"] = self._kernel.number()
        return sum(parts.values()), tuple(parts)

    def oom_kills(self) -> int:
        return self._events.table()["oom_kill"]


class _MemoryV2:
    # What `kernel` adds up; before Linux 5.18 it must be added up here, from those that the kernel reports.
    _KERNEL_PARTS = ("kernel_stack", "pagetables", "percpu", "slab")

    def __init__(self, folder: Path, files: ExitStack) -> None:
        self._stat = _File(folder / "memory.stat", files)
        self._events = _File(folder / "memory.events", files)
        self.peak: _Peak | None = None
        with suppress(FileNotFoundError):  # Linux 5.19 and newer have it
            self.peak = _Peak(folder / "memory.peak", files)

    def used(self) -> tuple[int, tuple[str, ...]]:
        stat = self._stat.table()
        kernel = ("kernel",) if "kernel" in stat else tuple(part for part in self._KERNEL_PARTS if part in stat)
        parts = ("anon", "shmem", *kernel)
        return sum(stat[part] for part in parts), parts

    def oom_kills(self) -> int:
        return self._events.table()["oom_kill"]


class _CpuV1:
    def __init__(self, accounting: Path, bandwidth: Path | None, files: ExitStack) -> None:
        self._usage = _File(accounting / "cpuacct.usage", files)
        self._stat: _File | None = None
        if bandwidth is not None:
            with suppress(FileNotFoundError):  # a kernel without CPU quotas
                self._stat = _File(bandwidth / "cpu.stat", files)

    def used_s(self) -> float:
        return self._usage.number() / 1e9

    def throttled_s(self) -> float:
        # What has no quota is never throttled: here absent is truly zero.
        return self._stat.table()["throttled_time"] / 1e9 if self._stat is not None else 0.0


class _CpuV2:
    def __init__(self, folder: Path, files: ExitStack) -> None:
        self._stat = _File(folder / "cpu.stat", files)

    def used_s(self) -> float:
        return self._stat.table()["usage_usec"] / 1e6

    def throttled_s(self) -> float:
        # Absent where no quota can be set, and what has no quota is never throttled.
        return self._stat.table().get("throttled_usec", 0) / 1e6


def _memory(folders: Mapping[str, Path], files: ExitStack) -> _Memory:
    if "memory" in folders:
        return _MemoryV1(folders["memory"], files)
    return _MemoryV2(folders[_UNIFIED], files)


def _cpu(folders: Mapping[str, Path], files: ExitStack) -> _Cpu:
    if "cpuacct" in folders:
        return _CpuV1(folders["cpuacct"], folders.get("cpu"), files)
    return _CpuV2(folders[_UNIFIED], files)


def group_folders(pid: int, name: str = "", root: Path = Path("/")) -> dict[str, Path]:
    """Return where the control groups of a process are, by controller; that of version 2 under an empty name.

    Args:
        pid: The process, numbered as this machine's /proc does.
        name: What the groups' names contain.
        root: Where `proc` and `sys` are.

    Raises:
        OSError: The process is gone, or /proc may not be read.
        ValueError: It is in no group of that name, or in one that is not mounted here.
    """
    mounts = _mounts((root / "proc/self/mountinfo").read_text())
    groups = (root / f"proc/{pid}/cgroup").read_text()
    if name not in groups:
        raise ValueError(f"it is not in a group of {name[:12]}")
    folders: dict[str, Path] = {}
    for line in groups.splitlines():
        _, controllers, group = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in mounts:
                mounted, at = mounts[controller]
                folders[controller] = root / at.relative_to("/") / PurePosixPath(group).relative_to(mounted)
    return folders


def _mounts(mountinfo: str) -> Mapping[str, tuple[PurePosixPath, PurePosixPath]]:
    """Return for each controller which group is mounted, and where (proc_pid_mountinfo(5))."""
    mounts: dict[str, tuple[PurePosixPath, PurePosixPath]] = {}
    for line in mountinfo.splitlines():
        before, _, behind = line.partition(" - ")
        _, _, _, mounted, at, *_ = before.split()
        kind, _, options = behind.split(maxsplit=2)
        if kind == "cgroup2":
            mounts.setdefault(_UNIFIED, (PurePosixPath(mounted), PurePosixPath(at)))
        elif kind == "cgroup":
            for controller in options.split(","):
                mounts.setdefault(controller, (PurePosixPath(mounted), PurePosixPath(at)))
    return mounts


@contextmanager
def _readable(where: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError) as error:
        missing = (
            f"the kernel reports no {error.args[0] or 'control groups'}" if isinstance(error, KeyError) else str(error)
        )
        raise MachineError("can't read the kernel's counters", where=where, cause=missing, remedy=_REMEDY) from error
