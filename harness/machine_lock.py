"""The machine's lock: one run at a time on a machine, of all users.

The kernel holds the lock for a process and releases it when the process ends, however it ends. The file stays; its
content only says which process holds the lock, since when and for which run. Every user can write to it, so nothing
else of it is believed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shlex
import stat
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import MachineError
from harness.foreign_text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCK = Path("/tmp/harness.lock")  # noqa: S108 - a folder of its own would not be writable for every user
"""The lock file of this machine: the same path for every user, whatever TMPDIR says."""

OWN_LOCK = "HARNESS_LOCK"
"""Environment variable: another lock file. Dangerous: runs with different locks disturb each other unseen."""

_EVERY_USER = 0o666
_CONTENT = re.compile(r"(\d{1,9})\n(?:(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\n)?(?:(\d{8}-\d{6}-[\w.-]{1,60})\n)?")
_LONGEST_CONTENT, _LONGEST_COMMAND = 256, 160
_POLL_S = 1.0


@contextmanager
def machine_lock(
    path: Path | None = None, waits: Callable[[str], None] | None = None
) -> Iterator[Callable[[str], None]]:
    """Lock the machine for one run: two runs at the same time would disturb each other.

    It yields a function that gets the id of the run, for the error of another process that wants the lock.

    Args:
        path: The lock file; by default that of HARNESS_LOCK, else LOCK.
        waits: Gets a sentence on the holder if another run holds the lock, which is then waited for; without it that
            is an error.

    Raises:
        MachineError: Another run holds the lock (the error names its process), or the lock can't be opened.
    """
    path = path or Path(os.environ.get(OWN_LOCK) or LOCK)
    try:
        descriptor = _open(path)
    except OSError as error:
        raise _error(path, error) from error
    try:
        _take(descriptor, path, waits)
        _write(descriptor, "")
        yield lambda run: _write(descriptor, f"{run}\n")
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    """Open the lock file, which may be another user's; create it if there is none.

    Every user can write to the folder. So a symbolic link is not followed, and a file of another kind is refused.
    """
    flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with suppress(FileExistsError):  # another process has created it in this moment
        return _open_or_create(path, flags)
    return _open_or_create(path, flags)


def _open_or_create(path: Path, flags: int) -> int:
    # Without O_CREAT: in a folder like /tmp the kernel refuses O_CREAT on another user's file (fs.protected_regular).
    with suppress(FileNotFoundError):
        try:
            descriptor = os.open(path, os.O_RDWR | flags)
        except PermissionError:
            descriptor = os.open(path, os.O_RDONLY | flags)  # enough for the lock itself
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | flags, _EVERY_USER)
    os.fchmod(descriptor, _EVERY_USER)  # whatever the umask
    return descriptor


def _take(descriptor: int, path: Path, waits: Callable[[str], None] | None) -> None:
    is_told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            cause = f"process {_holder(descriptor)} holds the machine's lock"
            if waits is None:
                raise MachineError(
                    "another run is measuring",
                    where=str(path),
                    cause=cause,
                    remedy="Wait for its end, or use `harness run --wait`: two runs at the same time would disturb "
                    "each other.",
                ) from error
            if not is_told:
                waits(cause)
            is_told = True
            time.sleep(_POLL_S)
        except OSError as error:
            raise _error(path, error) from error
        else:
            return


def _write(descriptor: int, run: str) -> None:
    """Write who holds the lock; it is only for the error of another: a full disk does not stop a run here."""
    with suppress(OSError):
        text = f"{os.getpid()}\n{datetime.now(UTC):%Y-%m-%d %H:%M:%S}\n{run}"
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)


def _holder(descriptor: int) -> str:
    """Return the holder in words: `123 (harness run --profile full; since 2026-01-31 14:25:01 UTC; run ID)`."""
    found = _CONTENT.fullmatch(os.pread(descriptor, _LONGEST_CONTENT, 0).decode("ascii", errors="replace"))
    if found is None:
        return "unknown"
    pid, since, run = found.groups()
    known = [_command(pid), since and f"since {since} UTC", run and f"run {run}"]
    more = "; ".join(filter(None, known))
    return f"{pid} ({more})" if more else str(pid)


def _command(pid: str) -> str:
    """Return the command of a process; empty if it is none of the harness: the id may be of another namespace."""
    try:
        words = Path("/proc", pid, "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return ""
    names = [Path(word).name for word in words]
    if "harness" not in names:
        return ""
    command = one_line(shlex.join(["harness", *words[names.index("harness") + 1 :]]))
    return command if len(command) <= _LONGEST_COMMAND else f"{command[:_LONGEST_COMMAND]}..."


def _error(path: Path, error: OSError) -> MachineError:
    cause = error.strerror or str(error)
    there_is_one = os.path.lexists(path)
    step = "Remove the file if no run is under way" if there_is_one else "Check that its folder can be written"
    remedy = f"{step}, or see {OWN_LOCK} in docs/platforms.md."
    return MachineError("can't lock the machine", where=str(path), cause=cause, remedy=remedy)
