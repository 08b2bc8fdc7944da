"""Answer correctly while it starts, and then in the hostile way that the argument names.

The poller of a start closes its connections, so the first request on a kept connection is the first timed one. The way
`turning` answers correctly until it has many connections, and then each answer is hostile in another way.
"""

import functools
import gzip
import itertools
import os
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from io import BufferedIOBase

_BODIES = {b"/": (b"text/plain", b"Hello, World!"), b"/json": (b"application/json", b'{"message":"Hello, World!"}')}
_WAY = sys.argv[1]
_CROWD = 16  # connections at once
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
_lock = threading.Lock()
_connections = 0


def _right(path: bytes) -> bytes:
    kind, body = _BODIES.get(path, (b"text/plain", b""))
    date = formatdate(usegmt=True).encode()
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return b"HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: %s\r\n%s%s" % (date, kind, length, body)


def _huge(out: BufferedIOBase, _: bytes) -> None:
    out.write(_HEAD + b"Content-Length: 99999999999999999999999\r\n\r\nHello")


def _vast(out: BufferedIOBase, _: bytes) -> None:
    out.write(_HEAD + b"Content-Length: 10000000000000\r\n\r\nHello")


def _endless(out: BufferedIOBase, _: bytes) -> None:
    out.write(_HEAD + b"Content-Length: 10000000000\r\n\r\n")
    while True:
        out.write(b"x" * 65536)


def _headers(out: BufferedIOBase, _: bytes) -> None:
    out.write(_HEAD)
    while True:
        out.write(b"X-More: %s\r\n" % (b"x" * 4000))


def _trickle(out: BufferedIOBase, path: bytes) -> None:
    for byte in _right(path):
        out.write(bytes([byte]))
        time.sleep(2)


def _deep(out: BufferedIOBase, _: bytes) -> None:
    body = b"[" * 60_000
    head = b"HTTP/1.1 200 OK\r\nDate: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    out.write(head + body)


def _escapes(out: BufferedIOBase, _: bytes) -> None:
    sys.stdout.write("\x1b]0;taken\x07\x1b[31mred\n::error::not yours\n")
    sys.stdout.flush()
    body = b"::error::\x1b["
    out.write(b"HTTP/1.1 200 \x1b[31mred\r\nContent-Type: \x1b[31m/::error::x\r\nContent-Length: 11\r\n\r\n" + body)


def _reset(out: BufferedIOBase, path: bytes) -> None:
    out.write(_right(path)[:-3])
    raise ConnectionError("in the middle of a body")


def _elsewhere(out: BufferedIOBase, _: bytes) -> None:
    out.write(b"HTTP/1.1 302 Found\r\nLocation: http://a.example/\r\nContent-Length: 0\r\n\r\n")


def _chunks(out: BufferedIOBase, _: bytes) -> None:
    out.write(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        out.write(b"4000;x=y\r\n%s\r\n" % (b"x" * 0x4000))


def _interim(out: BufferedIOBase, _: bytes) -> None:
    while True:
        out.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")


@functools.cache
def _packed() -> bytes:
    return gzip.compress(bytes(32 << 20))


def _bomb(out: BufferedIOBase, _: bytes) -> None:
    body = _packed()
    out.write(_HEAD + b"Date: x\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def _old(out: BufferedIOBase, _: bytes) -> None:
    out.write(b"Hello, World!")
    raise ConnectionError("HTTP/0.9 ends here")


def _twice(out: BufferedIOBase, path: bytes) -> None:
    out.write(_right(path) * 2)


_WAYS: dict[str, Callable[[BufferedIOBase, bytes], None]] = {
    "huge": _huge,
    "vast": _vast,
    "endless": _endless,
    "headers": _headers,
    "deep": _deep,
    "escapes": _escapes,
    "reset": _reset,
    "elsewhere": _elsewhere,
    "chunks": _chunks,
    "interim": _interim,
    "bomb": _bomb,
    "old": _old,
    "twice": _twice,
    "trickle": _trickle,
}
_in_turn = itertools.cycle(way for name, way in _WAYS.items() if name != "trickle")


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        global _connections  # noqa: PLW0603 - one server, one count
        with _lock:
            _connections += 1
        try:
            while line := self.rfile.readline():
                closes = b"close" in b"".join(iter(self.rfile.readline, b"\r\n")).lower()
                self._answer(line.split()[1], closes=closes)
                if closes:
                    return
        except (ConnectionError, IndexError):
            return
        finally:
            with _lock:
                _connections -= 1

    def _answer(self, path: bytes, *, closes: bool) -> None:
        if _WAY == "turning" and _connections >= _CROWD:
            next(_in_turn)(self.wfile, path)
        elif closes or _WAY not in _WAYS:
            self.wfile.write(_right(path))
        else:
            _WAYS[_WAY](self.wfile, path)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


_Server((os.environ["HOST"], int(os.environ["PORT"])), _Handler).serve_forever()
