"""Poller of the lane: epoll of its open connections, and waits that end on time and are counted as idle.

It opens and closes connections. It does not know their requests.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import time
from typing import TYPE_CHECKING

from gevent.monkey import get_original

from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.load.process.connection import Connection

_socket = get_original("socket", "socket")
_epoll = get_original("select", "epoll")
_select = get_original("select", "select")
clock_ns = time.perf_counter_ns

BATCH = 64  # events per poll: the last one waits until the others are handled
_READABLE, _WRITABLE = 1, 4
_NO_FILES = (errno.EMFILE, errno.ENFILE)
_WAIT_S = 0.005  # the longest sleep: gevent's hub must run often
_SPIN_AHEAD_NS = 60_000  # a sleep may end this late: sleep until this long before a due time, then spin

Events = list[tuple[int, int]]


class Poller:
    """Poller: epoll of all open connections.

    Attributes:
        connected: The open connections, by file descriptor.
        poll: Epoll's own method: timeout and number of events to a list of descriptors and events.
        idle_ns: Time that was spent in waits.
    """

    def __init__(self, *, spin: bool) -> None:
        """Open nothing yet.

        Args:
            spin: Wait for due times by spinning, which needs a separate core; else by sleeping.
        """
        self.connected: dict[int, Connection] = {}
        self._epoll = _epoll()
        self.poll = self._epoll.poll
        self.idle_ns = 0
        self._spin = spin

    def open(self, connection: Connection) -> None:
        """Begin to connect, and report what arrives.

        Raises:
            OSError: The connection was refused at once, or no socket could be created.
            MachineError: This process, or this machine, has no file left to open: no target can do anything about it.
        """
        try:
            connection.open(_socket)
        except OSError as error:
            if error.errno in _NO_FILES:
                raise _no_files(error) from error
            raise
        self.connected[connection.fd] = connection
        self._epoll.register(connection.fd, _READABLE)

    def close(self, connection: Connection) -> None:
        """Close a connection, if it is open."""
        self.connected.pop(connection.fd, None)
        connection.close()

    def reopen(self, connections: Iterable[Connection]) -> None:
        """Reopen the connections that were closed, by the target or by the lane, while all were idle."""
        while events := self.poll(0, BATCH):
            for fd, _ in events:
                self.close(self.connected[fd])
        for connection in connections:
            if connection.was_open and not connection.is_open and not connection.closes:
                with contextlib.suppress(OSError):  # the next send tries again, and reports the error
                    self.open(connection)

    def watch_writes(self, connection: Connection, *, watch: bool) -> None:
        """Report also when a connection can be written, or no longer."""
        self._epoll.modify(connection.fd, _READABLE | _WRITABLE if watch else _READABLE)

    def wait(self) -> Events:
        """Wait for events, for a few milliseconds at most."""
        before = clock_ns()
        events: Events = self.poll(_WAIT_S, BATCH)
        self.idle_ns += clock_ns() - before
        return events

    def wait_until(self, until_ns: int) -> Events:
        """Wait for events, until a time on the clock at most."""
        before = clock_ns()
        if not self._spin and until_ns - before > _SPIN_AHEAD_NS:
            # epoll sleeps whole milliseconds; select on epoll's descriptor sleeps microseconds
            _select([self._epoll], [], [], (until_ns - before - _SPIN_AHEAD_NS) / 1e9)
        events: Events = []
        while not events and clock_ns() < until_ns:
            events = self.poll(0, BATCH)
        self.idle_ns += clock_ns() - before
        return events


def _no_files(error: OSError) -> MachineError:
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MachineError(
        "the load generator can't open a connection",
        where=f"process {os.getpid()}",
        cause=f"{error.strerror}: it may have {most:,} open files, and each connection is one",
        remedy="Raise the limit (`ulimit -n`, as hard limit), or drive fewer connections.",
    )
