"""The page cache, dropped: a start after it reads its files from the disk, as the first one after a reboot does.

The kernel knows no cache of a single target, so the whole machine's is dropped; that is why it is asked for, and takes
root. Pages that a running process has mapped stay, so it comes before any instance of a block is up. What the disk
itself remembers, or the host of a virtual machine, nobody here can drop.
"""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import MachineError

_DROP = Path("/proc/sys/vm/drop_caches")
_PAGES = "1"  # of the page cache alone: directory entries and inodes would make the engine itself start anew


def require(path: Path = _DROP) -> None:
    """Refuse a plan that drops it where this process may not.

    Raises:
        MachineError: It may not, or the kernel offers no such thing.
    """
    if not os.access(path, os.W_OK):
        raise _refusal(path, "this process may not write to it")


def drop(path: Path = _DROP) -> None:
    """Write everything back and drop the pages that are clean then.

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
