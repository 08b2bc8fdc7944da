"""Command channel of a generator process: operations in, replies out; and the process's settings.

`Lines` uses lines on stdin and stdout; `remote` has the channel to a master. This module does not know what operations
do.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import resource
import select
import signal
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gevent.hub import Hub

from harness.errors import HarnessError
from harness.load import protocol
from harness.load.process import guard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PR_SET_PDEATHSIG, _PR_SET_TIMERSLACK = 1, 29
_READ_BYTES = 1 << 16
_STDIN, _STDOUT, _STDERR = 0, 1, 2


class Stopped(Exception):  # noqa: N818 - the end of the messages is not an error
    """The commanding process has closed the channel."""


class Channel(Protocol):
    """Command channel to the harness or to a master."""

    def receive(self) -> dict[str, Any]:
        """Wait for the next message and return it.

        Raises:
            Stopped: There are no more messages.
        """
        ...

    def peek(self) -> str | None:
        """Return the operation of the next message, None if it has not arrived yet.

        Raises:
            Stopped: There are no more messages.
        """
        ...

    def send(self, message: dict[str, Any]) -> None:
        """Send a reply."""
        ...


class Lines:
    """Command channel of JSON lines: input on one descriptor, output on another."""

    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._lines: deque[bytes] = deque()
        self._rest = b""

    def receive(self) -> dict[str, Any]:
        """Wait for the next message and return it.

        Raises:
            Stopped: There are no more messages.
        """
        while not self._lines:
            select.select([self._source], [], [])  # patched by gevent: other greenlets run during the wait
            self._read()
        message: dict[str, Any] = json.loads(self._lines.popleft())
        return message

    def peek(self) -> str | None:
        """Return the operation of the next message, None if it has not arrived yet.

        Raises:
            Stopped: There are no more messages.
        """
        while not self._lines and select.select([self._source], [], [], 0)[0]:
            self._read()
        return json.loads(self._lines[0])["op"] if self._lines else None

    def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        data = protocol.line(message)
        while data:
            data = data[os.write(self._sink, data) :]

    def _read(self) -> None:
        data = os.read(self._source, _READ_BYTES)
        if not data:
            raise Stopped
        *whole, self._rest = (self._rest + data).split(b"\n")
        self._lines.extend(whole)


def answer(channel: Channel, operations: Mapping[str, Callable[..., None]]) -> None:
    """Execute operations until `stop`; the reply to a failed one is its error.

    Raises:
        Stopped: There are no more messages.
    """
    while (message := channel.receive())["op"] != "stop":
        try:
            operations[message.pop("op")](**message)
        except HarnessError as error:
            channel.send(protocol.encode_error(error))


def configure_process(cpus: frozenset[int]) -> None:
    """Configure this process: its cores, exact sleeps, many open files, its end with its parent, and its guard."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # the kernel kills it when the harness ends
    libc.prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)  # sleeps end on time, not up to 50 µs late
    for thread in Path("/proc/self/task").iterdir():
        os.sched_setaffinity(int(thread.name), cpus)
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))  # every connection is an open file
    guard.install()
    faulthandler.register(signal.SIGUSR1, all_threads=False)  # the log then says where it computes
    setattr(Hub, "SYSTEM_ERROR", (KeyboardInterrupt, SystemError))  # noqa: B010 - sys.exit in a scenario's greenlet ends that greenlet alone


def take_stdin_and_stdout() -> Lines:
    """Return a channel on stdin and stdout. All other output goes to stderr, and all other input is empty."""
    operations, replies = os.dup(_STDIN), os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)  # a scenario may print
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), _STDIN)  # a scenario may ask, and would read our messages
    return Lines(operations, replies)
