"""Who owns what a run creates: the labels that say so, and whether their owner still lives.

A container carries them as labels of the engine's, a process as variables of its environment.
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

_STATE, _START_TIME = 0, 19  # fields 3 and 22 of /proc/<pid>/stat, counted from behind the command's name


@dataclass(frozen=True, slots=True)
class Owner:
    """The harness process that something belongs to.

    Attributes:
        host: The host name of the machine that it runs on.
        start: When the kernel started it, in ticks since boot, so that a later process of the same number is told
            apart; empty where there is no /proc.
    """

    host: str
    pid: int
    start: str

    @classmethod
    def current(cls) -> Self:
        """Return this process."""
        return cls(socket.gethostname(), os.getpid(), _start_time(os.getpid()) or "")

    @classmethod
    def of(cls, labels: Mapping[str, str]) -> Self | None:
        """Return the owner that labels name, None if they name none."""
        pid = labels.get(PID, "")
        if not (labels.get(HOST) and pid.isascii() and pid.isdigit()):
            return None
        return cls(labels[HOST], int(pid), labels.get(PID_START, ""))

    def labels(self) -> dict[str, str]:
        """Return the labels that name it."""
        return {HOST: self.host, PID: str(self.pid), PID_START: self.start}

    def is_dead(self) -> bool:
        """Tell whether it certainly doesn't live any more; of another host's process nothing is certain."""
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
    # The second field is the command's name in parentheses, and may itself hold spaces and parentheses.
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
