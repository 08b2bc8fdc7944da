"""Program that runs a step of a build, or a probe: confined like a target, and ended with the harness.

Run by path as `python -I -S confined.py SETTINGS COMMAND...`; SETTINGS is JSON. It imports nothing of the harness.
It waits for the command, then ends every process that the command has left, also one in a session of its own.
SIGTERM ends all of them at once.

- parent: id of the harness. The step ends with it, even if it is killed.
- user: id of the user and the group that the command runs as; null means those of the harness. Root has no
  capabilities.
- network: whether the command may use the network. If not, it has a network namespace of its own, without any
  interface that is up, where the kernel allows that.
- file_bytes: the longest file that it may write; 0 means no limit.

The exit code is the command's, 128 more than the number of a signal that ended it. 126 means that the confinement
failed; the reason is on stderr.

Sources: prctl(2), unshare(2), user_namespaces(7), getrlimit(2), sigwaitinfo(2).
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITIES = 64  # more than exist; dropping one that does not exist does nothing
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_NOT_CONFINED = 126
_NOT_FOUND = 127
_BY_SIGNAL = 128
_WAITED_FOR = (signal.SIGCHLD, signal.SIGTERM)
_STATE, _PARENT = 0, 1  # fields of /proc/<pid>/stat after the name
_LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Run the command in a confined process, and end what it leaves."""
    settings, command = json.loads(sys.argv[1]), sys.argv[2:]
    try:
        _call(_LIBC.prctl, _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        _end_with(settings["parent"], signal.SIGTERM)
    except OSError as error:
        _refuse(command, error)
    signal.pthread_sigmask(signal.SIG_BLOCK, _WAITED_FOR)
    me = os.getpid()
    child = os.fork()
    if child == 0:
        _become(command, settings, me)
    code = None
    while code is None and signal.sigwait(_WAITED_FOR) == signal.SIGCHLD:
        code = _reap(child)
    _end_children()
    sys.exit(_BY_SIGNAL + signal.SIGTERM if code is None else code if code >= 0 else _BY_SIGNAL - code)


def _become(command: list[str], settings: dict[str, Any], guard: int) -> NoReturn:
    """Confine this process, and become the command."""
    try:
        os.setsid()
        _confine(settings)
        _end_with(guard, signal.SIGKILL)  # after the change of user, which clears it
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _WAITED_FOR)
    except (OSError, ValueError) as error:
        _refuse(command, error)
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell
    except OSError as error:
        sys.stderr.write(f"{command[0]} can't be run: {error.strerror}\n")
        sys.exit(_NOT_FOUND)


def _refuse(command: list[str], error: Exception) -> NoReturn:
    sys.stderr.write(f"{command[0]} can't be confined: {error}\n")
    sys.exit(_NOT_CONFINED)


def _end_with(parent: int, number: signal.Signals) -> None:
    """Let the kernel send a signal to this process when its parent ends."""
    _call(_LIBC.prctl, _PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        raise OSError("the harness has ended")


def _reap(command: int) -> int | None:
    """Wait for every child that has ended; return the exit code of the command, if it has."""
    code = None
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == command:
                code = os.waitstatus_to_exitcode(ended[1])
    return code


def _end_children() -> None:
    """Kill all remaining processes of the command: each becomes a child when its parent has ended."""
    with suppress(ChildProcessError):
        while True:
            for pid in _children():
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)


def _children() -> list[int]:
    """Return the children that are still running."""
    me, found = str(os.getpid()), []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                fields = (folder / "stat").read_bytes().rpartition(b")")[2].decode().split()
                if fields[_PARENT] == me and fields[_STATE] != "Z":
                    found.append(int(folder.name))
    return found


def _confine(settings: dict[str, Any]) -> None:
    if not settings["network"]:
        _leave_network()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if longest := settings["file_bytes"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (longest, longest))
    if os.geteuid() == 0:
        for capability in range(_CAPABILITIES):
            _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    if (user := settings["user"]) is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    _call(_LIBC.prctl, _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _leave_network() -> None:
    """Leave the network if the kernel allows it; without root in a user namespace, in which this user keeps its id.

    Some kernels allow neither, and a container without CAP_SYS_ADMIN as root. Then the command keeps the network.
    """
    user, group = os.geteuid(), os.getegid()
    if _LIBC.unshare(_CLONE_NEWNET if user == 0 else _CLONE_NEWUSER | _CLONE_NEWNET) or user == 0:
        return
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")


def _call(function: Any, *arguments: int) -> None:  # noqa: ANN401 - a function of libc
    if function(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main()
