"""Drop the machine's page cache, so that the next start reads its files from the disk, as after a reboot.

The kernel has no page cache per target, so the cache of the whole machine is dropped. That needs root, and a user must
ask for it. Pages that a running process has mapped stay in memory, so the cache is dropped before any instance of a
block runs. Caches of the disk itself, or of the host of a virtual machine, can't be dropped from here.
"""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import MachineError

_DROP = Path("/proc/sys/vm/drop_caches")
_PAGES = "1"  # only the page cache: without directory entries and inodes the engine itself would be slow, too


def require(path: Path = _DROP) -> None:
    """Check that this process may drop the page cache.

    Raises:
        MachineError: It may not, or the kernel does not support it.
    """
    if not os.access(path, os.W_OK):
        raise _refusal(path, "this process may not write to it")


def drop(path: Path = _DROP) -> None:
    """Write modified pages to the disk, then drop all clean pages.

    Raises:
        MachineError: The kernel refused.
    """
    os.sync()
    try:
        path.write_text(_PAGES, encoding="ascii")
    except OSError as error:
        raise _refusal(path, error.strerror or str(error)) from error


def _refusal(path: Path, cause: str) -> MachineError:
    remedy = "Run as root on the machine itself, or without --cold-page-cache."
    return MachineError("the page cache can't be dropped", where=str(path), cause=cause, remedy=remedy)
