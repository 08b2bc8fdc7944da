"""Output of a program in a file without a name: its end can be read, and it does not grow for ever.

A target that logs each request, or a locustfile that prints each answer, must not fill the disk. This module does not
know whose output it is; it imports nothing from the package.
"""

from __future__ import annotations

import fcntl
import os
import threading
from tempfile import TemporaryFile

LIMIT_BYTES = 32 << 20
"""Longest output that is kept."""

END_BYTES = 1 << 16
"""Longest end that is read."""

_EVERY_S = 1.0


class ProgramOutput:
    """Output of a program: a file that disappears with the last process that has it open."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES, every_s: float = _EVERY_S) -> None:
        """Create the file.

        Args:
            limit_bytes: Length above which all output so far is dropped.
            every_s: Time between two checks of the length, once `keep_short` was called.
        """
        self._limit_bytes = limit_bytes
        self._every_s = every_s
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._file = TemporaryFile(buffering=0)  # noqa: SIM115 - it stays open as long as the program runs
        # O_APPEND: every write goes to the current end, because `shorten` may truncate the file between writes.
        fcntl.fcntl(self._file, fcntl.F_SETFL, fcntl.fcntl(self._file, fcntl.F_GETFL) | os.O_APPEND)

    @property
    def descriptor(self) -> int:
        """Descriptor for the program's output."""
        return self._file.fileno()

    @property
    def size_bytes(self) -> int:
        """Its length now; 0 after `close`."""
        return 0 if self._file.closed else os.fstat(self.descriptor).st_size

    def end(self) -> str:
        """Return its end, up to `END_BYTES`; empty after `close`."""
        if self._file.closed:
            return ""
        return os.pread(self.descriptor, END_BYTES, max(0, self.size_bytes - END_BYTES)).decode(errors="replace")

    def tail(self, lines: int) -> str:
        """Return its last lines, without white space at the end."""
        return "\n".join(self.end().splitlines()[-lines:]).rstrip()

    def shorten(self) -> None:
        """Drop the output if it is longer than the limit."""
        with self._lock:  # after `close` the number of the descriptor may be that of another file
            if self.size_bytes > self._limit_bytes:
                os.ftruncate(self.descriptor, 0)

    def keep_short(self) -> None:
        """Shorten the output again and again, in a thread of its own, until it is closed."""
        threading.Thread(target=self._shorten_often, name="program-output", daemon=True).start()

    def _shorten_often(self) -> None:
        while not self._closed.wait(self._every_s):
            self.shorten()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._closed.set()
        with self._lock:
            self._file.close()
