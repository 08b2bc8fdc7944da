"""Owner of everything that a run creates: the labels that name the owner, and whether the owner is still running.

On a container they are labels of the engine; on a process they are environment variables.
"""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from harness.machine_identity import boot_id, machine_id

if TYPE_CHECKING:
    from collections.abc import Mapping

RUN = "harness.run"
HOST = "harness.host"
PID = "harness.pid"
PID_START = "harness.pid_start"
BOOT = "harness.boot"
MACHINE = "harness.machine"
NAMESPACE = "harness.pid_namespace"
SUBJECT = "harness.subject"

_FIRST_NAMESPACE = "pid:[4026531836]"  # PROC_PID_INIT_INO of the Linux kernel: the namespace outside of all containers
_PROCESS_ID = re.compile("[0-9]{1,9}")
_STATE, _START_TIME = 0, 19  # fields 3 and 22 of /proc/<pid>/stat, counted after the command's name


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Owner:
    """Owner: the harness process that created a container or a process.

    Attributes:
        host: Host name of its machine.
        pid: Its process id.
        start: Its start time in ticks since boot, which distinguishes it from a later process with the same id; empty
            without /proc.
        boot: Id of the boot of its machine: two machines may have one name.
        namespace: Its namespace of process ids: in another one, its id names another process.
        machine: Digest of the id of its machine, which stays the same after a restart; empty if it has none.
    """

    host: str
    pid: int
    start: str
    boot: str = field(default_factory=boot_id)
    namespace: str = field(default_factory=_namespace)
    machine: str = field(default_factory=machine_id)

    @classmethod
    def current(cls) -> Self:
        """Return this process as an owner."""
        return cls(socket.gethostname(), os.getpid(), _start_time(os.getpid()) or "")

    @classmethod
    def of(cls, labels: Mapping[str, str]) -> Self | None:
        """Return the owner that the labels name; None if they name none. Anybody's image can have such labels."""
        pid = labels.get(PID, "")
        if not (labels.get(HOST) and _PROCESS_ID.fullmatch(pid)):
            return None
        place = (labels.get(BOOT, ""), labels.get(NAMESPACE, ""), labels.get(MACHINE, ""))
        return cls(labels[HOST], int(pid), labels.get(PID_START, ""), *place)

    def labels(self) -> dict[str, str]:
        """Return the labels that name this owner."""
        named = {HOST: self.host, PID: str(self.pid), PID_START: self.start}
        return named | {BOOT: self.boot, NAMESPACE: self.namespace, MACHINE: self.machine}

    def is_dead(self) -> bool:
        """Return whether the owner has certainly ended.

        It has if this machine was restarted since. False for one whose process ids can't be seen from here: of another
        host or namespace, or of a boot that may be another machine's.
        """
        if self._is_of_an_earlier_boot():
            return True
        if (self.host, self.boot, self.namespace) != (socket.gethostname(), boot_id(), _namespace()):
            return False
        if not exists(self.pid):
            return True
        start = _start_time(self.pid)
        # without an answer it is alive: /proc may hide the processes of other users (hidepid)
        return start is not None and bool(self.start) and start != self.start

    def _is_of_an_earlier_boot(self) -> bool:
        """Return whether it ran on this machine before its restart.

        Within a container this is unknown: containers of one image may share a machine's id and even a name.
        """
        here = (socket.gethostname(), machine_id(), _namespace())
        is_here = (self.host, self.machine, self.namespace) == here and self.namespace == _FIRST_NAMESPACE
        boot = boot_id()
        return is_here and bool(self.machine and self.boot and boot) and self.boot != boot

    def may_be_cleared(self) -> bool:
        """Return whether this process may remove what the owner created: it is this process, or has certainly ended."""
        return self == Owner.current() or self.is_dead()


def _start_time(pid: int) -> str | None:
    """Return the start time of a process: empty if it has ended and was not waited for, None if it can't be read."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the command's name in parentheses. The name itself may contain spaces and parentheses.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[_STATE] in "ZX" else fields[_START_TIME]


def exists(pid: int) -> bool:
    """Return whether there is a process with this id, also one that /proc hides."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
