"""One request to a target on a raw socket, with a deadline and a limit of size.

The poller of a start, the first requests and verification use it. A client library's own start would add to the
times. It also has no limit for a whole answer: a body without an end, or a byte every few seconds, would stop the run.
"""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

from harness.load.http1 import FramingError, ResponseParser, body_limit
from harness.units import counted

if TYPE_CHECKING:
    from harness.load.http1 import Response

SHORT_BODY_BYTES = body_limit(0)
"""Longest body that is read where the right one is as short as those of targets/CONTRACT.md."""

_CONNECT_TIMEOUT_S = 0.05
_RECV_BYTES = 4096
_SHOWN_BYTES = 80  # of an answer that does not end


def address_of(url: str) -> tuple[str, int]:
    """Return host and port of a target's URL."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    return host, int(port)


def connected(host: str, port: int, connect_within_s: float = _CONNECT_TIMEOUT_S) -> socket.socket:
    """Open a connection.

    Raises:
        OSError: It was refused, or took too long.
    """
    return socket.create_connection((host, port), timeout=connect_within_s)


def exchange(
    connection: socket.socket, request: bytes, within_s: float, max_body_bytes: int = SHORT_BODY_BYTES
) -> Response:
    """Send a request on an open connection and return its answer.

    Raises:
        FramingError: The answer is not a well-formed HTTP/1 response, is longer than the limit, or is followed by more.
        TimeoutError: It is not whole in time.
        OSError: The connection broke, or ended before the answer did.
    """
    deadline_s = time.monotonic() + within_s
    parser = ResponseParser(max_body_bytes=max_body_bytes)
    connection.settimeout(within_s)
    connection.sendall(request)
    received = b""
    while True:
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            raise _late(received, within_s)
        connection.settimeout(left_s)
        try:
            data = connection.recv(_RECV_BYTES)
        except TimeoutError as error:
            raise _late(received, within_s) from error
        received = (received + data)[:_SHOWN_BYTES]
        response = parser.feed(data) if data else _ended(parser)
        if response is not None:
            if surplus := parser.leftover:
                raise FramingError(f"{counted(len(surplus), 'byte')} after the end of the answer")
            return response


def ask(host: str, port: int, request: bytes, within_s: float, max_body_bytes: int = SHORT_BODY_BYTES) -> Response:
    """Send a request on a new connection and return its answer; errors as in `exchange`."""
    with connected(host, port, max(_CONNECT_TIMEOUT_S, within_s)) as connection:
        return exchange(connection, request, within_s, max_body_bytes)


def _late(received: bytes, within_s: float) -> TimeoutError:
    if received:
        return TimeoutError(f"an answer began with {received!r} and was not whole in {within_s:g} s")
    return TimeoutError(f"a request timed out after {within_s:g} s")


def _ended(parser: ResponseParser) -> Response:
    try:
        response = parser.end()
    except FramingError as error:
        raise ConnectionError(str(error)) from error
    if response is None:
        raise ConnectionError("the connection was closed without an answer")
    return response
