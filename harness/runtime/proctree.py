"""The kernel's counters of a process tree: CPU time, memory, and listening addresses.

The tree is all descendants of one process. The kernel makes that process the parent of every orphan below it, so none
is lost. This module knows nothing of targets.

Sources: Documentation/filesystems/proc.rst of the Linux kernel; clock_getcpuclockid(3).
"""

from __future__ import annotations

import ctypes
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import psutil

from harness.errors import MachineError
from harness.runtime.base import UNIX, Resident
from harness.runtime.listeners import listening, unix_listeners
from harness.runtime.owner import exists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_ATTEMPTS = 20
_LIBC = ctypes.CDLL(None)
_KIB = 1024
_PROC = Path("/proc")
_Reading = TypeVar("_Reading")

Listening: TypeAlias = frozenset[tuple[str, int]] | None
"""What listens on this machine, hosts and ports; None where that is unknown."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Reading of a process tree.

    Attributes:
        cpu_s: CPU time of all its processes, including those that have ended.
        memory_bytes: Their memory as if they ran alone. Of anonymous memory that n of them share, each counts an n-th.
            Mapped files and shared memory count once for each program: the most that one of its processes has. Other
            processes that map the same files, such as a second copy of the target, change nothing.
        pids: The ids of the processes.
    """

    cpu_s: float
    memory_bytes: int
    pids: frozenset[int]


class ProcessTree:
    """Process tree: all descendants of a process, without that process itself."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)

    def read(self) -> Usage:
        """Read CPU time and memory of all processes.

        The CPU time of an ended process moves to its parent. If a process ends during the reading, its time would count
        twice or not at all. So a reading is valid only if the same processes exist before and after it.

        Raises:
            MachineError: A process may not be read, or processes start and end too fast.
            ProcessLookupError: The process above the tree has ended.
        """
        return self._read(self._usage)

    def resident(self) -> Resident:
        """Read the resident set sizes of all processes.

        Raises:
            MachineError: A process may not be read, or processes start and end too fast.
            ProcessLookupError: The process above the tree has ended.
        """
        return self._read(_resident)

    def _read(self, reading: Callable[[list[psutil.Process]], _Reading]) -> _Reading:
        for _ in range(_ATTEMPTS):
            before = self._members()
            try:
                found = reading(before)
            except psutil.NoSuchProcess:
                continue
            if self._members() == before:
                return found
        raise MachineError(
            "can't read the kernel's counters",
            where=f"processes below {self._root.pid}",
            cause=f"processes started or ended during each of {_ATTEMPTS} readings",
            remedy="Measure a target that starts a process for each request with `--runtime docker`.",
        )

    def lost(self, pids: frozenset[int]) -> int:
        """Return how many of these processes have ended."""
        return len(pids - {process.pid for process in self._members() if not _is_zombie(process)})

    def listens_on(self) -> tuple[str, ...]:
        """Return all addresses on which the tree accepts connections; empty if they can't be read."""
        return listened_on_by(self._root.pid)

    def _members(self) -> list[psutil.Process]:
        try:
            return sorted(self._root.children(recursive=True), key=lambda process: process.pid)
        except psutil.NoSuchProcess as error:
            raise ProcessLookupError(f"process {self._root.pid} has ended") from error

    def _usage(self, members: list[psutil.Process]) -> Usage:
        pids = frozenset(process.pid for process in members)
        return Usage(self._cpu_s(members), _memory_bytes(members), pids)

    def _cpu_s(self, members: list[psutil.Process]) -> float:
        waited_for = (_ended_children_s(process) for process in (self._root, *members))
        return sum(map(_own_s, members)) + sum(waited_for)


def resident_below(pid: int) -> Resident:
    """Return the resident set sizes of all descendants of a process. See `ProcessTree.resident`."""
    try:
        return ProcessTree(pid).resident()
    except psutil.NoSuchProcess as error:
        raise ProcessLookupError(f"process {pid} has ended") from error


def exposed_by(pid: int, allowed_url: str, before: Listening = None) -> tuple[str, ...]:
    """Return the addresses on which a process or its descendants accept connections from other machines.

    Args:
        pid: The first process; empty result if it has ended.
        allowed_url: The URL that the target was told to listen on; its address is left out.
        before: What listened on this machine before the target. If the processes may not be read, everything that
            listens now and did not before counts as theirs.

    Raises:
        MachineError: Neither the processes nor the kernel's tables of sockets may be read.
    """
    found = own_exposed(pid, allowed_url)
    if found is None:
        found = exposed_since(before, allowed_url)
    if found is None:
        raise _unknown_listeners(pid)
    return found


def own_exposed(pid: int, allowed_url: str) -> tuple[str, ...] | None:
    """Return the addresses of `exposed_by` by the processes' own sockets; None if these may not be read."""
    try:
        return _exposed(_listeners_of(pid), allowed_url)
    except (psutil.NoSuchProcess, psutil.AccessDenied) as error:  # /proc may also hide the processes of other users
        return () if isinstance(error, psutil.NoSuchProcess) and not exists(pid) else None


def exposed_since(before: Listening, allowed_url: str) -> tuple[str, ...] | None:
    """Return where anything accepts connections from other machines that did not before; None if that is unknown."""
    now = listening()
    return None if now is None or before is None else _exposed(now - before, allowed_url)


def _unknown_listeners(pid: int) -> MachineError:
    return MachineError(
        "can't tell where a target listens",
        where=f"process {pid}",
        cause="neither its sockets nor /proc/net/tcp may be read",
        remedy="Measure as root, or as a user who may read /proc/net/tcp: a target may not listen beyond this machine.",
    )


def listened_on_by(pid: int) -> tuple[str, ...]:
    """Return all addresses on which a process or its descendants accept connections; empty if they can't be read.

    A Unix socket is `UNIX` and its path.
    """
    return (*_in_words(_listeners_below(pid)), *(f"{UNIX}{path}" for path in sorted(_unix_sockets_below(pid))))


def _listeners_below(pid: int) -> set[tuple[str, int]]:
    try:
        return _listeners_of(pid)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return set()


def _unix_sockets_below(pid: int) -> set[str]:
    """Return the paths of all Unix sockets on which a process or its descendants accept connections."""
    paths = unix_listeners(_PROC / f"{pid}/net/unix")
    try:
        first = psutil.Process(pid)
        held = {file for process in (first, *first.children(recursive=True)) for file in _open_files(process.pid)}
    except psutil.Error:
        return set()
    return {path for inode, path in paths.items() if f"socket:[{inode}]" in held}


def _open_files(pid: int) -> Iterator[str]:
    """Yield the names of a process's open files; none of one that has ended, or whose files may not be read."""
    with suppress(OSError):
        for descriptor in (_PROC / f"{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                yield str(descriptor.readlink())


def _listeners_of(pid: int) -> set[tuple[str, int]]:
    first = psutil.Process(pid)
    return _listeners([first, *first.children(recursive=True)])


def _listeners(processes: Iterable[psutil.Process]) -> set[tuple[str, int]]:
    """Return hosts and ports on which processes accept connections."""
    found: set[tuple[str, int]] = set()
    for process in processes:
        try:
            sockets = process.net_connections(kind="tcp")
        except psutil.NoSuchProcess:
            continue
        found |= {(s.laddr.ip, s.laddr.port) for s in sockets if s.status == psutil.CONN_LISTEN}
    return found


def _exposed(addresses: Iterable[tuple[str, int]], allowed_url: str) -> tuple[str, ...]:
    plain = ((_plain(host), port) for host, port in addresses)
    found = _in_words(address for address in plain if not ip_address(address[0]).is_loopback)
    return tuple(address for address in found if address != allowed_url.removeprefix("http://"))


def _in_words(addresses: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in sorted(addresses))


def _own_s(process: psutil.Process) -> float:
    # The kernel's clock of another process counts nanoseconds; /proc counts ticks of 10 ms.
    clock = ctypes.c_int()
    if _LIBC.clock_getcpuclockid(process.pid, ctypes.byref(clock)):
        raise psutil.NoSuchProcess(process.pid)
    try:
        return time.clock_gettime(clock.value)
    except OSError as error:
        raise psutil.NoSuchProcess(process.pid) from error


def _ended_children_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.children_user + times.children_system)


def _memory_bytes(members: Iterable[psutil.Process]) -> int:
    """Return the memory of the processes as in `Usage`."""
    anonymous_bytes, mapped_bytes = 0, dict[Path, int]()
    for process in members:
        try:
            sizes = _sizes_of(process.pid, "smaps_rollup")
        except psutil.ZombieProcess:  # it has no memory
            continue
        if "Pss_Anon" not in sizes:
            raise MachineError(
                "can't read a target's memory",
                where=f"/proc/{process.pid}/smaps_rollup",
                cause="it has no Pss_Anon; Linux has it from 5.4 on",
                remedy="Run the targets in containers, with `--runtime docker`.",
            )
        anonymous_bytes += sizes["Pss_Anon"]
        program = _program_of(process.pid)
        mapped_bytes[program] = max(mapped_bytes.get(program, 0), sizes["Rss"] - sizes["Anonymous"])
    return anonymous_bytes + sum(mapped_bytes.values())


def _resident(members: Iterable[psutil.Process]) -> Resident:
    sizes = [_sizes_of(process.pid, "status") for process in members]
    return Resident(*(sum(of.get(name, 0) for of in sizes) for name in ("VmRSS", "VmHWM")))


def _sizes_of(pid: int, name: str) -> dict[str, int]:
    """Return the sizes in a file of a process, in bytes, by the kernel's names; none in the status of a zombie.

    Raises:
        psutil.ZombieProcess: The file needs the memory of a process that has none any more.
    """
    with _reading(path := _PROC / f"{pid}/{name}", pid):
        lines = path.read_text(errors="replace").splitlines()
    fields = (line.split() for line in lines)
    return {name.rstrip(":"): int(size) * _KIB for name, size, *_ in (f for f in fields if f[2:] == ["kB"])}


def _program_of(pid: int) -> Path:
    with _reading(path := _PROC / f"{pid}/exe", pid):
        return path.readlink()


@contextmanager
def _reading(path: Path, pid: int) -> Iterator[None]:
    try:
        yield
    except ProcessLookupError as error:
        raise psutil.ZombieProcess(pid) from error
    except FileNotFoundError as error:
        raise psutil.NoSuchProcess(pid) from error
    except PermissionError as error:
        raise _unreadable(str(path)) from error


def _unreadable(path: str) -> MachineError:
    return MachineError(
        "can't read a target's memory",
        where=path,
        cause="permission denied",
        remedy="Measure a program that changes its user as root, or with `--runtime docker`.",
    )


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _plain(address: str) -> str:
    """Return an IPv4 address as such, also if the socket is one of IPv6, as Java's are."""
    ip = ip_address(address)
    return str(ip.ipv4_mapped) if isinstance(ip, IPv6Address) and ip.ipv4_mapped else address
