"""The calibration target: its CPU time, memory and start are known exactly, because requests set them.

It answers `/` as every target does. Whatever else it is asked for changes what it spends or holds, and is answered in
JSON with what it did:

    /spin/<ns>             from now on each `/` costs so much CPU time of its thread
    /wait/<ns>             from now on each `/` takes so much time, asleep
    /hold/private/<bytes>  take anonymous memory and write to every page of it; `shared`: shared with its children
    /fork/<n>/<bytes>      have n children, of which each inherits everything and takes so much of its own
    /spike/<bytes>/<ns>    take memory, for so long
    /read                  read the ballast, a file of 200 MB that is not in the page cache
    /release               give everything back
    /stamps                when it listened and when it began to answer, on CLOCK_MONOTONIC

Its first process only waits for a child that does all this: who reads the first process alone reads nothing. It stands
for itself, in an image or without one, and imports nothing of the harness.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import mmap
import os
import select
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BALLAST = Path("/ballast")
BALLAST_BYTES = 200_000_000
_GREETING = b"Hello, World!"
_CHUNK_BYTES = 1 << 16
_REQUEST_BYTES = 1 << 16
_PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
_SHARED = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
_ASK_FOR_SMALL_PAGES = 15  # MADV_NOHUGEPAGE: a huge page would round up what is held

Told = dict[str, int]


class CalibrationTarget:
    """What the server spends and holds, as it was told."""

    def __init__(self) -> None:
        self._spin_ns = 0
        self._wait_ns = 0
        self._held: list[mmap.mmap] = []
        self._children: list[int] = []
        self.stamps: Told = {}

    def serve(self) -> None:
        """Spend what one request shall cost."""
        if self._spin_ns:
            # The thread's own clock: what the scheduler's tick moves would make each of these milliseconds long.
            until_ns = time.clock_gettime_ns(time.CLOCK_THREAD_CPUTIME_ID) + self._spin_ns
            while time.clock_gettime_ns(time.CLOCK_THREAD_CPUTIME_ID) < until_ns:
                pass
        if self._wait_ns:
            time.sleep(self._wait_ns / 1e9)

    def obey(self, path: str) -> Told:
        """Do what a path says, and tell what was done; KeyError for a path that says nothing."""
        verb, *words = path.strip("/").split("/")
        deeds: dict[str, Callable[..., Told]] = {
            "spin": self._spin,
            "wait": self._wait,
            "hold": self._hold,
            "fork": self._fork,
            "spike": self._spike,
            "read": self._read,
            "release": self.release,
            "stamps": lambda: self.stamps,
        }
        return deeds[verb](*words)

    def release(self) -> Told:
        """Give everything back, and end the children."""
        for child in self._children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        for block in self._held:
            block.close()
        self._children, self._held = [], []
        return self._sizes()

    def _spin(self, spin_ns: str) -> Told:
        self._spin_ns, self._wait_ns = int(spin_ns), 0
        return {"spin_ns": self._spin_ns}

    def _wait(self, wait_ns: str) -> Told:
        self._spin_ns, self._wait_ns = 0, int(wait_ns)
        return {"wait_ns": self._wait_ns}

    def _hold(self, kind: str, size_bytes: str) -> Told:
        before = self._sizes()
        self._held.append(_take(int(size_bytes), {"private": _PRIVATE, "shared": _SHARED}[kind]))
        return _grown(before, self._sizes())

    def _fork(self, count: str, size_bytes: str) -> Told:
        before = self._sizes()
        for _ in range(int(count)):
            reader, writer = os.pipe()
            child = os.fork()
            if not child:
                _be_a_child(int(size_bytes), writer)
            self._children.append(child)
            os.close(writer)
            os.read(reader, 1)  # it has taken its memory, or is dead
            os.close(reader)
        return _grown(before, self._sizes())

    def _spike(self, size_bytes: str, lasts_ns: str) -> Told:
        before = self._sizes()
        block = _take(int(size_bytes), _PRIVATE)
        grown = _grown(before, self._sizes())
        time.sleep(int(lasts_ns) / 1e9)
        block.close()
        return grown

    def _read(self) -> Told:
        with _ballast() as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            count = sum(map(len, iter(lambda: os.read(file.fileno(), _CHUNK_BYTES), b"")))
        return {"read_bytes": count}

    def _sizes(self) -> Told:
        """Return what the kernel says of all its processes, added up."""
        statuses = [_status(pid) for pid in (os.getpid(), *self._children)]
        return {name: sum(status[name] for status in statuses) for name in ("VmRSS", "VmPTE")}


def _take(size_bytes: int, flags: int) -> mmap.mmap:
    block = mmap.mmap(-1, size_bytes, flags)
    with contextlib.suppress(OSError):  # a kernel without huge pages
        block.madvise(_ASK_FOR_SMALL_PAGES)
    for offset in range(0, size_bytes, mmap.PAGESIZE):
        block[offset] = 1
    return block


def _be_a_child(size_bytes: int, ready: int) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.closerange(3, ready)  # or the server's connections would stay open as long as this child lives
    os.closerange(ready + 1, os.sysconf("SC_OPEN_MAX"))
    block = _take(size_bytes, _PRIVATE)
    os.write(ready, b"." if block else b"")
    while True:
        signal.pause()


@contextlib.contextmanager
def _ballast() -> Iterator[IO[bytes]]:
    """Open the image's ballast, or without an image a file like it."""
    if BALLAST.exists():
        with BALLAST.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as made:
        made.truncate(BALLAST_BYTES)
        yield made


def _status(pid: int) -> Told:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return {
        name: int(value.split()[0]) << 10 for name, _, value in (line.partition(":") for line in lines) if "kB" in value
    }


def _grown(before: Told, after: Told) -> Told:
    return {"resident_bytes": after["VmRSS"] - before["VmRSS"], "page_table_bytes": after["VmPTE"] - before["VmPTE"]}


def _response(body: bytes, media_type: str, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode("ascii") + body


def answer(calibrated: CalibrationTarget, path: str) -> bytes:
    """Do what a path asks for, and return the whole response."""
    if path == "/":
        calibrated.serve()
        return _response(_GREETING, "text/plain; charset=utf-8")
    try:
        told = calibrated.obey(path)
    except (KeyError, TypeError, ValueError, OSError) as error:
        return _response(repr(error).encode(), "text/plain; charset=utf-8", "400 Bad Request")
    return _response(json.dumps(told).encode("ascii"), "application/json")


def serve(calibrated: CalibrationTarget, listener: socket.socket) -> NoReturn:
    """Answer, one request after the other, for good. A request is small and comes in one piece."""
    connections: dict[int, socket.socket] = {}
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == listener.fileno():
                connection, _ = listener.accept()
                connections[connection.fileno()] = connection
                poll.register(connection, select.EPOLLIN)
            elif not _answered(calibrated, connections[descriptor]):
                connections.pop(descriptor).close()


def _answered(calibrated: CalibrationTarget, connection: socket.socket) -> bool:
    try:
        request = connection.recv(_REQUEST_BYTES)
        if request:
            connection.sendall(answer(calibrated, request.split(b" ", 2)[1].decode("ascii")))
    except OSError:  # it went away
        return False
    return bool(request)


def listen(listen_after_ms: int, answer_after_ms: int) -> tuple[CalibrationTarget, socket.socket]:
    """Listen where a target must, and keep the stamps of it."""
    calibrated = CalibrationTarget()
    time.sleep(listen_after_ms / 1e3)
    listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])), backlog=128)
    calibrated.stamps["listening_ns"] = time.monotonic_ns()
    time.sleep(answer_after_ms / 1e3)
    calibrated.stamps["answering_ns"] = time.monotonic_ns()
    return calibrated, listener


def main() -> int:
    """Have a child that serves, end it when told to, and return the exit status."""
    parser = argparse.ArgumentParser(description="A target that is told what it costs.")
    parser.add_argument("--listen-after-ms", type=int, default=0)
    parser.add_argument("--answer-after-ms", type=int, default=0)
    options = parser.parse_args()
    ending = {signal.SIGTERM, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    server = os.fork()
    if not server:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ending)
        calibrated, listener = listen(options.listen_after_ms, options.answer_after_ms)
        signal.signal(signal.SIGTERM, lambda *_: _end(calibrated))
        serve(calibrated, listener)
    signal.sigwait(ending)
    os.kill(server, signal.SIGTERM)
    return os.waitstatus_to_exitcode(os.waitpid(server, 0)[1])


def _end(calibrated: CalibrationTarget) -> NoReturn:
    calibrated.release()
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
