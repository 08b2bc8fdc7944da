"""A small app of Python's standard library. Put yours in its place.

It listens on HOST and PORT, and ends at SIGTERM. What it must answer is in target.toml and in ../CONTRACT.md.
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS = {
    "/": ("text/plain", b"Hello, World!"),
    "/json": ("application/json", json.dumps({"message": "Hello, World!"}).encode()),
}


class Handler(BaseHTTPRequestHandler):
    """Handler of the requests of one connection."""

    protocol_version = "HTTP/1.1"  # connections stay open
    wbufsize = -1  # each answer is sent at once

    def do_GET(self) -> None:
        """Answer one request."""
        media_type, body = ANSWERS.get(self.path, ("text/plain", b"not found"))
        self.send_response(200 if self.path in ANSWERS else 404)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print no line for each request."""


class Server(ThreadingHTTPServer):
    """Server with a thread for each connection."""

    request_queue_size = 128  # connections that wait for their thread; the default of 5 makes others wait for a second


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Server((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
