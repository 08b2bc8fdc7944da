"""A program between the harness and a target that runs as a process, so that nothing of the target outlives it.

It prepares the target's first process, starts and stops it when told to, waits for all that it leaves behind, and ends
every process of the target when the first one has ended, when told to, or when the harness is gone. It can, because the
kernel makes it the parent of every orphan below it ("child subreaper"), whatever sessions and groups these form.

Run by path as `python -I -S supervisor.py`: it imports nothing of the harness.

- stdin: one line of JSON (`Request` in supervisor_client.py), then the words `start` and `stop`. The end of the input
  ends the target at once.
- stdout: `prepared PID` or `failed WHY`, then `started` or `failed WHY`, at last `exited CODE ORPHANS`. A negative code
  is a signal; orphans are the processes that the first one left without a parent.
- stderr: what the target prints.

Sources: prctl(2), signal(7), capabilities(7), proc_pid_stat(5).
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_INPUT, _OUTPUT, _PRINTED = 0, 1, 2
_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITIES = 64  # more than there are; of one that there isn't nothing is dropped
_NOT_STARTED = 127
_WAITING = b"."
_STATE, _PARENT = 0, 1  # fields 3 and 4 of /proc/<pid>/stat, counted from behind the command's name
_FOLLOWS_WITHIN_S = 0.5  # a helper that ends when its parent does needs a moment to notice
_PAUSE_S = 0.01
_LIBC = ctypes.CDLL(None, use_errno=True)


class Leader:
    """The target's first process: forked and prepared, then held back until it is told to become the target."""

    def __init__(self, request: dict[str, Any]) -> None:
        gate, self._gate = os.pipe()
        self._status, status = os.pipe()  # closed by exec: its end says that the target runs
        supervisor = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._gate)
            _become_target(request, supervisor, gate, status)
        os.close(gate)
        os.close(status)
        first = os.read(self._status, 1)
        self.failure = "" if first == _WAITING else self._said(first) or "it ended by itself"

    def start(self) -> str:
        """Let it become the target, and return why it did not; empty when it did."""
        os.write(self._gate, b"\n")
        return self._said(b"")

    def _said(self, text: bytes) -> str:
        while piece := os.read(self._status, 4096):
            text += piece
        return text.decode(errors="replace")


def main() -> None:
    """Keep one target from its request to its end."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    leader = Leader(json.loads(_read_line()))
    if leader.failure:
        _reply(f"failed {leader.failure}")
        return
    wake = _catch(signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    _reply(f"prepared {leader.pid}")
    code = _keep(leader, wake)
    orphans = 0 if code is None else _count_orphans()
    ended = _end_children(leader.pid)
    _reply(f"exited {ended if code is None else code} {orphans}")


def _keep(leader: Leader, wake: int) -> int | None:
    """Do as told until the leader has ended; return its exit code, None if it is to be ended."""
    events = select.poll()
    events.register(_INPUT, select.POLLIN)
    events.register(wake, select.POLLIN)
    while True:
        ready = [descriptor for descriptor, _ in events.poll()]
        if wake in ready:
            if set(os.read(wake, 4096)) - {signal.SIGCHLD}:
                return None
            code = _reap(leader.pid)
            if code is not None:
                return code
        if _INPUT in ready:
            word = _read_line()
            if not word:
                return None
            _obey(word, leader)


def _obey(word: str, leader: Leader) -> None:
    if word == "start":
        why = leader.start()
        _reply(f"failed {why}" if why else "started")
    elif word == "stop":
        os.kill(leader.pid, signal.SIGTERM)  # not waited for yet: the number is still its own


def _reap(leader: int) -> int | None:
    """Wait for every child that has ended, orphans of the target among them; return the leader's exit code."""
    code = None
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            if pid == leader:
                code = os.waitstatus_to_exitcode(status)
    return code


def _count_orphans() -> int:
    """Return how many processes a leader has left that do not follow it into its end."""
    deadline_s = time.monotonic() + _FOLLOWS_WITHIN_S
    while (orphans := len(_children())) and time.monotonic() < deadline_s:
        time.sleep(_PAUSE_S)
    return orphans


def _end_children(leader: int) -> int | None:
    """End all that is left of the target, and return the leader's exit code if it was among it.

    Only children are ended, whose numbers nobody else can be given before they are waited for; with its parent's end
    each further process becomes a child.
    """
    code = None
    while True:
        for pid in _children():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return code
        if pid == leader:
            code = os.waitstatus_to_exitcode(status)


def _children() -> list[int]:
    """Return the children that have not ended."""
    me = str(os.getpid())
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                # The command's name, in parentheses, may itself hold spaces and parentheses.
                fields = (folder / "stat").read_bytes().rpartition(b")")[2].decode().split()
                if fields[_PARENT] == me and fields[_STATE] != "Z":
                    found.append(int(folder.name))
    return found


def _become_target(request: dict[str, Any], supervisor: int, gate: int, status: int) -> None:
    """Prepare this process, wait at the gate, and become the target; never returns."""
    try:
        os.setsid()
        _limit(request)
        os.chdir(request["folder"])
        _drop_privileges(request["user"])
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # after the change of user, which would clear it
        if os.getppid() == supervisor:
            _connect()
            os.write(status, _WAITING)
            if os.read(gate, 1):
                os.execvpe(request["command"][0], request["command"], request["environment"])  # noqa: S606 - no shell
    except BaseException as error:  # noqa: BLE001 - a fork must not return into its parent's code, whatever happens
        os.write(status, str(error).encode())
    os._exit(_NOT_STARTED)


def _limit(request: dict[str, Any]) -> None:
    os.sched_setaffinity(0, request["cpus"])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted: int = request["open_files"]
    files = wanted if most == resource.RLIM_INFINITY or os.geteuid() == 0 else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o022)
    Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")  # where memory ends, the target goes first


def _drop_privileges(user: int | None) -> None:
    if os.geteuid() == 0:
        for capability in range(_CAPABILITIES):
            _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _connect() -> None:
    """Read nothing, print to one place, and take every signal, whatever Python, `nohup` or a shell's `&` ignores."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, _INPUT)
    os.dup2(_PRINTED, _OUTPUT)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _catch(*numbers: int) -> int:
    """Have signals written to a pipe as their numbers, and return where to read them."""
    ours, kernels = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(kernels)
    for number in numbers:
        signal.signal(number, lambda *_: None)
    os.write(kernels, bytes([signal.SIGCHLD]))  # the leader may have ended before the first could be caught
    return ours


def _read_line() -> str:
    """Read a line of the input, byte by byte, since what follows it belongs to the next; empty at its end."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(_INPUT, 1)
        if not byte:
            return ""
        line += byte
    return line.decode().strip()


def _reply(text: str) -> None:
    with suppress(BrokenPipeError):  # the harness is gone; what is kept is ended all the same
        os.write(_OUTPUT, f"{text}\n".encode())


if __name__ == "__main__":
    main()
