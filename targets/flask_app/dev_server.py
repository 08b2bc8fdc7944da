"""Serve the app with Flask's development server, `app.run`, and end it as the contract asks.

Flask's documentation warns against it in production. It is here because published figures were measured on it.
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
    """The development server's own handler, which gives a silent client up in time for the server to end."""

    timeout = SILENCE_S


_asked_to_end = Event()


def end(_signal: int, _frame: FrameType | None) -> None:
    """Have the server end; not here, where it may be handing a request to a thread that would then lose it."""
    _asked_to_end.set()


def end_between_requests(_server: BaseServer) -> None:
    """Leave `app.run`, whose server then closes its socket and waits for its threads."""
    if _asked_to_end.is_set():
        sys.exit(0)


if __name__ == "__main__":
    host, port = listening_address()
    # As the first process of a container it would not even see a SIGTERM that it has no handler for.
    signal.signal(signal.SIGTERM, end)
    # Called twice a second and after every request.
    ThreadedWSGIServer.service_actions = end_between_requests  # type: ignore[assignment, method-assign]
    ThreadedWSGIServer.daemon_threads = False  # daemons would be cut off in the middle of an answer
    app.run(host=host, port=port, request_handler=PatientHandler)
