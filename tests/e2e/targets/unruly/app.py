"""Answer correctly, but misbehave as a process in the way that the argument names; the tests check that it is found."""

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_MIB = 1 << 20
_HOARD_MIB = 1200  # over the limit of a run
_ANSWERS = {"/": ("text/plain", b"Hello, World!"), "/json": ("application/json", b'{"message":"Hello, World!"}')}
_WAY = sys.argv[1]
_hoard: list[bytearray] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        # the poller of the start closes its connections: take the memory only on the first connection that is kept
        if _WAY == "greedy" and not _hoard and self.headers.get("Connection") != "close":
            _hoard.extend(bytearray(b"x") * _MIB for _ in range(_HOARD_MIB))
        content_type, body = _ANSWERS.get(self.path, ("text/plain", b""))
        self.send_response_only(200 if body else 404)
        self.send_header("Date", self.date_time_string())
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _leave_an_orphan() -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                time.sleep(60)
        os._exit(0)
    os.wait()


def _mute() -> None:
    sys.stdout.write("I would rather not\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM})


def main() -> None:
    if _WAY == "mute":
        _mute()
        return
    if _WAY == "orphans":
        _leave_an_orphan()
    ends = signal.SIG_IGN if _WAY == "stubborn" else lambda *_: os._exit(0)
    signal.signal(signal.SIGTERM, ends)
    host = "0.0.0.0" if _WAY == "public" else os.environ["HOST"]  # noqa: S104 - the harness must refuse this
    ThreadingHTTPServer.request_queue_size = 128  # the generator opens all connections at once, and the default is 5
    server = ThreadingHTTPServer((host, int(os.environ["PORT"])), _Handler)
    server.daemon_threads = True
    server.serve_forever()


main()
