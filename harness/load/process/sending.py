"""Sending side of the lane: requests on kept or new connections, and what a socket does not take at once.

It counts connections that are opened again and requests that are sent again. The lane receives, and handles failures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.load.process.connection import NO_MEMO
from harness.load.process.poller import clock_ns

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.load.process.connection import Connection
    from harness.load.process.exchanges import Exchange
    from harness.load.process.poller import Poller

_clock = clock_ns


class Sender:
    """Sender of the lane's requests.

    Attributes:
        reconnects: Number of reconnects since the load began.
        resent: Number of requests that were sent a second time, because the target closed a kept connection instead of
            answering.
    """

    def __init__(self, poller: Poller, lost: Callable[[Connection, OSError], None]) -> None:
        """Begin without counts.

        Args:
            poller: Opens and closes connections.
            lost: Handles a connection that broke with a request in flight.
        """
        self._poller = poller
        self._lost = lost
        self.begin()

    def begin(self) -> None:
        """Count from 0."""
        self.reconnects = self.resent = 0

    def transmit(self, connection: Connection, due_ns: int) -> None:
        """Send the next request of a connection's script; open the connection if it is closed."""
        exchange = connection.exchange = next(connection.script)
        connection.memo = exchange.memo
        connection.due_ns = due_ns
        connection.sent_ns = _clock()  # a connect before the send is part of the service time
        if not connection.is_open:
            self.reconnects += connection.was_open
            connection.first_sent_ns = connection.sent_ns
        self._send(connection, exchange)

    def resend(self, connection: Connection, *, goes_on: bool) -> bool:
        """Send a request once more if it met the end of a kept connection; return whether it was such a request.

        A server may close an idle connection at any time, so a client must expect this of every kept connection (RFC
        9112, 9.3.1 and 9.5). The time of the request begins with its first send.

        Args:
            connection: The connection that was closed.
            goes_on: Whether another request follows the answer.
        """
        exchange = connection.exchange
        if exchange is None or connection.sent_ns == connection.first_sent_ns or not connection.parser.is_idle:
            return False
        self._poller.close(connection)
        connection.exchange, connection.memo = exchange, exchange.memo if goes_on else NO_MEMO
        connection.first_sent_ns = connection.sent_ns  # only once
        self.resent += 1
        self.reconnects += 1
        self._send(connection, exchange)
        return True

    def _send(self, connection: Connection, exchange: Exchange) -> None:
        try:
            if not connection.is_open:
                self._poller.open(connection)
            taken = connection.send(exchange.payload)
            connection.is_established = True
            if taken != exchange.size:
                self.keep_rest(connection, taken)
        except OSError as error:
            self.failed(connection, error)

    def failed(self, connection: Connection, error: OSError) -> None:
        """Handle a send that the socket refused."""
        if isinstance(error, BlockingIOError):  # not connected yet, or the socket's buffer is full
            self.keep_rest(connection, 0)
        else:
            self._lost(connection, error)

    def keep_rest(self, connection: Connection, taken: int) -> None:
        """Keep what the socket did not take of a request, and send it when it can be written."""
        assert connection.exchange is not None  # noqa: S101 - it was just sent
        connection.unsent = connection.exchange.payload[taken:]
        connection.memo = NO_MEMO
        self._poller.watch_writes(connection, watch=True)

    def send_rest(self, connection: Connection) -> None:
        """Send what is left of a request."""
        try:
            taken = connection.send(connection.unsent)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(connection, error)
            return
        connection.is_established = True
        connection.unsent = connection.unsent[taken:]
        if not connection.unsent:
            self._poller.watch_writes(connection, watch=False)
