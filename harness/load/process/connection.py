"""One connection of the lane: a socket that may come and go, and the request that is under way on it.

It knows the socket's calls and the state of the one exchange in flight. When to send, what an answer is worth and
what to do after a failure is the lane's to decide.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from typing import TYPE_CHECKING

from harness.load.process.http1 import ResponseParser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.load.address import Address
    from harness.load.process.exchanges import Exchange

    Recv = Callable[[int], bytes]
    Send = Callable[[bytes], int]

NOTHING_KNOWN: dict[bytes, int] = {}  # the memo of a connection on which no whole answer may arrive in one piece

NOTHING_TO_SEND: Iterator[Exchange] = iter(())


def _closed(*_: object) -> int:
    raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))


class Connection:
    """A connection to a target, open or to be opened when it is needed.

    Attributes:
        recv, send: The socket's own bound methods, so that the lane's loop pays one lookup each.
        script: The endless sequence of exchanges that it sends.
        exchange: What is in flight, or None when the connection is idle.
        memo: Answers that may be taken for verified byte for byte: those of the exchange in flight, and none at all
            once part of its answer has arrived.
        sent_ns, due_ns: When the request in flight was sent, and in open load was due.
        received: Bytes of an answer that came in more than one piece.
        unsent: What the socket has not taken yet of the request in flight.
        is_established: Whether the socket has ever taken or given a byte.
        closes: Whether the target closed the connection by announcement after its last answer: such a target must not
            be kept waiting on an idle connection, so it is opened when it is needed and not before.
        was_open: Whether it has been open before, so that opening it again is a reconnect.
        is_retiring: Whether it is to send nothing more.
    """

    __slots__ = (
        "_socket",
        "address",
        "closes",
        "due_ns",
        "exchange",
        "fd",
        "is_established",
        "is_retiring",
        "memo",
        "parser",
        "received",
        "recv",
        "script",
        "send",
        "sent_ns",
        "unsent",
        "was_open",
    )

    def __init__(self, address: Address, script: Iterator[Exchange] = NOTHING_TO_SEND) -> None:
        self.address = address
        self.script = script
        self.parser = ResponseParser()
        self.was_open = False
        self.closes = False
        self.is_retiring = False
        self.sent_ns = self.due_ns = 0
        self._socket: socket.socket | None = None
        self._forget()

    def _forget(self) -> None:
        self.recv: Recv = _closed  # type: ignore[assignment]
        self.send: Send = _closed
        self.fd = -1
        self.exchange: Exchange | None = None
        self.memo = NOTHING_KNOWN
        self.unsent = b""
        self.received = 0
        self.is_established = False

    @property
    def is_open(self) -> bool:
        """Whether there is a socket."""
        return self._socket is not None

    def open(self, kind: type[socket.socket]) -> None:
        """Begin to connect, without waiting for it.

        Args:
            kind: The class of socket to use.

        Raises:
            OSError: The connection was refused at once, or there is no socket to be had.
        """
        fresh = kind(self.address.family, socket.SOCK_STREAM)
        fresh.setblocking(False)  # noqa: FBT003 - the standard library's signature
        fresh.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = fresh.connect_ex(self.address.endpoint)
        if code not in (0, errno.EINPROGRESS):
            fresh.close()
            raise OSError(code, os.strerror(code))
        self._socket = fresh
        self.recv, self.send, self.fd = fresh.recv, fresh.send, fresh.fileno()
        self.parser = ResponseParser()
        self.was_open = True

    def close(self) -> None:
        """Close the socket, if there is one, and forget what was in flight."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
        self._socket = None
        self._forget()
