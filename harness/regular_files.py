"""Reading of files that others wrote. A pipe, a device, or a file without end is an error: nothing waits for ever.

This module knows no format; it imports nothing from the package.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path

MOST_BYTES = 16 << 20
"""Longest manifest, scenario or page that is read."""


def opened(path: Path) -> BufferedReader:
    """Open a regular file for reading; a link to one is followed.

    Raises:
        OSError: It is no regular file, or can't be opened; `strerror` is the cause.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe without a writer blocks otherwise
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.EINVAL, "it is not a regular file", str(path))


def content_of(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the content of a regular file.

    Raises:
        OSError: As `opened`, or it is longer than `most_bytes`.
    """
    with opened(path) as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"it is longer than {most_bytes:,} bytes", str(path))
    return content


def content_within(folder: Path, name: str) -> bytes:
    """Return the content of a regular file below a folder, which a manifest names.

    Raises:
        OSError: As `content_of`, or the name or a link leads out of the folder.
    """
    path = folder / name
    try:
        is_inside = path.resolve().is_relative_to(folder.resolve())
    except (RuntimeError, ValueError) as error:  # links in a circle; a byte that no name can have
        raise OSError(errno.EINVAL, str(error), str(path)) from error
    if not is_inside:
        raise OSError(errno.EINVAL, "it leads out of the folder of the target", str(path))
    return content_of(path)
