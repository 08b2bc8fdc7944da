"""The lane: one epoll loop that drives every connection of this process, and stamps nanoseconds.

One Locust user is one connection. The loop sends prepared bytes, receives, verifies and stores stamps. An answer that
equals, byte for byte, one that was verified before needs a single look into a dictionary; everything else (pieces,
chunks, closed connections, errors, time-outs) takes the slow path through the parser. What Python adds to a request
then hides in what the kernel costs.

The loop runs without Python's collector and yields to gevent's hub on a clock. Which users its connections belong to,
and what becomes of the samples, is not its business.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING

import gevent
from gevent.monkey import get_original

from harness.load.process.connection import NOTHING_KNOWN, Connection
from harness.load.process.exchanges import tag
from harness.load.process.expectations import Complaint
from harness.load.process.http1 import FramingError
from harness.load.process.recorder import CAPACITY, Recorder
from harness.model import ErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.load.process.http1 import Response

_socket = get_original("socket", "socket")
_epoll = get_original("select", "epoll")
_select = get_original("select", "select")
_clock = time.perf_counter_ns

NEVER_NS = 1 << 62
_RECV_BYTES = 16384
_BATCH = 64  # events taken at once: the last one waits until the others are handled
_READABLE, _WRITABLE = 1, 4
_TICK_NS = 10_000_000
_WAIT_S = 0.005  # the longest sleep: the hub must be heard
_SPIN_AHEAD_NS = 60_000  # a sleep to a deadline may end so late: sleep up to here, and spin the rest


class Lane:
    """Drives connections: one slice, or one endless run, at a time.

    Attributes:
        recorder: Where samples and failures go.
        reconnects: How often a connection had to be opened again since the load began.
        idle_ns: How long the loop has had nothing to do but wait since the load began.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._epoll = _epoll()
        self._known: dict[int, Connection] = {}
        self._begin(NEVER_NS, NEVER_NS, NEVER_NS, is_open=False)
        self._is_over = True

    def _begin(self, end_ns: int, timeout_ns: int, flush_every_ns: int, *, is_open: bool) -> None:
        self.reconnects = self.idle_ns = 0
        self._end_ns, self._timeout_ns, self._flush_every_ns = end_ns, timeout_ns, flush_every_ns
        self._scan_every_ns = max(_TICK_NS, timeout_ns // 50)
        self._next_tick_ns = self._next_scan_ns = 0
        self._next_flush_ns = _clock() + flush_every_ns
        self._is_open, self._is_over = is_open, False
        self._rows = 0
        self._in_flight = 0  # counted from the end of the load on
        self._free: deque[Connection] = deque()  # first in, first out: every connection gets its turn
        self._resting: list[Connection] = []

    # What users call.

    def prepare(self, connections: Iterable[Connection]) -> None:
        """Open again those connections that the target closed while they were idle."""
        while events := self._epoll.poll(0, _BATCH):
            for fd, _ in events:
                self._shut(self._known[fd])
        for connection in connections:
            if connection.was_open and not connection.is_open and not connection.closes:
                with contextlib.suppress(OSError):  # then it is tried again, and fails, when it is needed
                    connection.open(_socket)
                    self._watch(connection)

    def start(self, connection: Connection) -> None:
        """Let one more connection take part in the closed load that runs."""
        connection.is_retiring = False
        self._transmit(connection, 0)

    def retire(self, connection: Connection) -> None:
        """Let a connection send nothing more; what is in flight on it is still answered."""
        connection.is_retiring = True
        connection.memo = NOTHING_KNOWN

    def discard(self, connection: Connection) -> None:
        """Close a connection for good, whatever is in flight on it."""
        connection.is_retiring = True
        self._shut(connection)

    def stop(self) -> None:
        """End the load that runs; what is in flight is still answered."""
        self._end_ns = self._next_tick_ns = 0

    def settle(self) -> None:
        """Bin the samples that the last drive left: work that must not be done while requests are under way."""
        self._rows = self._flush(self._rows)

    def drive_closed(
        self,
        connections: Iterable[Connection],
        *,
        timeout_ns: int,
        end_ns: int = NEVER_NS,
        flush_every_ns: int = NEVER_NS,
    ) -> None:
        """Keep every connection busy until `end_ns` on the clock, then wait for what is in flight.

        Call `settle` before you read what was recorded.
        """
        self._begin(end_ns, timeout_ns, flush_every_ns, is_open=False)
        for connection in connections:
            self.start(connection)
        known, poll, clock = self._known, self._epoll.poll, _clock
        sent, done, tags = self.recorder.samples.sent, self.recorder.samples.done, self.recorder.samples.tag
        row = 0
        while self._in_flight or not self._is_over:
            for fd, _ in poll(0, _BATCH) or self._wait():
                connection = known[fd]
                try:
                    data = connection.recv(_RECV_BYTES)
                    now = clock()
                    tags[row] = connection.memo[data]
                except KeyError:
                    self._take(connection, data, now)
                    continue
                except OSError as error:
                    self._stumble(connection, error)
                    continue
                sent[row] = connection.sent_ns
                done[row] = now
                row += 1
                exchange = connection.exchange = next(connection.script)
                connection.memo = exchange.memo
                connection.sent_ns = clock()
                try:
                    taken = connection.send(exchange.payload)
                    if taken != exchange.size:
                        self._keep_rest(connection, taken)
                except OSError as error:
                    self._not_sent(connection, error)
            if row > CAPACITY - _BATCH:
                row = self._flush(row)
            if (now := clock()) >= self._next_tick_ns:
                row = self._tick(now, row)
        self._rows = row

    def drive_open(
        self, connections: Iterable[Connection], due_ns: Iterator[int], *, end_ns: int, timeout_ns: int, spin: bool
    ) -> int:
        """Send a request when it is due or, late, when a connection is free; then wait for what is in flight.

        Return how many were due. Call `settle` before you read what was recorded.

        Args:
            connections: The most that may be under way at once.
            due_ns: When to send, on the clock, ascending.
            end_ns: When the load ends; what is overdue then is sent for as long as a time-out lasts, and then given up.
            timeout_ns: After so long without a whole answer a request is an error.
            spin: Wait by spinning, for which the lane needs a core of its own; else by sleeping.
        """
        self._begin(NEVER_NS, timeout_ns, NEVER_NS, is_open=True)
        self._free.extend(connections)
        known, poll, clock, free = self._known, self._epoll.poll, _clock, self._free
        next_ns, planned, give_up_ns = next(due_ns, NEVER_NS), 0, end_ns + timeout_ns
        while self._in_flight or not self._is_over:
            while free and next_ns <= clock():
                self._transmit(free.popleft(), next_ns)
                next_ns = next(due_ns, NEVER_NS)
                planned += 1
            for fd, _ in poll(0, _BATCH) or self._wait_until(next_ns if free else NEVER_NS, spin=spin):
                connection = known[fd]
                try:
                    data = connection.recv(_RECV_BYTES)
                except OSError as error:
                    self._stumble(connection, error)
                else:
                    self._take(connection, data, clock())
            if (now := clock()) >= self._next_tick_ns:
                self._tick(now, 0)
            if now >= end_ns and not self._is_over and (next_ns == NEVER_NS or now >= give_up_ns):
                self._finish()
                planned += self._forgo(next_ns, due_ns, now)
        return planned

    def _forgo(self, next_ns: int, due_ns: Iterator[int], now: int) -> int:
        forgone = 0
        while next_ns != NEVER_NS:
            self.recorder.forgo(next_ns, now)
            next_ns = next(due_ns, NEVER_NS)
            forgone += 1
        return forgone

    # The clock.

    def _wait(self) -> list[tuple[int, int]]:
        before = _clock()
        events: list[tuple[int, int]] = self._epoll.poll(_WAIT_S, _BATCH)
        self.idle_ns += _clock() - before
        return events

    def _wait_until(self, due_ns: int, *, spin: bool) -> list[tuple[int, int]]:
        before = _clock()
        until_ns = min(due_ns, self._next_tick_ns)
        if not spin and until_ns - before > _SPIN_AHEAD_NS:
            # epoll sleeps in whole milliseconds, select on its descriptor in microseconds
            _select([self._epoll], [], [], (until_ns - before - _SPIN_AHEAD_NS) / 1e9)
        poll = self._epoll.poll
        events: list[tuple[int, int]] = []
        while not events and _clock() < until_ns:
            events = poll(0, _BATCH)
        self.idle_ns += _clock() - before
        return events

    def _tick(self, now: int, rows: int) -> int:
        if now >= self._end_ns and not self._is_over:
            self._finish()
        if now >= self._next_scan_ns:
            self._give_up_overdue(now)
            self._next_scan_ns = now + self._scan_every_ns
        if now >= self._next_flush_ns:
            rows = self._flush(rows)
            self._next_flush_ns = now + self._flush_every_ns
        resting, self._resting = self._resting, []
        for connection in resting:
            self._release(connection)
        gevent.sleep(0)
        self._next_tick_ns = _clock() + _TICK_NS
        if not self._is_over:
            self._next_tick_ns = min(self._next_tick_ns, self._end_ns)
        return rows

    def _flush(self, rows: int) -> int:
        self.recorder.flush(rows)
        self.recorder.settle()
        return 0

    def _finish(self) -> None:
        self._is_over = True
        self._resting.clear()
        under_way = [connection for connection in self._known.values() if connection.exchange is not None]
        for connection in under_way:
            connection.memo = NOTHING_KNOWN  # so that its answer is not followed by another request
        self._in_flight = len(under_way)

    def _give_up_overdue(self, now: int) -> None:
        known, limit_ns = self._known.values(), now - self._timeout_ns
        for connection, endpoint in [(c, c.exchange.endpoint) for c in known if c.exchange and c.sent_ns < limit_ns]:
            self.recorder.censor(endpoint, connection.sent_ns, connection.due_ns, now)
            self._refuse(connection, now, ErrorKind.TIMEOUT, f"no whole answer in {self._timeout_ns / 1e9:g} s")

    # Sending.

    def _transmit(self, connection: Connection, due_ns: int) -> None:
        exchange = connection.exchange = next(connection.script)
        connection.memo = exchange.memo
        connection.due_ns = due_ns
        connection.sent_ns = _clock()  # a connect that is needed first is part of the service
        try:
            if not connection.is_open:
                self.reconnects += connection.was_open
                connection.open(_socket)
                self._watch(connection)
            taken = connection.send(exchange.payload)
            connection.is_established = True
            if taken != exchange.size:
                self._keep_rest(connection, taken)
        except OSError as error:
            self._not_sent(connection, error)

    def _not_sent(self, connection: Connection, error: OSError) -> None:
        if isinstance(error, BlockingIOError):  # not connected yet, or no room
            self._keep_rest(connection, 0)
        else:
            self._lose(connection, error)

    def _keep_rest(self, connection: Connection, taken: int) -> None:
        assert connection.exchange is not None  # noqa: S101 - it was just sent
        connection.unsent = connection.exchange.payload[taken:]
        connection.memo = NOTHING_KNOWN
        self._epoll.modify(connection.fd, _READABLE | _WRITABLE)

    def _push(self, connection: Connection) -> None:
        try:
            taken = connection.send(connection.unsent)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(connection, error)
            return
        connection.is_established = True
        connection.unsent = connection.unsent[taken:]
        if not connection.unsent:
            self._epoll.modify(connection.fd, _READABLE)

    # Receiving: everything that is not a known answer in one piece.

    def _stumble(self, connection: Connection, error: OSError) -> None:
        if not isinstance(error, BlockingIOError):
            self._lose(connection, error)
        elif connection.unsent:
            self._push(connection)

    def _take(self, connection: Connection, data: bytes, now: int) -> None:
        exchange, parser = connection.exchange, connection.parser
        if exchange is None:  # the target closed an idle connection, or spoke unasked
            self._shut(connection)
            return
        in_one_piece = parser.is_idle and not connection.unsent
        if in_one_piece and data in exchange.memo:
            self.recorder.add(connection.sent_ns, now, connection.due_ns, exchange.memo[data])
            self._release(connection)
            return
        connection.received += len(data)
        try:
            response = parser.feed(data, answers_head=exchange.answers_head) if data else parser.end()
        except FramingError as error:
            self._refuse(connection, now, ErrorKind.FRAMING, str(error))
            return
        if response is not None:
            self._judge(connection, response, now, data if in_one_piece else None)
        elif not data:
            self._refuse(connection, now, ErrorKind.RESET, "the connection was closed without an answer")
        else:
            connection.memo = NOTHING_KNOWN

    def _judge(self, connection: Connection, response: Response, now: int, whole: bytes | None) -> None:
        exchange = connection.exchange
        assert exchange is not None  # noqa: S101 - `_take` has looked
        surplus = connection.parser.leftover
        complaint = exchange.expectation.complaint(response)
        if surplus:
            complaint = Complaint(ErrorKind.FRAMING, f"{len(surplus)} bytes after the end of the answer")
        if complaint is not None:
            self._fail(connection, now, complaint)
        else:
            self.recorder.add(connection.sent_ns, now, connection.due_ns, tag(exchange.endpoint, connection.received))
            if whole is not None and response.keep_alive:
                exchange.remember(whole)
        connection.closes = not response.keep_alive
        if surplus or connection.unsent or not response.keep_alive:
            self._shut(connection)
        self._release(connection)

    # The end of an exchange.

    def _fail(self, connection: Connection, now: int, complaint: Complaint) -> None:
        exchange = connection.exchange
        assert exchange is not None  # noqa: S101 - only a request can fail
        message = f"{exchange.request}: {complaint.message}"
        self.recorder.fail(complaint.kind, exchange.endpoint, connection.sent_ns, now, message)

    def _refuse(self, connection: Connection, now: int, kind: ErrorKind, message: str) -> None:
        self._fail(connection, now, Complaint(kind, message))
        self._shut(connection)
        self._release(connection)

    def _lose(self, connection: Connection, error: OSError) -> None:
        kind = ErrorKind.RESET if connection.is_established else ErrorKind.CONNECT
        if connection.exchange is None:
            self._shut(connection)
            return
        self._fail(connection, _clock(), Complaint(kind, error.strerror or str(error)))
        self._shut(connection)
        if self._is_open or self._is_over:
            self._release(connection)
        else:
            self._resting.append(connection)  # until the next tick: a target that is down is not to be hammered

    def _release(self, connection: Connection) -> None:
        connection.exchange, connection.memo, connection.received = None, NOTHING_KNOWN, 0
        if self._is_over:
            self._in_flight -= 1
        elif self._is_open:
            self._free.append(connection)
        elif not connection.is_retiring:
            self._transmit(connection, 0)

    # Sockets.

    def _watch(self, connection: Connection) -> None:
        self._known[connection.fd] = connection
        self._epoll.register(connection.fd, _READABLE)

    def _shut(self, connection: Connection) -> None:
        self._known.pop(connection.fd, None)
        connection.close()
