"""Answer correctly, but misbehave as a process in the way that the argument names; the tests check that it is found.

It misbehaves at an event of the run, never at a time: the first request on a kept connection is the first timed one,
only verification requests JSON before load, and only load has many connections at once.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_MIB = 1 << 20
_BRIM_MIB, _OVER_MIB = 940, 150  # just under the limit of a run, and over it: a moment's work once it is asked for
_CROWD = 16  # connections at once
_PIECE_BYTES = 8192
_ANSWERS = {"/": ("text/plain", b"Hello, World!"), "/json": ("application/json", b'{"message":"Hello, World!"}')}
_WAY = sys.argv[1]
_hoard: list[bytearray] = []
_lock, _worker = threading.Lock(), threading.Lock()
_WORK_S, _BEYOND_THE_TIME_OUT_S = 0.004, 6.0
_connections = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        global _connections  # noqa: PLW0603 - one server, one count
        with _lock:
            _connections += 1
        try:
            super().handle()
        except ConnectionError:  # the generator gave the request up
            self.close_connection = True
        finally:
            with _lock:
                _connections -= 1

    def do_GET(self) -> None:
        _happens("asked")
        # the poller of the start closes its connections
        if self.headers.get("Connection") != "close":
            _happens("timed")
        if self.path == "/json":
            _happens("verified")
        if _connections >= _CROWD:
            _happens("driven")
        content_type, body = _ANSWERS.get(self.path, ("text/plain", b""))
        self.send_response_only(200 if body else 404)
        self.send_header("Date", self.date_time_string())
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _happens(event: str) -> None:
    """Misbehave if this is the event of the variant."""
    awaited, misbehave = _WHEN.get(_WAY, ("", _serve_on))
    if event == awaited:
        misbehave()


def _serve_on() -> None:
    pass


def _leave() -> None:
    _say("the cache is gone")
    os._exit(3)


def _crash() -> None:
    _say("that pointer again")
    ctypes.string_at(0)  # a signal that it sends itself the kernel keeps from a container's first process


def _overflow() -> None:
    with _lock:
        if len(_hoard) == 1:
            _hoard.append(bytearray(b"x") * (_OVER_MIB * _MIB))  # in one step, which no other thread interrupts


def _lose_the_worker() -> None:
    with _lock:
        while _workers:
            worker = _workers.pop()
            os.kill(worker, signal.SIGUSR1)
            os.waitpid(worker, 0)


def _keep_silent() -> None:
    time.sleep(_BEYOND_THE_TIME_OUT_S)


def _keep_a_piece() -> None:
    _hoard.append(bytearray(b"x") * _PIECE_BYTES)


def _work_alone() -> None:
    with _worker:
        time.sleep(_WORK_S)


_WHEN: dict[str, tuple[str, Callable[[], None]]] = {
    "crashing": ("timed", _crash),
    "hungry": ("timed", _overflow),
    "leaving": ("verified", _leave),
    "greedy": ("driven", _overflow),
    "careless": ("driven", _lose_the_worker),
    "silent": ("driven", _keep_silent),
    "sluggish": ("asked", _work_alone),
    "growing": ("asked", _keep_a_piece),
}
_workers: list[int] = []


def _start_worker() -> None:
    """Start a child that uses almost all of the memory, and the rest on a signal."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    worker = os.fork()
    if worker:
        _workers.append(worker)
        return
    _fill()
    signal.sigwait({signal.SIGUSR1})
    _overflow()
    os._exit(0)


def _fill() -> None:
    _hoard.append(bytearray(b"x") * (_BRIM_MIB * _MIB))


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
    _say("I would rather not")
    signal.sigwait({signal.SIGTERM})


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    if _WAY == "mute":
        _mute()
        return
    if _WAY == "quitting":
        _say("no database")
        sys.exit(7)
    before = {"orphans": _leave_an_orphan, "careless": _start_worker, "greedy": _fill, "hungry": _fill}
    before.get(_WAY, _serve_on)()
    ends = signal.SIG_IGN if _WAY == "stubborn" else lambda *_: os._exit(0)
    signal.signal(signal.SIGTERM, ends)
    host = "0.0.0.0" if _WAY == "public" else os.environ["HOST"]  # noqa: S104 - the harness must refuse this
    ThreadingHTTPServer.request_queue_size = 128  # the generator opens all connections at once, and the default is 5
    server = ThreadingHTTPServer((host, int(os.environ["PORT"])), _Handler)
    server.daemon_threads = True
    server.serve_forever()


main()
