"""Truth server, `python -m harness.selftest.truth_server`: a server whose behaviour is known exactly.

It owns sockets, clock and counters. A behaviour from `behaviours` decides each answer and its due time. On its own core
the server spins while requests come in, so that it sends an answer within microseconds of its due time. It records the
time of every arrival, every due time and every send. Generator and server read the same clock: CLOCK_MONOTONIC is the
same in all processes.

It reports these times at the end and not in response headers. Headers would make every answer different, and the
generator would take another code path than with real targets.

It speaks JSON lines, one object a line, on stdin and stdout:

    > {"port": 40123}                                     the port on 127.0.0.1
    < {"op": "behave", "behaviour": {"kind": "delayed", "delay_ns": 5000000}}      set the behaviour, clear the record
    > {"reply": "behaving"}
    < {"op": "count"}
    > {"reply": "count", "received": 17}
    < {"op": "report"}
    > {"reply": "report", "wrong": {"status": 3}, "connections": 4, "right_bytes": 1234, "received_ns": "base64", ...}

It ends when its stdin closes, and when its parent ends.
"""

from __future__ import annotations

import argparse
import base64
import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from array import array
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from harness.selftest.behaviours import NEVER_NS, Delayed, Reply, decode

if TYPE_CHECKING:
    from harness.selftest.behaviours import Behaviour

_PR_SET_PDEATHSIG, _PR_SET_TIMERSLACK = 1, 29
_STDIN, _STDOUT = 0, 1
_READ_BYTES = 1 << 16
_BACKLOG = 4096
_BATCH = 64
_HEAD_END = b"\r\n\r\n"
_SPIN_NS = 50_000_000  # it spins for this long after the last event
_IDLE_POLL_S = 0.2
_AHEAD_NS = 1_500_000  # on a shared core it sleeps until this long before a due time: epoll counts whole milliseconds
_NOTHING = bytearray()
_clock = time.perf_counter_ns


class Ledger:
    """The server's record of its requests, one row each: the truth."""

    def __init__(self) -> None:
        self.received_ns, self.due_ns, self.sent_ns, self.connection = (array("q") for _ in range(4))
        self.wrong: Counter[str] = Counter()
        self.connections = 0
        self.right_bytes = 0

    def enter(self, connection: int, received_ns: int, reply: Reply) -> int:
        """Add a request and return its row number."""
        self.connection.append(connection)
        self.received_ns.append(received_ns)
        self.due_ns.append(reply.due_ns)
        self.sent_ns.append(NEVER_NS)
        return len(self.sent_ns) - 1

    def answered(self, row: int, reply: Reply, sent_ns: int) -> None:
        """Record when a request was answered, and whether the answer was correct."""
        self.sent_ns[row] = sent_ns
        if reply.wrong is None:
            self.right_bytes += len(reply.payload)
        else:
            self.wrong[reply.wrong] += 1

    def report(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        columns = {
            "received_ns": self.received_ns,
            "due_ns": self.due_ns,
            "sent_ns": self.sent_ns,
            "connection": self.connection,
        }
        return {
            "reply": "report",
            "wrong": dict(self.wrong),
            "connections": self.connections,
            "right_bytes": self.right_bytes,
        } | {name: base64.b64encode(column.tobytes()).decode("ascii") for name, column in columns.items()}


class TruthServer:
    """A server with one epoll loop over the listener, the connections and stdin."""

    def __init__(self, *, spin: bool) -> None:
        self._spin = spin
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self._listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self.port: int = self._listener.getsockname()[1]
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._epoll.register(_STDIN, select.EPOLLIN)
        self._connections: dict[int, tuple[socket.socket, bytearray]] = {}
        self._waiting: deque[tuple[int, int, socket.socket, Reply]] = deque()  # due time, row, connection, reply
        self._behave(Delayed())
        self._lines = b""
        self._ended = False

    def serve(self) -> None:
        """Answer requests and commands until stdin ends."""
        handlers = {self._listener.fileno(): self._accept, _STDIN: self._read_commands}
        waiting, clock = self._waiting, _clock
        spin_until_ns = 0
        while not self._ended:
            events = self._epoll.poll(self._poll_timeout_s(spin_until_ns), _BATCH)
            for fd, _ in events:
                handler = handlers.get(fd)
                if handler is None:
                    self._receive(fd, clock())
                else:
                    handler()
            while waiting and waiting[0][0] <= clock():
                self._answer(*waiting.popleft())
            if events:
                spin_until_ns = clock() + _SPIN_NS

    def _poll_timeout_s(self, spin_until_ns: int) -> float:
        now = _clock()
        if self._spin and (self._waiting or now < spin_until_ns):
            return 0
        if self._waiting:
            return max(0, self._waiting[0][0] - now - _AHEAD_NS) / 1e9
        return _IDLE_POLL_S

    def _behave(self, behaviour: Behaviour) -> None:
        self._decide = behaviour.begin()
        self._ledger = Ledger()
        self._waiting.clear()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # the client has already closed the connection
            return
        connection.setblocking(False)  # noqa: FBT003 - the standard library's signature
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections[connection.fileno()] = connection, bytearray()
        self._epoll.register(connection, select.EPOLLIN)
        self._ledger.connections += 1

    def _receive(self, fd: int, now: int) -> None:
        connection, rest = self._connections.get(fd, (None, _NOTHING))
        if connection is None:  # it was closed earlier in this batch of events
            return
        try:
            data = connection.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return
        rest += data
        while (end := rest.find(_HEAD_END)) >= 0:
            path = rest.split(b" ", 2)[1].decode("latin-1")
            del rest[: end + len(_HEAD_END)]
            self._handle(connection, path, now)

    def _handle(self, connection: socket.socket, path: str, now: int) -> None:
        ledger = self._ledger
        reply = self._decide(len(ledger.sent_ns) + 1, path, now)
        row = ledger.enter(connection.fileno(), now, reply)
        if reply.due_ns == NEVER_NS:
            return
        if reply.due_ns <= now and not self._waiting:
            self._answer(reply.due_ns, row, connection, reply)
        else:
            self._waiting.append((reply.due_ns, row, connection, reply))

    def _answer(self, _due_ns: int, row: int, connection: socket.socket, reply: Reply) -> None:
        now = _clock()  # before the send: the kernel's time to send belongs to the network, not to the server
        try:
            connection.send(reply.payload)  # an answer is small: one call sends all of it
        except OSError:  # the client did not wait for it: the ledger shows the request as unanswered
            return
        self._ledger.answered(row, reply, now)
        if reply.closes:
            self._drop(connection)

    def _drop(self, connection: socket.socket) -> None:
        if self._connections.pop(connection.fileno(), None):
            connection.close()

    def _read_commands(self) -> None:
        data = os.read(_STDIN, _READ_BYTES)
        self._ended = not data
        *lines, self._lines = (self._lines + data).split(b"\n")
        for line in lines:
            write_message(self._execute(json.loads(line)))

    def _execute(self, message: dict[str, Any]) -> dict[str, Any]:
        if message["op"] == "behave":
            self._behave(decode(message["behaviour"]))
            return {"reply": "behaving"}
        if message["op"] == "count":
            return {"reply": "count", "received": len(self._ledger.received_ns)}
        return self._ledger.report()


def write_message(message: dict[str, Any]) -> None:
    """Write one message to stdout."""
    data = json.dumps(message, separators=(",", ":")).encode() + b"\n"
    while data:
        data = data[os.write(_STDOUT, data) :]


def main(arguments: list[str]) -> int:
    """Run the server and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m harness.selftest.truth_server", description="The truth server.")
    parser.add_argument("--cpus", required=True, help="the cores to run on, as in 0 or 0,2")
    parser.add_argument("--spin", action="store_true", help="wait for due times by spinning")
    options = parser.parse_args(arguments)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
    os.sched_setaffinity(0, set(map(int, options.cpus.split(","))))
    server = TruthServer(spin=options.spin)
    write_message({"port": server.port})
    gc.collect()
    gc.freeze()
    gc.disable()
    server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
