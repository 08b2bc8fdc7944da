"""The machine's lock: one run at a time on a machine, whoever starts it.

The kernel holds the lock for a process and releases it when the process ends, however it ends. The file stays; its
content only says which process holds the lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK = Path("/tmp/harness.lock")  # noqa: S108 - a folder of its own would not be writable for every user
"""The lock file of this machine: the same path for every user, whatever TMPDIR says."""

OWN_LOCK = "HARNESS_LOCK"
"""Environment variable: another lock file. Dangerous: runs with different locks disturb each other unseen."""

_EVERY_USER = 0o666
_REMEDY = f"Remove the file if no run is under way, or see {OWN_LOCK} in docs/platforms.md."


@contextmanager
def machine_lock(path: Path | None = None) -> Iterator[None]:
    """Lock the machine for one run: two runs at the same time would disturb each other.

    Args:
        path: The lock file; by default that of HARNESS_LOCK, else LOCK.

    Raises:
        MachineError: Another run holds the lock (the error names its process), or the lock can't be opened.
    """
    path = path or Path(os.environ.get(OWN_LOCK) or LOCK)
    try:
        descriptor = _open(path)
    except OSError as error:
        raise _error(path, error) from error
    try:
        _take(descriptor, path)
        yield
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


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise MachineError(
            "another run is measuring",
            where=str(path),
            cause=f"process {_holder(descriptor)} holds the machine's lock",
            remedy="Wait for its end: two runs at the same time would disturb each other.",
        ) from error
    except OSError as error:
        raise _error(path, error) from error
    with suppress(OSError):  # it is only for the message above: a full disk does not stop a run here
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())


def _holder(descriptor: int) -> str:
    text = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
    return text if text.isascii() and text.isdigit() else "unknown"


def _error(path: Path, error: OSError) -> MachineError:
    cause = error.strerror or str(error)
    return MachineError("can't lock the machine", where=str(path), cause=cause, remedy=_REMEDY)
