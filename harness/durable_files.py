"""Files that are whole after a crash: replaced atomically, or grown by whole lines.

A new file has a temporary name beside the old one until it is whole. Its writer holds a lock of the kernel on it, so
that the next writer knows the files of killed writers and removes them. This module knows no format.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import NO_ROOM, MachineError
from harness.machine_identity import boot_id, machine_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_NEW = 0o644  # the rights of a new file
_ELSEWHERE = "Name another folder with HARNESS_RESULTS."


def write_atomically(path: Path, content: str | bytes, *, elsewhere: str = _ELSEWHERE) -> bool:
    """Replace a file atomically: a reader sees the whole old file or the whole new one, even after a crash.

    The new file has the rights of the old one, and its owner and group as far as this user may give them. Also removes
    what killed writers left in its folder.

    Args:
        path: The file.
        content: Its new content.
        elsewhere: The sentence of an error that says how to write to another place.

    Returns:
        Whether the new file has the owner and the group of the old one, if there was one.

    Raises:
        MachineError: The disk is full or not writable.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_unfinished(path.parent)
        with _unfinished_file(path.parent) as file:
            try:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                old = _found(path)
                is_kept = old is None or _keeps_owner(file.fileno(), old)
                os.fchmod(file.fileno(), _NEW if old is None else old.st_mode & 0o777)
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        sync_folder(path.parent)
    except OSError as error:
        raise disk_error(path, error, elsewhere) from error
    return is_kept


def _found(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _keeps_owner(descriptor: int, old: os.stat_result) -> bool:
    """Give a new file the owner and the group of the old one; return whether it has both."""
    new = os.fstat(descriptor)
    for owner, group in ((old.st_uid, old.st_gid), (-1, old.st_gid)):  # a user may give a file to a group of its own
        if (new.st_uid, new.st_gid) == (old.st_uid, old.st_gid):
            break
        with suppress(OSError):
            os.fchown(descriptor, owner, group)
            new = os.fstat(descriptor)
    return (new.st_uid, new.st_gid) == (old.st_uid, old.st_gid)


def remove_unfinished(folder: Path) -> tuple[Path, ...]:
    """Remove the temporary files that killed writers of this machine left in a folder, and return their paths.

    A file stays if its writer is alive, another machine wrote it, its owner is another user, or no lock can prove that
    its writer is dead.
    """
    if not (prefix := _prefix()):
        return ()
    with suppress(OSError):
        return tuple(path for path in sorted(folder.iterdir()) if path.name.startswith(prefix) and _is_removed(path))
    return ()


def _is_removed(path: Path) -> bool:
    """Remove a temporary file unless a process is writing it; return whether it was removed."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
                return False
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(descriptor)
        return True
    return False


@contextmanager
def _unfinished_file(folder: Path) -> Iterator[tempfile._TemporaryFileWrapper[bytes]]:
    """Yield a new temporary file under the kernel's lock, which ends with this process.

    Another process may remove the file before it is locked: then the next one is made.
    """
    while True:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=_prefix() or ".", delete=False) as file:
            with suppress(OSError):  # a file system without locks: no other process can lock the file to remove it
                fcntl.flock(file.fileno(), fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink:
                yield file
                return


def _prefix() -> str:
    """Return the beginning of the names of this machine's temporary files; empty if the machine is unknown."""
    machine = machine_id() or boot_id()
    return f".harness-{machine}-" if machine else ""


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk.

    Raises:
        OSError: The folder can't be opened or written.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cut_torn_line(file: BinaryIO) -> None:
    """Cut an unfinished last line, so that the next line does not continue it."""
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    whole = file.read(end).rfind(b"\n") + 1
    if whole < end:
        file.truncate(whole)


def disk_error(path: Path, error: OSError, elsewhere: str = _ELSEWHERE) -> MachineError:
    """Return the error of a file that can't be written: a result, unless it is told where else it can be written."""
    what = "can't write a result" if elsewhere == _ELSEWHERE else "can't write a file"
    remedy = "Free some space." if error.errno in NO_ROOM else elsewhere
    return MachineError(what, where=str(path), cause=error.strerror or str(error), remedy=remedy)


def require_file(path: Path) -> None:
    """Refuse a folder, a link or a pipe: reading a pipe would wait for ever.

    Raises:
        OSError: It is not a regular file, or does not exist.
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))


def opened_to_grow(path: Path) -> BinaryIO:
    """Open a file for reading and appending; create it if there is none.

    Raises:
        OSError: It is not a regular file, or can't be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
    file = os.fdopen(descriptor, "a+b")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return file
