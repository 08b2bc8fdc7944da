"""Serve the app with Flask's development server, `app.run`, and end it as the contract requires.

Flask's documentation warns against this server in production. It is here because published figures were measured on it.
"""

import signal
import sys
from socketserver import BaseServer
from threading import Event
from types import FrameType

from app import app
from listening import listening_address
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

SILENCE_S = 3.0


class PatientHandler(WSGIRequestHandler):
    """The development server's handler with a time-out for silent clients, so that the server can end in time."""

    timeout = SILENCE_S


_end_requested = Event()


def end(_signal: int, _frame: FrameType | None) -> None:
    """Request the end of the server. To end here could lose a request that the server is passing to a thread."""
    _end_requested.set()


def end_between_requests(_server: BaseServer) -> None:
    """Leave `app.run` if the end was requested. The server then closes its socket and waits for its threads."""
    if _end_requested.is_set():
        sys.exit(0)


if __name__ == "__main__":
    host, port = listening_address()
    # The kernel delivers SIGTERM to the first process of a container only if the process has a handler for it.
    signal.signal(signal.SIGTERM, end)
    # Called twice a second and after every request.
    ThreadedWSGIServer.service_actions = end_between_requests  # type: ignore[assignment, method-assign]
    ThreadedWSGIServer.daemon_threads = False  # daemon threads would be ended in the middle of an answer
    app.run(host=host, port=port, request_handler=PatientHandler)
