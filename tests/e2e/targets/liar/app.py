"""Answer wrongly in the way that LIE names; the tests check that it is found."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

_LIE = os.environ.get("LIE", "")
_CROWD = 16  # connections at once: only load has so many
_ANSWERS = {"/": ("text/plain", b"Hello, World!"), "/json": ("application/json", b'{"message":"Hello, World!"}')}
_lock = Lock()
_connections = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        global _connections  # noqa: PLW0603 - one server, one count
        with _lock:
            _connections += 1
        super().handle()
        with _lock:
            _connections -= 1

    def do_GET(self) -> None:
        # the start is polled until an answer is correct: lie only on connections that are kept
        lie = "" if self.headers.get("Connection") == "close" else _LIE
        if lie == "later":
            lie = "body" if _connections >= _CROWD else ""
        content_type, body = _ANSWERS.get(self.path, ("text/plain", b""))
        self.send_response_only(203 if lie == "status" else 200)
        self.send_header("Date", "Thu, 01 Jan 1970 00:00:00 GMT" if lie == "date" else self.date_time_string())
        self.send_header("Content-Type", "text/html" if lie == "content-type" else content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.swapcase() if lie == "body" else body)

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    if _LIE == "no-port":
        sys.exit("I will not listen")
    ThreadingHTTPServer.request_queue_size = 128  # the generator opens all connections at once, and the default is 5
    server = ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), _Handler)
    server.daemon_threads = True
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    server.serve_forever()


main()
