"""A server that nobody wrote for the harness: another path, no Date, and a count of its health checks."""

from __future__ import annotations

import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHECKS: list[str] = []


class Handler(BaseHTTPRequestHandler):
    """`/api/v1/greeting` greets, `/prepared` says how it was started and how often its health was checked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a request."""
        if self.path == "/health":
            CHECKS.append(self.path)
        prepared = f"{os.environ.get('PREPARED')} {len(CHECKS)}"
        known = {"/api/v1/greeting": "hi there", "/prepared": prepared, "/health": "well"}
        body = known.get(self.path, "nothing here").encode()
        self.send_response_only(200 if self.path in known else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def main() -> None:
    server = ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()


if __name__ == "__main__":
    main()
