"""Lane: one epoll loop that drives every connection of this process and takes time stamps in nanoseconds.

One Locust user is one connection. The loop sends prepared bytes, receives and verifies answers, and stores time stamps.
An answer that the memo recognises needs one look-up in a dictionary. Everything else (pieces, closed connections,
errors, time-outs) takes the slow path through the parser. So Python's cost per request is small beside the kernel's.

Closed load may begin with a *spread*: connections start one after another, so that their answers do not come in waves.
During a spread, all answers take the slow path.

The loop runs without Python's garbage collector, and yields to gevent's hub every 10 ms. It does not know the users of
its connections, and it does not analyse samples.
"""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING

import gevent

from harness.load.http1 import FramingError
from harness.load.process.connection import NO_MEMO, Connection
from harness.load.process.expectations import Complaint
from harness.load.process.memo import tag
from harness.load.process.poller import BATCH, Events, Poller, clock_ns
from harness.load.process.recorder import CAPACITY, Recorder
from harness.load.process.sending import Sender
from harness.model import ErrorKind
from harness.units import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.load.http1 import Response

_clock = clock_ns

NEVER_NS = 1 << 62
AT_ONCE = itertools.repeat(0)
_RECV_BYTES = 16384
_TICK_NS = 10_000_000


class Lane:
    """Lane: drives connections for one slice, or without end, at a time.

    Attributes:
        recorder: The recorder of samples and errors.
    """

    def __init__(self, recorder: Recorder, *, spin: bool = False) -> None:
        """Begin without connections; `spin` as in `Poller`."""
        self.recorder = recorder
        self._poller = Poller(spin=spin)
        self._sender = Sender(self._poller, self._connection_lost)
        self._begin(NEVER_NS, NEVER_NS, NEVER_NS, is_open=False)
        self._has_ended = True

    def _begin(
        self, end_ns: int, timeout_ns: int, flush_every_ns: int, *, is_open: bool, part_ns: int = NEVER_NS
    ) -> None:
        self._poller.idle_ns = 0
        self._sender.begin()
        self._gap_ns = self._gaps = 0
        self._end_ns, self._timeout_ns, self._flush_every_ns = end_ns, timeout_ns, flush_every_ns
        self._part_ns, self._closes_idle = part_ns, False
        self._scan_every_ns = max(_TICK_NS, timeout_ns // 50)
        self._next_tick_ns = self._next_scan_ns = 0
        self._next_flush_ns = _clock() + flush_every_ns
        self._is_open, self._has_ended = is_open, False
        self._rows = 0
        self._in_flight = 0  # only counted after the end of the load
        self._free: deque[Connection] = deque()  # first in, first out, so that all connections are used
        self._retrying: list[Connection] = []

    # Methods for user groups.

    @property
    def idle_ns(self) -> int:
        """Time for which the loop only waited since the load began."""
        return self._poller.idle_ns

    @property
    def reconnects(self) -> int:
        """Number of reconnects since the load began."""
        return self._sender.reconnects

    @property
    def resent(self) -> int:
        """Number of requests that were sent a second time since the load began; see `Sender`."""
        return self._sender.resent

    @property
    def mean_gap_s(self) -> float:
        """Mean time in closed load from a whole answer to the next send on the same connection; 0 if there was none.

        A connection that waits to reconnect, or that sends no more requests, is in no gap.
        """
        return self._gap_ns / self._gaps / 1e9 if self._gaps else 0.0

    def prepare(self, connections: Iterable[Connection]) -> None:
        """Reopen the connections that were closed while they were idle."""
        self._poller.reopen(connections)

    def start(self, connection: Connection) -> None:
        """Add a connection to the running closed load."""
        connection.is_retiring = False
        self._transmit(connection, 0)

    def retire(self, connection: Connection) -> None:
        """Send no more requests on a connection; a request in flight is still answered."""
        connection.is_retiring = True
        connection.memo = NO_MEMO

    def discard(self, connection: Connection) -> None:
        """Close a connection at once, even with a request in flight."""
        connection.is_retiring = True
        self._poller.close(connection)

    def stop(self) -> None:
        """End the running load; requests in flight are still answered."""
        self._end_ns = self._next_tick_ns = 0

    def settle(self) -> None:
        """Bin the remaining samples; this work must not be done while requests are in flight."""
        self._rows = self._flush(self._rows)

    def drive_closed(  # noqa: PLR0913 - named arguments
        self,
        connections: Iterable[Connection],
        *,
        timeout_ns: int,
        end_ns: int = NEVER_NS,
        starts_ns: Iterable[int] = AT_ONCE,
        flush_every_ns: int = NEVER_NS,
        part_ns: int = NEVER_NS,
    ) -> None:
        """Keep every connection busy until `end_ns` on the clock, then wait for the requests in flight.

        Call `settle` before reading the recorder.

        Args:
            connections: The connections.
            timeout_ns: A request without a whole answer after this time is an error.
            end_ns: End of the load.
            starts_ns: Time of each connection's first send, ascending.
            flush_every_ns: Time between two settlements, for observers.
            part_ns: Time on the clock from which idle connections are closed if others still wait.
        """
        self._begin(end_ns, timeout_ns, flush_every_ns, is_open=False, part_ns=part_ns)
        self._start_all(connections, starts_ns)
        connected, poll, wait, clock = self._poller.connected, self._poller.poll, self._poller.wait, _clock
        sent, done, tags = self.recorder.samples.sent, self.recorder.samples.done, self.recorder.samples.tag
        row = gap_ns = 0
        while self._in_flight or not self._has_ended:
            for fd, _ in poll(0, BATCH) or wait():
                connection = connected[fd]
                try:
                    data = connection.recv(_RECV_BYTES)
                    now = clock()
                    tags[row] = connection.memo[data]
                except KeyError:
                    self._receive(connection, data, now)
                    continue
                except OSError as error:
                    self._receive_failed(connection, error)
                    continue
                sent[row] = connection.sent_ns
                done[row] = now
                row += 1
                exchange = connection.exchange = next(connection.script)
                connection.memo = exchange.memo
                connection.sent_ns = sent_ns = clock()
                gap_ns += sent_ns - now
                try:
                    taken = connection.send(exchange.payload)
                    if taken != exchange.size:
                        self._sender.keep_rest(connection, taken)
                except OSError as error:
                    self._sender.failed(connection, error)
            if row > CAPACITY - BATCH:
                row = self._flush(row)
            if (now := clock()) >= self._next_tick_ns:
                row = self._tick(now, row)
        self._rows = row
        self._gap_ns += gap_ns

    def _start_all(self, connections: Iterable[Connection], starts_ns: Iterable[int]) -> None:
        poll, wait_until = self._poller.poll, self._poller.wait_until
        for connection, start_ns in zip(connections, starts_ns, strict=False):
            while (now := _clock()) < start_ns and not self._has_ended:
                self._receive_all(poll(0, BATCH) or wait_until(min(start_ns, self._next_tick_ns)))
                if now >= self._next_tick_ns:
                    self._tick(now, 0)
            if self._has_ended:
                return
            self.start(connection)

    def drive_open(
        self, connections: Iterable[Connection], due_ns: Iterator[int], *, end_ns: int, timeout_ns: int, part_ns: int
    ) -> int:
        """Send each request at its due time, or later when a connection is free; then wait for those in flight.

        Return the number of due requests. Call `settle` before reading the recorder.

        Args:
            connections: The connections; their number is the maximum of requests in flight.
            due_ns: Due times on the clock, ascending.
            end_ns: End of the load; overdue requests are still sent for `timeout_ns`, and then dropped.
            timeout_ns: A request without a whole answer after this time is an error.
            part_ns: After this time idle connections are closed, as in `drive_closed`.
        """
        self._begin(NEVER_NS, timeout_ns, NEVER_NS, is_open=True, part_ns=part_ns)
        self._free.extend(connections)
        poll, clock, free = self._poller.poll, _clock, self._free
        next_ns, planned, give_up_ns = next(due_ns, NEVER_NS), 0, end_ns + timeout_ns
        while self._in_flight or not self._has_ended:
            while free and next_ns <= clock():
                self._transmit(free.popleft(), next_ns)
                next_ns = next(due_ns, NEVER_NS)
                planned += 1
            until_ns = min(next_ns, self._next_tick_ns) if free else self._next_tick_ns
            self._receive_all(poll(0, BATCH) or self._poller.wait_until(until_ns))
            if (now := clock()) >= self._next_tick_ns:
                self._tick(now, 0)
            if now >= end_ns and not self._has_ended and (next_ns == NEVER_NS or now >= give_up_ns):
                self._finish()
                planned, next_ns = planned + self._drop_unsent(next_ns, due_ns, now), NEVER_NS
        return planned

    def _drop_unsent(self, next_ns: int, due_ns: Iterator[int], now: int) -> int:
        dropped = 0
        while next_ns != NEVER_NS:
            self.recorder.drop_unsent(next_ns, now)
            next_ns = next(due_ns, NEVER_NS)
            dropped += 1
        return dropped

    # The clock.

    def _tick(self, now: int, rows: int) -> int:
        if now >= self._end_ns and not self._has_ended:
            self._finish()
        if self._has_ended and now >= self._part_ns and not self._closes_idle:
            self._close_idle_connections()
        if now >= self._next_scan_ns:
            self._time_out_requests(now)
            self._next_scan_ns = now + self._scan_every_ns
        if now >= self._next_flush_ns:
            rows = self._flush(rows)
            self._next_flush_ns = now + self._flush_every_ns
        retrying, self._retrying = self._retrying, []
        for connection in retrying:
            self._release(connection)
        gevent.sleep(0)
        self._next_tick_ns = _clock() + _TICK_NS
        if not self._has_ended:
            self._next_tick_ns = min(self._next_tick_ns, self._end_ns)
        return rows

    def _flush(self, rows: int) -> int:
        self._gaps += rows  # each row is an answer and the send after it
        self.recorder.flush(rows)
        self.recorder.settle()
        return 0

    def _finish(self) -> None:
        self._has_ended = True
        self._retrying.clear()
        in_flight = [connection for connection in self._poller.connected.values() if connection.exchange is not None]
        for connection in in_flight:
            connection.memo = NO_MEMO  # so that no request follows its answer
        self._in_flight = len(in_flight)

    def _close_idle_connections(self) -> None:
        """Close idle connections while others wait for their answers; `prepare` opens them again.

        A server may wait for the next request of an idle connection before it serves one that is queued: a thread of
        Puma does so for 0.2 s. After the end no next request comes, and 59 queued requests would take seconds.
        """
        self._closes_idle = True
        for connection in [one for one in self._poller.connected.values() if one.exchange is None]:
            self._poller.close(connection)

    def _time_out_requests(self, now: int) -> None:
        all_, limit_ns = self._poller.connected.values(), now - self._timeout_ns
        for connection, endpoint in [(c, c.exchange.endpoint) for c in all_ if c.exchange and c.sent_ns < limit_ns]:
            self.recorder.censor(endpoint, connection.sent_ns, connection.due_ns, now)
            self._fail_and_close(connection, now, ErrorKind.TIMEOUT, f"no whole answer in {self._timeout_ns / 1e9:g} s")

    def _transmit(self, connection: Connection, due_ns: int) -> None:
        self._sender.transmit(connection, due_ns)
        if due_ns and not self._is_open:
            self._gap_ns += connection.sent_ns - due_ns
            self._gaps += 1

    # Receiving, the slow path: everything except a whole answer that is in the memo.

    def _receive_all(self, events: Events) -> None:
        for fd, _ in events:
            connection = self._poller.connected[fd]
            try:
                data = connection.recv(_RECV_BYTES)
            except OSError as error:
                self._receive_failed(connection, error)
            else:
                self._receive(connection, data, _clock())

    def _receive_failed(self, connection: Connection, error: OSError) -> None:
        if not isinstance(error, BlockingIOError):
            self._connection_lost(connection, error)
        elif connection.unsent:
            self._sender.send_rest(connection)

    def _receive(self, connection: Connection, data: bytes, now: int) -> None:
        exchange, parser = connection.exchange, connection.parser
        if exchange is None:  # the target closed an idle connection, or sent bytes without a request
            self._poller.close(connection)
            return
        in_one_piece = parser.is_idle and not connection.unsent
        if in_one_piece and (found := exchange.memo.find(data)) is not None:
            self.recorder.add(connection.sent_ns, now, connection.due_ns, found)
            self._release(connection, now)
            return
        connection.received += len(data)
        try:
            response = (
                parser.feed(data, answers_head=exchange.answers_head, max_body_bytes=exchange.longest_body_bytes)
                if data
                else parser.end()
            )
        except FramingError as error:
            self._fail_and_close(connection, now, ErrorKind.FRAMING, str(error))
            return
        if response is not None:
            self._verify(connection, response, now, data if in_one_piece else None)
        elif not data:
            if not self._resend(connection):
                self._fail_and_close(connection, now, ErrorKind.RESET, "the connection was closed without an answer")
        else:
            connection.memo = NO_MEMO

    def _verify(self, connection: Connection, response: Response, now: int, whole: bytes | None) -> None:
        exchange = connection.exchange
        assert exchange is not None  # noqa: S101 - `_receive` has checked it
        complaint = exchange.expectation.complaint(response)
        if surplus := connection.parser.leftover:
            complaint = Complaint(ErrorKind.FRAMING, f"{counted(len(surplus), 'byte')} after the end of the answer")
        if complaint is not None:
            self._fail(connection, now, complaint)
        else:
            self.recorder.add(connection.sent_ns, now, connection.due_ns, tag(exchange.endpoint, connection.received))
            if whole is not None and response.keep_alive:
                exchange.memo.remember(whole)
        connection.closes = not response.keep_alive
        if surplus or connection.unsent or not response.keep_alive:
            self._poller.close(connection)
        self._release(connection, now)

    def _resend(self, connection: Connection) -> bool:
        return self._sender.resend(connection, goes_on=not self._has_ended and not connection.is_retiring)

    # The end of an exchange.

    def _fail(self, connection: Connection, now: int, complaint: Complaint) -> None:
        exchange = connection.exchange
        assert exchange is not None  # noqa: S101 - a failure always has a request
        message = f"{exchange.request}: {complaint.message}"
        self.recorder.fail(complaint.kind, exchange.endpoint, connection.sent_ns, now, message)

    def _fail_and_close(self, connection: Connection, now: int, kind: ErrorKind, message: str) -> None:
        self._fail(connection, now, Complaint(kind, message))
        self._poller.close(connection)
        self._release(connection)

    def _connection_lost(self, connection: Connection, error: OSError) -> None:
        kind = ErrorKind.RESET if connection.is_established else ErrorKind.CONNECT
        if connection.exchange is None:
            self._poller.close(connection)
            return
        if kind is ErrorKind.RESET and self._resend(connection):
            return
        self._fail(connection, _clock(), Complaint(kind, error.strerror or str(error)))
        self._poller.close(connection)
        if self._is_open or self._has_ended:
            self._release(connection)
        else:
            self._retrying.append(connection)  # at the next tick: no storm of connects at a target that is down

    def _release(self, connection: Connection, answered_ns: int = 0) -> None:
        connection.exchange, connection.memo, connection.received = None, NO_MEMO, 0
        if self._has_ended:
            self._in_flight -= 1
            if self._closes_idle:
                self._poller.close(connection)
        elif self._is_open:
            self._free.append(connection)
        elif not connection.is_retiring:
            self._transmit(connection, answered_ns)
