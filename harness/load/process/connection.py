"""Connection of the lane: a socket that may be closed and reopened, and the request in flight on it.

It knows the socket's calls and the state of the exchange in flight. The lane decides when to send, verifies answers,
and handles failures.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from typing import TYPE_CHECKING

from harness.load.http1 import ResponseParser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.load.address import Address
    from harness.load.process.exchanges import Exchange

    Recv = Callable[[int], bytes]
    Send = Callable[[bytes], int]

NO_MEMO: dict[bytes, int] = {}  # the memo of a connection whose next bytes must take the slow path

EMPTY_SCRIPT: Iterator[Exchange] = iter(())


def _closed(*_: object) -> int:
    raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))


class Connection:
    """Connection to a target: open, or opened at its next send.

    Attributes:
        recv, send: The socket's bound methods, so that the lane's loop needs one look-up each.
        script: The endless sequence of exchanges to send.
        exchange: The exchange in flight; None if the connection is idle.
        memo: Verified answers, byte for byte, of the exchange in flight; empty after a part of its answer arrived.
        first_sent_ns: Time of the first send on the socket: a later one is on a kept connection.
        sent_ns, due_ns: Time of the send of the request in flight, and in open load its due time.
        received: Bytes of an answer that arrives in more than one piece.
        unsent: Bytes of the request in flight that the socket has not accepted yet.
        is_established: Whether the socket has accepted or delivered any byte.
        closes: Whether the target announced and did close the connection after its last answer. The connection to such
            a target is opened only for a send, because an idle one would occupy a worker of the target.
        was_open: Whether it was open before, so that the next open is a reconnect.
        is_retiring: Whether it sends no more requests.
    """

    __slots__ = (
        "_socket",
        "address",
        "closes",
        "due_ns",
        "exchange",
        "fd",
        "first_sent_ns",
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

    def __init__(self, address: Address, script: Iterator[Exchange] = EMPTY_SCRIPT) -> None:
        self.address = address
        self.script = script
        self.parser = ResponseParser()
        self.was_open = False
        self.closes = False
        self.is_retiring = False
        self.sent_ns = self.due_ns = self.first_sent_ns = 0
        self._socket: socket.socket | None = None
        self._reset()

    def _reset(self) -> None:
        self.recv: Recv = _closed  # type: ignore[assignment]
        self.send: Send = _closed
        self.fd = -1
        self.exchange: Exchange | None = None
        self.memo = NO_MEMO
        self.unsent = b""
        self.received = 0
        self.is_established = False

    @property
    def is_open(self) -> bool:
        """Whether the connection has a socket."""
        return self._socket is not None

    def open(self, kind: type[socket.socket]) -> None:
        """Begin to connect, without waiting.

        Args:
            kind: The class of the socket.

        Raises:
            OSError: The connection was refused at once, or no socket could be created.
        """
        opened = kind(self.address.family, socket.SOCK_STREAM)
        opened.setblocking(False)  # noqa: FBT003 - the standard library's signature
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = opened.connect_ex(self.address.endpoint)
        if code not in (0, errno.EINPROGRESS):
            opened.close()
            raise OSError(code, os.strerror(code))
        self._socket = opened
        self.recv, self.send, self.fd = opened.recv, opened.send, opened.fileno()
        self.parser = ResponseParser()
        self.was_open = True

    def close(self) -> None:
        """Close the socket, if there is one, and drop the exchange in flight."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
        self._socket = None
        self._reset()
