"""Supervisor: the program between the harness and a target's processes; it leaves no process of the target running.

It prepares the target's first process ("leader"), and starts and stops it on command. It kills all processes of the
target when the leader has ended, on command, and when the harness has ended. The kernel makes the supervisor the parent
of every orphan below it ("child subreaper"), also of processes in other sessions and groups.

Run by path as `python -I -S supervisor.py`; it imports nothing of the harness.

- stdin: one line of JSON (`Request` in supervisor_client.py), then the words `start` and `stop`. The end of the input
  kills the target at once.
- stdout: `prepared PID` or `failed REASON`, then `started` or `failed REASON`, at last
  `exited CODE TOLD ORPHANS PEAK`. A negative code is a signal. TOLD is 1 if the leader ended after `stop`, and 0 if it
  ended by itself. ORPHANS is the number of processes that it left without a parent after `stop`. PEAK is the largest
  resident size, in bytes, of one process of the target.
- stderr: the target's output.

Sources: prctl(2), getrusage(2), signal(7), capabilities(7), proc_pid_stat(5).
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
_CAPABILITIES = 64  # more than exist; dropping one that does not exist does nothing
_NOT_STARTED = 127
_WAITING = b"."
_STATE, _PARENT = 0, 1  # fields 3 and 4 of /proc/<pid>/stat, counted after the command's name
_FOLLOWS_WITHIN_S = 0.5  # a helper that ends with its parent needs a moment to notice the parent's end
_PAUSE_S = 0.01
_LIBC = ctypes.CDLL(None, use_errno=True)


class Leader:
    """Leader: the target's first process, forked and prepared; it waits until `start` lets it become the target."""

    def __init__(self, request: dict[str, Any]) -> None:
        gate, self._gate = os.pipe()
        self._status, status = os.pipe()  # exec closes it: the end of the pipe means that the target runs
        supervisor = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._gate)
            _become_target(request, supervisor, gate, status)
        os.close(gate)
        os.close(status)
        first = os.read(self._status, 1)
        self.failure = "" if first == _WAITING else self._read_failure(first) or "it ended by itself"

    def start(self) -> str:
        """Let the process become the target; return the reason of a failure, empty for success."""
        os.write(self._gate, b"\n")
        return self._read_failure(b"")

    def _read_failure(self, text: bytes) -> str:
        while piece := os.read(self._status, 4096):
            text += piece
        return text.decode(errors="replace")


def main() -> None:
    """Supervise one target from its request to its end."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    leader = Leader(json.loads(_read_line()))
    if leader.failure:
        _reply(f"failed {leader.failure}")
        return
    signals = _signals_to_pipe(signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    _reply(f"prepared {leader.pid}")
    code, was_told = _supervise(leader, signals)
    orphans = _count_orphans() if was_told else 0
    killed_code = _kill_children(leader.pid)
    peak_bytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    _reply(f"exited {killed_code if code is None else code} {int(was_told)} {orphans} {peak_bytes}")


def _supervise(leader: Leader, signals: int) -> tuple[int | None, bool]:
    """Execute commands until the leader ends.

    Returns:
        Its exit code, None if it must be killed; and whether it ended after `stop`, not by itself.
    """
    events = select.poll()
    events.register(_INPUT, select.POLLIN)
    events.register(signals, select.POLLIN)
    was_told = False
    while True:
        ready = [descriptor for descriptor, _ in events.poll()]
        if signals in ready and set(os.read(signals, 4096)) - {signal.SIGCHLD}:
            return None, False
        code = _reap(leader.pid)  # also where only a command woke the poll: its leader may have ended before it
        if code is not None:
            return code, was_told
        if _INPUT in ready:
            command = _read_line()
            if not command:
                return None, False
            _execute(command, leader)
            was_told |= command == "stop"


def _execute(command: str, leader: Leader) -> None:
    if command == "start":
        reason = leader.start()
        _reply(f"failed {reason}" if reason else "started")
    elif command == "stop":
        os.kill(leader.pid, signal.SIGTERM)  # the leader was not waited for yet, so its id is still its own


def _reap(leader: int) -> int | None:
    """Wait for every child that has ended, orphans of the target included; return the leader's exit code, if it has."""
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
    """Return the number of processes that are still running a moment after the leader's end."""
    deadline_s = time.monotonic() + _FOLLOWS_WITHIN_S
    while (orphans := len(_children())) and time.monotonic() < deadline_s:
        time.sleep(_PAUSE_S)
    return orphans


def _kill_children(leader: int) -> int | None:
    """Kill all remaining processes of the target; return the leader's exit code if it was one of them.

    Only children are killed: their ids can't be reused before they are waited for. Every other process becomes a child
    when its parent has ended.
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
    """Return the children that are still running."""
    me = str(os.getpid())
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                # The command's name is in parentheses, and may itself contain spaces and parentheses.
                fields = (folder / "stat").read_bytes().rpartition(b")")[2].decode().split()
                if fields[_PARENT] == me and fields[_STATE] != "Z":
                    found.append(int(folder.name))
    return found


def _become_target(request: dict[str, Any], supervisor: int, gate: int, status: int) -> None:
    """Prepare this process, wait for the gate, and become the target; never returns."""
    try:
        os.setsid()
        _limit(request)
        os.chdir(request["folder"])
        _drop_privileges(request["user"])
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # after the change of user, which clears it
        if os.getppid() == supervisor:
            _reset_streams_and_signals()
            os.write(status, _WAITING)
            if os.read(gate, 1):
                _execute_program(request["command"], request["environment"])
    except BaseException as error:  # noqa: BLE001 - a fork must never return into its parent's code
        os.write(status, str(error).encode())
    os._exit(_NOT_STARTED)


def _execute_program(command: list[str], environment: dict[str, str]) -> None:
    """Become the program of a command; returns only by an error, which says what is missing."""
    name = command[0]
    try:
        os.execvpe(name, command, environment)  # noqa: S606 - no shell
    except FileNotFoundError as error:
        if "/" not in name:
            path = environment.get("PATH", os.defpath)
            raise FileNotFoundError(f"no program {name!r} is in PATH, which is {path}") from error
        if Path(name).exists():
            raise FileNotFoundError(f"the program that {name!r} names in its first line does not exist") from error
        raise


def _limit(request: dict[str, Any]) -> None:
    os.sched_setaffinity(0, request["cpus"])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted: int = request["open_files"]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    except ValueError:  # a lower hard limit, which root without CAP_SYS_RESOURCE can't raise either
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o022)
    Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")  # out of memory: kill the target first


def _drop_privileges(user: int | None) -> None:
    if os.geteuid() == 0:
        for capability in range(_CAPABILITIES):
            _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _reset_streams_and_signals() -> None:
    """Give the target an empty input, one output, and all signals, also those that Python, `nohup` or `&` ignores."""
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, _INPUT)
    os.dup2(_PRINTED, _OUTPUT)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _signals_to_pipe(*numbers: int) -> int:
    """Let the kernel write the numbers of received signals to a pipe; return the pipe's end for reading."""
    read_end, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(write_end)
    for number in numbers:
        signal.signal(number, lambda *_: None)
    os.write(write_end, bytes([signal.SIGCHLD]))  # the leader may have ended before its signal could be received
    return read_end


def _read_line() -> str:
    """Return the next line of the input, empty at its end; read byte by byte, to read nothing of the line after it."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(_INPUT, 1)
        if not byte:
            return ""
        line += byte
    return line.decode().strip()


def _reply(text: str) -> None:
    with suppress(BrokenPipeError):  # the harness has ended; the target is killed nevertheless
        os.write(_OUTPUT, f"{text}\n".encode())


if __name__ == "__main__":
    main()
