"""Program that becomes a step of a build, or a probe: confined like a target, and ended with the harness.

Run by path as `python -I -S confined.py SETTINGS COMMAND...`; SETTINGS is JSON. It imports nothing of the harness.

- parent: id of the harness. The step ends with it, even if it is killed.
- user: id of the user and the group that the command runs as; null means those of the harness. Root has no
  capabilities.
- network: whether the command may use the network. If not, it has a network namespace of its own, without any
  interface that is up, where the kernel allows that.
- file_bytes: the longest file that it may write; 0 means no limit.

Exit code 126 means that the confinement failed; the reason is on stderr.

Sources: prctl(2), unshare(2), user_namespaces(7), getrlimit(2).
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITIES = 64  # more than exist; dropping one that does not exist does nothing
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_NOT_CONFINED = 126
_NOT_FOUND = 127
_LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Confine this process, and become the command."""
    settings, command = json.loads(sys.argv[1]), sys.argv[2:]
    try:
        _confine(settings)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{command[0]} can't be confined: {error}\n")
        sys.exit(_NOT_CONFINED)
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell
    except OSError as error:
        sys.stderr.write(f"{command[0]} can't be run: {error.strerror}\n")
        sys.exit(_NOT_FOUND)


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
    _call(_LIBC.prctl, _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # after the change of user, which clears it
    if os.getppid() != settings["parent"]:
        raise OSError("the harness has ended")


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
