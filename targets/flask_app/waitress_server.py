"""Serve the app with Waitress, with its default settings: one process with 4 threads. End it as the contract requires.

`waitress-serve` makes the same server, but SIGTERM ends it in the middle of an answer.
"""

import signal
import time
from types import FrameType

from app import app
from listening import listening_address
from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

BETWEEN_LOOKS_S = 0.25
GRACE_S = 3.0  # the contract allows 5 s to end, and an answer in flight takes milliseconds

Sockets = dict[int, object]
_end_requested_s: list[float] = []


def end(_signal: int, _frame: FrameType | None) -> None:
    """Request the end of the server."""
    _end_requested_s.append(time.monotonic())


def serve(sockets: Sockets) -> None:
    """Serve until the end is requested; then accept no more connections, and finish the answers in progress."""
    while not _end_requested_s:
        wasyncore.loop(timeout=BETWEEN_LOOKS_S, use_poll=True, map=sockets, count=1)
    for listener in [one for one in sockets.values() if isinstance(one, BaseWSGIServer)]:
        listener.del_channel()
        listener.socket.close()
    while is_busy(sockets) and time.monotonic() < _end_requested_s[0] + GRACE_S:
        wasyncore.loop(timeout=BETWEEN_LOOKS_S, use_poll=True, map=sockets, count=1)


def is_busy(sockets: Sockets) -> bool:
    """Return whether a request is being read or answered."""
    channels = [one for one in sockets.values() if isinstance(one, HTTPChannel)]
    return any(channel.request or channel.requests or channel.total_outbufs_len for channel in channels)


if __name__ == "__main__":
    host, port = listening_address()
    signal.signal(signal.SIGTERM, end)
    sockets: Sockets = {}
    create_server(app, map=sockets, host=host, port=port)
    serve(sockets)
