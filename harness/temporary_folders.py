"""Temporary folders that do not outlive a killed process for long.

Its process holds a lock of the kernel on each of them. So the next process that needs one knows the folders of killed
processes and removes them, as `harness clean` does.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.machine_identity import boot_id, machine_id

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENED = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def temporary_folder(within: Path | None = None) -> Iterator[Path]:
    """Yield a new temporary folder of this process, and remove it at the end. Removes those of killed processes first.

    Another process may remove the folder before it is locked: then the next one is made.

    Args:
        within: The folder to make it in; by default the one of this machine's temporary files.
    """
    remove_abandoned(within)
    while True:
        with tempfile.TemporaryDirectory(dir=within, prefix=_prefix() or "harness-") as name:
            try:
                descriptor = os.open(name, _OPENED)
            except FileNotFoundError:
                continue
            try:
                with suppress(OSError):  # a file system without locks: no process can lock it to remove it
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                if _is_there(name, descriptor):
                    yield Path(name)
                    return
            finally:
                os.close(descriptor)


def remove_abandoned(within: Path | None = None) -> tuple[Path, ...]:
    """Remove the temporary folders that killed processes of this machine and user left, and return their paths.

    A folder stays if its process is alive, another machine or another user made it, or no lock can prove that its
    process is dead.
    """
    if not (prefix := _prefix()):
        return ()
    with suppress(OSError):
        folder = within or Path(tempfile.gettempdir())
        return tuple(path for path in sorted(folder.iterdir()) if path.name.startswith(prefix) and _is_removed(path))
    return ()


def _is_removed(path: Path) -> bool:
    with suppress(OSError):
        descriptor = os.open(path, _OPENED)
        try:
            if os.fstat(descriptor).st_uid != os.geteuid():
                return False
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path)
        finally:
            os.close(descriptor)
        return True
    return False


def _is_there(name: str, descriptor: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.lstat(name), os.fstat(descriptor))
    return False


def _prefix() -> str:
    """Return the beginning of the names of this machine's temporary folders; empty if the machine is unknown."""
    machine = machine_id() or boot_id()
    return f"harness-{machine}-" if machine else ""
