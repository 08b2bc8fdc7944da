"""Calibration target: a server whose CPU time, memory and start time are known, because requests set them.

It answers `/` as every target does. Every other path is a command: it changes the CPU time or memory that the server
uses, and the answer reports in JSON what was done:

    /spin/<ns>             from now on, each `/` uses this CPU time of the server's thread
    /wait/<ns>             from now on, each `/` sleeps for this time
    /hold/private/<bytes>  take anonymous memory and write to every page; `/hold/shared`: memory shared with children
    /fork/<n>/<bytes>      start n children; each inherits all memory and takes this many bytes more
    /spike/<bytes>/<ns>    take memory for this time
    /read                  read the ballast, a file of 200 MB that is not in the page cache
    /release               release all memory and end the children
    /stamps                the times when it listened and when it began to answer, on CLOCK_MONOTONIC
    /clock                 the CPU time of the server's process, by its own clock, and the number of `/` it has served

A child of the first process does all this work; the first process only waits. An instrument that reads only the first
process reads nothing. The program runs with or without an image and imports nothing of the harness.
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
_MADV_NOHUGEPAGE = 15  # a huge page would round up the size of the memory taken

Report = dict[str, int]


class CalibrationTarget:
    """The CPU time and memory that the server uses, as set by commands."""

    def __init__(self) -> None:
        self._spin_ns = 0
        self._wait_ns = 0
        self._held: list[mmap.mmap] = []
        self._children: list[int] = []
        self._served = 0
        self.stamps: Report = {}

    def serve(self) -> None:
        """Use the CPU time or the time that one request must take."""
        self._served += 1
        if self._spin_ns:
            # The thread's own clock. A clock that advances with the scheduler's tick is too coarse: a spin of 100 µs
            # would last milliseconds.
            until_ns = time.clock_gettime_ns(time.CLOCK_THREAD_CPUTIME_ID) + self._spin_ns
            while time.clock_gettime_ns(time.CLOCK_THREAD_CPUTIME_ID) < until_ns:
                pass
        if self._wait_ns:
            time.sleep(self._wait_ns / 1e9)

    def execute(self, path: str) -> Report:
        """Execute the command in a path, and return its report.

        Raises:
            KeyError: The path has no known command.
            TypeError: It has the wrong number of arguments.
            ValueError: An argument is not a number.
        """
        verb, *words = path.strip("/").split("/")
        commands: dict[str, Callable[..., Report]] = {
            "spin": self._spin,
            "wait": self._wait,
            "hold": self._hold,
            "fork": self._fork,
            "spike": self._spike,
            "read": self._read,
            "release": self.release,
            "stamps": lambda: self.stamps,
            "clock": self._clock,
        }
        return commands[verb](*words)

    def release(self) -> Report:
        """Release all memory and end the children; return the remaining sizes."""
        for child in self._children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        for block in self._held:
            block.close()
        self._children, self._held = [], []
        return self._sizes()

    def _spin(self, spin_ns: str) -> Report:
        self._spin_ns, self._wait_ns = int(spin_ns), 0
        return {"spin_ns": self._spin_ns}

    def _wait(self, wait_ns: str) -> Report:
        self._spin_ns, self._wait_ns = 0, int(wait_ns)
        return {"wait_ns": self._wait_ns}

    def _clock(self) -> Report:
        return {"cpu_ns": time.clock_gettime_ns(time.CLOCK_PROCESS_CPUTIME_ID), "served": self._served}

    def _hold(self, kind: str, size_bytes: str) -> Report:
        before = self._sizes()
        self._held.append(_take(int(size_bytes), {"private": _PRIVATE, "shared": _SHARED}[kind]))
        return _grown(before, self._sizes())

    def _fork(self, count: str, size_bytes: str) -> Report:
        before = self._sizes()
        for _ in range(int(count)):
            reader, writer = os.pipe()
            child = os.fork()
            if not child:
                _run_child(int(size_bytes), writer)
            self._children.append(child)
            os.close(writer)
            os.read(reader, 1)  # returns when the child has taken its memory, or is dead
            os.close(reader)
        return _grown(before, self._sizes())

    def _spike(self, size_bytes: str, lasts_ns: str) -> Report:
        before = self._sizes()
        block = _take(int(size_bytes), _PRIVATE)
        grown = _grown(before, self._sizes())
        time.sleep(int(lasts_ns) / 1e9)
        block.close()
        return grown

    def _read(self) -> Report:
        with _ballast() as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            count = sum(map(len, iter(lambda: os.read(file.fileno(), _CHUNK_BYTES), b"")))
        return {"read_bytes": count}

    def _sizes(self) -> Report:
        """Return the kernel's sizes of all its processes, added up, in bytes."""
        statuses = [_status(pid) for pid in (os.getpid(), *self._children)]
        return {name: sum(status[name] for status in statuses) for name in ("VmRSS", "VmPTE")}


def _take(size_bytes: int, flags: int) -> mmap.mmap:
    block = mmap.mmap(-1, size_bytes, flags)
    with contextlib.suppress(OSError):  # a kernel without huge pages
        block.madvise(_MADV_NOHUGEPAGE)
    for offset in range(0, size_bytes, mmap.PAGESIZE):
        block[offset] = 1
    return block


def _run_child(size_bytes: int, ready: int) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.closerange(3, ready)  # otherwise the server's connections would stay open while this child lives
    os.closerange(ready + 1, os.sysconf("SC_OPEN_MAX"))
    block = _take(size_bytes, _PRIVATE)
    os.write(ready, b"." if block else b"")
    while True:
        signal.pause()


@contextlib.contextmanager
def _ballast() -> Iterator[IO[bytes]]:
    """Open the image's ballast; without an image, a temporary file of the same size."""
    if BALLAST.exists():
        with BALLAST.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as made:
        made.truncate(BALLAST_BYTES)
        yield made


def _status(pid: int) -> Report:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return {
        name: int(value.split()[0]) << 10 for name, _, value in (line.partition(":") for line in lines) if "kB" in value
    }


def _grown(before: Report, after: Report) -> Report:
    return {"resident_bytes": after["VmRSS"] - before["VmRSS"], "page_table_bytes": after["VmPTE"] - before["VmPTE"]}


def _response(body: bytes, media_type: str, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode("ascii") + body


def answer(calibrated: CalibrationTarget, path: str) -> bytes:
    """Serve `/` or execute a command, and return the complete response."""
    if path == "/":
        calibrated.serve()
        return _response(_GREETING, "text/plain; charset=utf-8")
    try:
        report = calibrated.execute(path)
    except (KeyError, TypeError, ValueError, OSError) as error:
        return _response(repr(error).encode(), "text/plain; charset=utf-8", "400 Bad Request")
    return _response(json.dumps(report).encode("ascii"), "application/json")


def serve(calibrated: CalibrationTarget, listener: socket.socket) -> NoReturn:
    """Answer requests one after the other, forever. A request is small and arrives in one piece."""
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
    except OSError:  # the client closed the connection
        return False
    return bool(request)


def listen(listen_after_ms: int, answer_after_ms: int) -> tuple[CalibrationTarget, socket.socket]:
    """Listen on HOST and PORT after a delay; record when it listened and when it could answer."""
    calibrated = CalibrationTarget()
    time.sleep(listen_after_ms / 1e3)
    listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])), backlog=128)
    calibrated.stamps["listening_ns"] = time.monotonic_ns()
    time.sleep(answer_after_ms / 1e3)
    calibrated.stamps["answering_ns"] = time.monotonic_ns()
    return calibrated, listener


def main() -> int:
    """Start a child that serves, end it on SIGTERM, and return its exit status."""
    parser = argparse.ArgumentParser(description="A target whose cost is set by commands.")
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
