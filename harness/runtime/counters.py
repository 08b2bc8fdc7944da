"""The kernel's counters of a container: control groups of version 1, of version 2, and of both together.

The groups of a process id and their mounts are read from /proc. The counters' files stay open between readings. This
module knows nothing of engines and targets.

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
_UNIFIED = ""  # the name of the controller in the lines of /proc for version 2
_REMEDY = (
    "Run the harness on the machine itself, not in a container, as a user who may read /proc and /sys/fs/cgroup; "
    "`harness doctor` shows what it can read."
)


class CgroupCounters:
    """Counters of a process's control groups; they count all processes of these groups."""

    def __init__(self, memory: _Memory, cpu: _Cpu, files: ExitStack) -> None:
        self._memory = memory
        self._cpu = cpu
        self._files = files

    @classmethod
    def of_process(cls, pid: int, name: str, root: Path = Path("/")) -> Self:
        """Open the counters of a process's groups.

        Args:
            pid: The process id in this machine's /proc.
            name: Text that the groups' names contain. It detects an engine in a virtual machine or in a container:
                there the same id is another process.
            root: Folder with `proc` and `sys`.

        Raises:
            MachineError: The groups are not those of `name`, not mounted, or not readable.
        """
        with ExitStack() as files, _readable(f"process {pid}"):
            folders = group_folders(pid, name, root)
            memory, cpu = _memory(folders, files), _cpu(folders, files)
            return cls(memory, cpu, files.pop_all())

    def read(self) -> Counters:
        """Read every counter once.

        Raises:
            MachineError: The group was removed, or the kernel does not report a counter.
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
        """Reset the high-water mark; return whether the kernel allowed it."""
        return self._memory.peak is not None and self._memory.peak.reset()

    def close(self) -> None:
        """Close the files; a second call does nothing."""
        self._files.close()


class _File:
    """An open file of the kernel, which has new content for every read from offset 0."""

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
    """A high-water mark. Any write resets it; in version 2 only for this open file, which therefore stays open."""

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
        except OSError:  # version 2 before Linux 6.12 can't reset it: EINVAL, even for root
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
        with suppress(FileNotFoundError):  # the kernel was built or started without accounting of kernel memory
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
    # The parts of `kernel`. Linux before 5.18 does not report `kernel`, so the reported parts are added up here.
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
        # A group without a quota is never throttled: here a missing value is 0.
        return self._stat.table()["throttled_time"] / 1e9 if self._stat is not None else 0.0


class _CpuV2:
    def __init__(self, folder: Path, files: ExitStack) -> None:
        self._stat = _File(folder / "cpu.stat", files)

    def used_s(self) -> float:
        return self._stat.table()["usage_usec"] / 1e6

    def throttled_s(self) -> float:
        # Missing if no quota can be set; a group without a quota is never throttled.
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
    """Return the folders of a process's control groups, by controller; version 2 has an empty name.

    Args:
        pid: The process id in this machine's /proc.
        name: Text that the groups' names contain.
        root: Folder with `proc` and `sys`.

    Raises:
        OSError: The process has ended, or /proc is not readable.
        ValueError: The process is in no group of that name, or its group is not mounted.
    """
    mounts = _mounts((root / "proc/self/mountinfo").read_text())
    groups = (root / f"proc/{pid}/cgroup").read_text()
    if name not in groups:
        raise ValueError(f"the process is not in a control group of {name[:12]}")
    folders: dict[str, Path] = {}
    for line in groups.splitlines():
        _, controllers, group = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in mounts:
                mounted, at = mounts[controller]
                folders[controller] = root / at.relative_to("/") / PurePosixPath(group).relative_to(mounted)
    return folders


def _mounts(mountinfo: str) -> Mapping[str, tuple[PurePosixPath, PurePosixPath]]:
    """Return the mounted group and its mount point for each controller (proc_pid_mountinfo(5))."""
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
