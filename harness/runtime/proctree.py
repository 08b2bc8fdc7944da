"""What the kernel counts of a tree of processes: CPU time, memory, and where it listens.

The tree is all that descends from a process which the kernel makes the parent of every orphan below it, so none gets
lost. Knows nothing of targets.

Sources: Documentation/filesystems/proc.rst of the Linux kernel; clock_getcpuclockid(3).
"""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

import psutil

from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Iterable

_ATTEMPTS = 20
_LIBC = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True)
class Usage:
    """One reading of a tree.

    Attributes:
        cpu_s: CPU time of all its processes, of those too that have ended.
        pss_bytes: Their proportional set size: of what n processes share, each counts an n-th.
    """

    cpu_s: float
    pss_bytes: int


class ProcessTree:
    """All processes below one, which is not part of the tree itself."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)

    def read(self) -> Usage:
        """Read CPU time and memory.

        A process that ends while the others are read would count twice or not at all, its time being its parent's from
        then on. So a reading stands only if the same processes were there before and after it.

        Raises:
            MachineError: They may not be read, or come and go too fast to be read.
            ProcessLookupError: The process above them is gone.
        """
        for _ in range(_ATTEMPTS):
            before = self._members()
            try:
                usage = Usage(self._cpu_s(before), sum(map(_pss_bytes, before)))
            except psutil.NoSuchProcess:
                continue
            if self._members() == before:
                return usage
        raise MachineError(
            "can't read the kernel's counters",
            where=f"processes below {self._root.pid}",
            cause=f"others were there after each of {_ATTEMPTS} readings",
            remedy="A target that starts a process for each request can be measured with `--runtime docker`.",
        )

    def exposed(self) -> tuple[str, ...]:
        """Return the addresses that other machines can reach and on which a process of the tree accepts connections."""
        return _exposed(self._members())

    def _members(self) -> list[psutil.Process]:
        try:
            return sorted(self._root.children(recursive=True), key=lambda process: process.pid)
        except psutil.NoSuchProcess as error:
            raise ProcessLookupError(f"process {self._root.pid} is gone") from error

    def _cpu_s(self, members: list[psutil.Process]) -> float:
        waited_for = (_ended_children_s(process) for process in (self._root, *members))
        return sum(map(_own_s, members)) + sum(waited_for)


def exposed_by(pid: int, asked: str) -> tuple[str, ...]:
    """Return the addresses beyond this machine on which a process or one below it accepts connections.

    Args:
        pid: The first process; of one that is gone, or that may not be looked into, nothing is known.
        asked: The URL on which it was asked to: there it may, whoever reaches it.
    """
    try:
        first = psutil.Process(pid)
        found = _exposed([first, *first.children(recursive=True)])
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ()
    return tuple(address for address in found if address != asked.removeprefix("http://"))


def _exposed(processes: Iterable[psutil.Process]) -> tuple[str, ...]:
    found = set()
    for process in processes:
        try:
            sockets = process.net_connections(kind="tcp")
        except psutil.NoSuchProcess:
            continue
        found |= {s.laddr for s in sockets if s.status == psutil.CONN_LISTEN and not _is_loopback(s.laddr.ip)}
    return tuple(f"{address.ip}:{address.port}" for address in sorted(found))


def _own_s(process: psutil.Process) -> float:
    # The kernel's clock of another process has nanoseconds, where /proc has ticks of 10 ms.
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


def _pss_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.ZombieProcess:  # it has no memory any more
        return 0
    except psutil.AccessDenied as error:
        raise MachineError(
            "can't read a target's memory",
            where=f"/proc/{process.pid}/smaps_rollup",
            cause="permission denied",
            remedy="A program that changes its user can be measured as root, or with `--runtime docker`.",
        ) from error


def _is_loopback(address: str) -> bool:
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        return ip.ipv4_mapped.is_loopback
    return ip.is_loopback
