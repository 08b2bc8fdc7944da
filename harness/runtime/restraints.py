"""Restraints of targets from outside during measurement: throttling by a CPU quota, and stopped processes.

Both are read from the kernel, in containers and without them. Throttling: `cpu.stat` of the processes' control groups
and of all groups above. A stop: the state of each process (SIGSTOP, a debugger), and the freezer of its group (`docker
pause`). This module does not know what is measured.

Sources: proc_pid_stat(5); Documentation/admin-guide/cgroup-v2.rst, scheduler/sched-bwc.rst and
cgroup-v1/freezer-subsystem.rst of the Linux kernel.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.runtime.counters import group_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_WHOLE_FILE = 4096
_UNIFIED = ""
_STOPPED_STATES = (b"T", b"t")


@dataclass(frozen=True, slots=True)
class RestraintTimes:
    """Total times of restraints so far.

    Attributes:
        throttled_s: Time of throttling by CPU quotas, added up over the control groups.
        stopped_s: Time with at least one stopped process; its resolution is the time between samples.
    """

    throttled_s: float
    stopped_s: float


class Restraints:
    """Reader of the restraints of running targets; one thread can begin and end watching while another takes samples.

    Args:
        root: Folder with `proc` and `sys`.
        now_s: Clock in seconds.
    """

    def __init__(self, root: Path = Path("/"), now_s: Callable[[], float] = time.monotonic) -> None:
        self._root = root
        self._now_s = now_s
        self._lock = threading.Lock()
        self._watched: set[int] = set()
        self._indicators: list[_StopIndicator] = []
        self._files = ExitStack()
        self._quotas: dict[Path, float] = {}
        self._sampled_s = now_s()
        self._throttled_s = 0.0
        self._stopped_s = 0.0

    def begin(self, pid: int) -> None:
        """Begin to watch a process and all its descendants."""
        with self._lock:
            self._watched.add(pid)
            self._find()

    def end(self, pid: int) -> None:
        """End watching a process; its restraints until now stay counted."""
        with self._lock:
            self._watched.discard(pid)
            self._find()

    def refresh(self) -> None:
        """Find the current processes and groups of the watched targets.

        This reads all of /proc and takes some milliseconds, so do not call it under load.
        """
        with self._lock:
            self._find()

    def sample(self) -> None:
        """Check whether a watched process is stopped now; a few µs per process, for several calls per second."""
        with self._lock:
            now_s, before_s = self._now_s(), self._sampled_s
            self._sampled_s = now_s
            if any(indicator.is_stopped() for indicator in self._indicators):
                self._stopped_s += now_s - before_s

    def read(self) -> RestraintTimes:
        """Return the total time of restraints until now."""
        with self._lock:
            self._count()
            return RestraintTimes(self._throttled_s, self._stopped_s)

    def _find(self) -> None:
        self._count()
        self._files.close()
        members = _members(self._watched, self._root) if self._watched else ()
        folders = [found for pid in members if (found := _folders(pid, self._root))]
        stats = {path for of_one in folders for path in _quota_files(of_one)}
        self._quotas = {path: self._quotas.get(path, _throttled_s(path)) for path in stats}
        freezers = {path for of_one in folders if (path := _freezer(of_one))}
        states = {self._root / f"proc/{pid}/stat" for pid in members}
        self._indicators = [_StopIndicator(path, _is_frozen, self._files) for path in freezers if path.exists()]
        self._indicators += [_StopIndicator(path, _is_state_stopped, self._files) for path in states if path.exists()]

    def _count(self) -> None:
        for path, before_s in self._quotas.items():
            self._quotas[path] = now_s = max(before_s, _throttled_s(path))  # a removed group keeps its last value
            self._throttled_s += now_s - before_s


class _StopIndicator:
    """An open file of the kernel, and the function that detects a stop in its content."""

    def __init__(self, path: Path, shows_stop: Callable[[bytes], bool], files: ExitStack) -> None:
        self._shows_stop = shows_stop
        self._descriptor: int | None = None
        with suppress(OSError):  # the process has just ended
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            files.callback(os.close, self._descriptor)

    def is_stopped(self) -> bool:
        if self._descriptor is None:
            return False
        try:
            return self._shows_stop(os.pread(self._descriptor, _WHOLE_FILE, 0))
        except OSError:  # the process has ended, so it is not stopped
            return False


def _is_state_stopped(stat: bytes) -> bool:
    return stat.rpartition(b")")[2].lstrip()[:1] in _STOPPED_STATES


def _is_frozen(text: bytes) -> bool:
    return text.strip() == b"FROZEN" or b"frozen 1" in text.splitlines()


def _members(watched: set[int], root: Path) -> frozenset[int]:
    """Return the watched processes and all their descendants."""
    parents = dict(_parents(root))
    members = set(watched)
    while found := {pid for pid, parent in parents.items() if parent in members} - members:
        members |= found
    return frozenset(members)


def _parents(root: Path) -> Iterator[tuple[int, int]]:
    for path in (root / "proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # the process has just ended
            yield int(path.parent.name), int(path.read_bytes().rpartition(b")")[2].split()[1])


def _folders(pid: int, root: Path) -> Mapping[str, Path]:
    try:
        return group_folders(pid, root=root)
    except (OSError, ValueError):  # the process has just ended, or its group is in another mount
        return {}


def _quota_files(folders: Mapping[str, Path]) -> Iterator[Path]:
    """Yield the `cpu.stat` of a group and of all groups above it: a quota applies to everything below its group."""
    folder = folders.get("cpu", folders.get(_UNIFIED))
    while folder is not None and (folder / "cpu.stat").exists():
        yield folder / "cpu.stat"
        folder = folder.parent


def _throttled_s(path: Path) -> float:
    try:
        words = path.read_text(encoding="ascii").split()
    except OSError:
        return 0.0
    table = dict(zip(words[::2], words[1::2], strict=False))
    # Version 1 counts in ns, version 2 in µs. A group without a quota has neither entry and is never throttled.
    return int(table.get("throttled_time", 0)) / 1e9 + int(table.get("throttled_usec", 0)) / 1e6


def _freezer(folders: Mapping[str, Path]) -> Path | None:
    if "freezer" in folders:
        return folders["freezer"] / "freezer.state"
    return folders[_UNIFIED] / "cgroup.events" if _UNIFIED in folders else None
