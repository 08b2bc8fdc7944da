"""What holds targets back from outside while they are measured: a CPU quota of a control group, a stop of processes.

Both are read from the kernel's own account, in containers and without them: a quota in `cpu.stat` of the groups that
the processes are in and of those above, a stop in the state of each process (SIGSTOP, a debugger) and of its group's
freezer (`docker pause`). Knows nothing of what is measured.

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
class Held:
    """For how long targets were held back since somebody began to look.

    Attributes:
        throttled_s: By CPU quotas, added up over their control groups.
        stopped_s: By a stop of at least one process, to the grain of the looks.
    """

    throttled_s: float
    stopped_s: float


class Restraints:
    """Watches the targets that run; one thread may begin and end to watch them while another looks.

    Args:
        root: Where `proc` and `sys` are.
        now_s: The clock.
    """

    def __init__(self, root: Path = Path("/"), now_s: Callable[[], float] = time.monotonic) -> None:
        self._root = root
        self._now_s = now_s
        self._lock = threading.Lock()
        self._watched: set[int] = set()
        self._signs: list[_Sign] = []
        self._files = ExitStack()
        self._quotas: dict[Path, float] = {}
        self._looked_s = now_s()
        self._throttled_s = 0.0
        self._stopped_s = 0.0

    def begin(self, pid: int) -> None:
        """Watch a process and all that descend from it."""
        with self._lock:
            self._watched.add(pid)
            self._find()

    def end(self, pid: int) -> None:
        """Watch it no more; whatever held it back until now counts."""
        with self._lock:
            self._watched.discard(pid)
            self._find()

    def refresh(self) -> None:
        """Find the processes and groups of what is watched anew.

        It reads all of /proc, some milliseconds long: not while anything is driven.
        """
        with self._lock:
            self._find()

    def look(self) -> None:
        """Look whether anything is stopped now: a few microseconds a process, to be done several times a second."""
        with self._lock:
            now_s, before_s = self._now_s(), self._looked_s
            self._looked_s = now_s
            if any(sign.is_stopped() for sign in self._signs):
                self._stopped_s += now_s - before_s

    def read(self) -> Held:
        """Return for how long targets were held back so far."""
        with self._lock:
            self._count()
            return Held(self._throttled_s, self._stopped_s)

    def _find(self) -> None:
        self._count()
        self._files.close()
        members = _members(self._watched, self._root) if self._watched else ()
        folders = [found for pid in members if (found := _folders(pid, self._root))]
        stats = {path for of_one in folders for path in _quota_files(of_one)}
        self._quotas = {path: self._quotas.get(path, _throttled_s(path)) for path in stats}
        freezers = {path for of_one in folders if (path := _freezer(of_one))}
        states = {self._root / f"proc/{pid}/stat" for pid in members}
        self._signs = [_Sign(path, _is_frozen, self._files) for path in freezers if path.exists()]
        self._signs += [_Sign(path, _is_state_stopped, self._files) for path in states if path.exists()]

    def _count(self) -> None:
        for path, before_s in self._quotas.items():
            self._quotas[path] = now_s = max(before_s, _throttled_s(path))  # of a group that is gone no more is known
            self._throttled_s += now_s - before_s


class _Sign:
    """A file of the kernel's that stays open, and what in it tells of a stop."""

    def __init__(self, path: Path, tells: Callable[[bytes], bool], files: ExitStack) -> None:
        self._tells = tells
        self._descriptor: int | None = None
        with suppress(OSError):  # the process has just ended
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            files.callback(os.close, self._descriptor)

    def is_stopped(self) -> bool:
        if self._descriptor is None:
            return False
        try:
            return self._tells(os.pread(self._descriptor, _WHOLE_FILE, 0))
        except OSError:  # it is gone, and what is gone is not stopped
            return False


def _is_state_stopped(stat: bytes) -> bool:
    return stat.rpartition(b")")[2].lstrip()[:1] in _STOPPED_STATES


def _is_frozen(text: bytes) -> bool:
    return text.strip() == b"FROZEN" or b"frozen 1" in text.splitlines()


def _members(watched: set[int], root: Path) -> frozenset[int]:
    """Return what is watched and all that descends from it."""
    parents = dict(_parents(root))
    members = set(watched)
    while found := {pid for pid, parent in parents.items() if parent in members} - members:
        members |= found
    return frozenset(members)


def _parents(root: Path) -> Iterator[tuple[int, int]]:
    for path in (root / "proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            yield int(path.parent.name), int(path.read_bytes().rpartition(b")")[2].split()[1])


def _folders(pid: int, root: Path) -> Mapping[str, Path]:
    try:
        return group_folders(pid, root=root)
    except (OSError, ValueError):  # it has ended meanwhile, or its group is of another mount
        return {}


def _quota_files(folders: Mapping[str, Path]) -> Iterator[Path]:
    """Yield the accounts of a group and of those above it: a quota holds all that is below it."""
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
    # Version 1 counts in nanoseconds, version 2 in microseconds. What has no quota has neither, and is never throttled.
    return int(table.get("throttled_time", 0)) / 1e9 + int(table.get("throttled_usec", 0)) / 1e6


def _freezer(folders: Mapping[str, Path]) -> Path | None:
    if "freezer" in folders:
        return folders["freezer"] / "freezer.state"
    return folders[_UNIFIED] / "cgroup.events" if _UNIFIED in folders else None
