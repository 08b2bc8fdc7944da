"""Owner of everything that a run creates: the labels that name the owner, and whether the owner is still running.

On a container they are labels of the engine; on a process they are environment variables.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

RUN = "harness.run"
HOST = "harness.host"
PID = "harness.pid"
PID_START = "harness.pid_start"
SUBJECT = "harness.subject"

_STATE, _START_TIME = 0, 19  # fields 3 and 22 of /proc/<pid>/stat, counted after the command's name


@dataclass(frozen=True, slots=True)
class Owner:
    """Owner: the harness process that created a container or a process.

    Attributes:
        host: Host name of its machine.
        pid: Its process id.
        start: Its start time in ticks since boot, which distinguishes it from a later process with the same id; empty
            without /proc.
    """

    host: str
    pid: int
    start: str

    @classmethod
    def current(cls) -> Self:
        """Return this process as an owner."""
        return cls(socket.gethostname(), os.getpid(), _start_time(os.getpid()) or "")

    @classmethod
    def of(cls, labels: Mapping[str, str]) -> Self | None:
        """Return the owner that the labels name; None if they name none."""
        pid = labels.get(PID, "")
        if not (labels.get(HOST) and pid.isascii() and pid.isdigit()):
            return None
        return cls(labels[HOST], int(pid), labels.get(PID_START, ""))

    def labels(self) -> dict[str, str]:
        """Return the labels that name this owner."""
        return {HOST: self.host, PID: str(self.pid), PID_START: self.start}

    def is_dead(self) -> bool:
        """Return whether the owner has certainly ended; False for another host, whose processes can't be seen."""
        if self.host != socket.gethostname():
            return False
        if self.start:
            return _start_time(self.pid) != self.start
        return not _exists(self.pid)


def _start_time(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the command's name in parentheses. The name itself may contain spaces and parentheses.
    fields = stat.rpartition(")")[2].split()
    return None if fields[_STATE] in "ZX" else fields[_START_TIME]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
