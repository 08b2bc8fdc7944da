"""What every process of the generator is to whoever commands it: operations in, replies out, and where it runs.

Lines on stdin and stdout are one way to converse; `remote` has the other. What the operations do is not known here.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from harness.errors import HarnessError
from harness.load import protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PR_SET_PDEATHSIG, _PR_SET_TIMERSLACK = 1, 29
_READ_BYTES = 1 << 16
_STDIN, _STDOUT, _STDERR = 0, 1, 2


class Stopped(Exception):  # noqa: N818 - it is no error
    """Whoever commands wants no more."""


class Channel(Protocol):
    """A conversation with whoever commands."""

    def receive(self) -> dict[str, Any]:
        """Return the next message, when it comes.

        Raises:
            Stopped: There is none any more.
        """
        ...

    def peek(self) -> str | None:
        """Return the operation of the next message if it is here already.

        Raises:
            Stopped: There is none any more.
        """
        ...

    def send(self, message: dict[str, Any]) -> None:
        """Reply."""
        ...


class Lines:
    """A channel of JSON lines, in on one descriptor and out on another."""

    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._lines: deque[bytes] = deque()
        self._rest = b""

    def receive(self) -> dict[str, Any]:
        """Return the next message, when it comes.

        Raises:
            Stopped: There is none any more.
        """
        while not self._lines:
            select.select([self._source], [], [])  # Locust has patched it: other greenlets run meanwhile
            self._read()
        message: dict[str, Any] = json.loads(self._lines.popleft())
        return message

    def peek(self) -> str | None:
        """Return the operation of the next message if it is here already.

        Raises:
            Stopped: There is none any more.
        """
        while not self._lines and select.select([self._source], [], [], 0)[0]:
            self._read()
        return json.loads(self._lines[0])["op"] if self._lines else None

    def send(self, message: dict[str, Any]) -> None:
        """Write one message."""
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
    """Carry operations out until told to stop; one that fails is answered with its error.

    Raises:
        Stopped: There are no more messages.
    """
    while (message := channel.receive())["op"] != "stop":
        try:
            operations[message.pop("op")](**message)
        except HarnessError as error:
            channel.send(protocol.encode_error(error))


def settle_on(cpus: frozenset[int]) -> None:
    """Make this process one that waits exactly, holds many connections, stays on its cores and dies with its parent."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # a dead harness leaves no generator behind
    libc.prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)  # sleeps end when they should, not up to 50 µs later
    for thread in Path("/proc/self/task").iterdir():
        os.sched_setaffinity(int(thread.name), cpus)
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))  # every connection is one


def take_stdout() -> Lines:
    """Return the channel of stdin and stdout, and let whatever else is printed go to stderr."""
    replies = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)  # a scenario may print
    return Lines(_STDIN, replies)
