"""The lane in this process, compared with the server's own counts."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import gevent
import pytest

from harness.load.process import lane, recorder
from harness.load.process.accounts import Extent
from harness.load.process.exchanges import Request
from harness.load.process.expectations import satisfying, text
from harness.model import ErrorKind
from tests.load.process.rig import PATIENCE_NS, PATIENCE_S, SECOND_NS, Rig, hanging
from tests.load.server import Answer, Call, Server, Then, hello, response, unheard

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.load.process.rig import Clock


class TestClosedLoad:
    def test_every_request_is_answered_and_counted_once(self) -> None:
        with Server() as server, Rig(server.url, connections=8) as rig:
            rig.closed_until(lambda: server.calls > 8)
            assert rig.recorder.sent == rig.recorder.verified == server.calls > 8
            assert server.connections == 8

    def test_every_connection_has_a_request_in_flight(self) -> None:
        """Four requests are answered when the last of them is received: with fewer in flight there is no answer."""
        with (
            Server(lambda call: Answer((response(),), await_calls=min(-(-call.number // 4) * 4, 16))) as server,
            Rig(server.url, connections=4) as rig,
        ):
            rig.closed_until(lambda: server.calls >= 16)
            assert rig.recorder.errors == {}
            assert rig.recorder.verified == server.calls == rig.recorder.service.count
            assert server.connections == 4

    def test_requests_in_flight_at_the_end_are_answered_and_no_more_are_sent(self, clock: Clock) -> None:
        """By a clock that counts the lane's steps: it does not stand at the end of the load before the first send."""
        clock.step_ns = 1_000_000
        has_ended = threading.Event()
        with (
            Server(lambda _call: Answer((response(),), once=has_ended.is_set)) as server,
            Rig(server.url, connections=3) as rig,
        ):
            finish = rig.lane._finish

            def finishing() -> None:
                finish()
                has_ended.set()

            rig.lane._finish = finishing  # type: ignore[method-assign]
            rig.closed(duration_s=0.05)
            assert (rig.recorder.verified, server.calls) == (3, 3)
            assert 0 < rig.recorder.counted < 3 == rig.recorder.service.count

    def test_connections_stay_open_between_slices(self) -> None:
        with Server() as server, Rig(server.url, connections=4) as rig:
            for _ in range(3):
                rig.lane.prepare(rig.connections)
                rig.closed(duration_s=0.02)
                assert rig.lane.reconnects == 0
            assert server.connections == 4

    def test_connections_closed_between_slices_are_reopened_before_the_next(self) -> None:
        with Server() as server, Rig(server.url, connections=4) as rig:
            rig.closed(duration_s=0.02)
            server.drop_connections()
            while any(connection.is_open for connection in rig.connections):
                rig.lane.prepare([])
            rig.lane.prepare(rig.connections)
            assert all(connection.is_open for connection in rig.connections)
            rig.closed(duration_s=0.02)
            assert (rig.recorder.errors, rig.lane.reconnects, server.connections) == ({}, 0, 8)

    def test_no_idle_connection_is_opened_to_a_target_that_closes_after_each_answer(self) -> None:
        closing = response(headers=("Connection: close",))
        with Server(lambda _call: Answer((closing,), Then.CLOSE)) as server, Rig(server.url, connections=2) as rig:
            rig.closed_until(lambda: server.calls > 2)
            before = server.connections
            assert rig.lane.reconnects == before - 2 > 0
            rig.lane.prepare(rig.connections)
            assert not any(connection.is_open for connection in rig.connections)
            rig.closed(duration_s=0.05)
            assert rig.recorder.verified == server.calls - before
            assert server.connections == server.calls

    def test_without_keep_alive_every_request_has_its_own_connection(self) -> None:
        def answer(call: Call) -> Answer:
            assert call.headers["connection"] == "close"
            return Answer((response(headers=("Connection: close",)),), Then.CLOSE)

        with Server(answer) as server, Rig(server.url, keep_alive=False) as rig:
            rig.closed_until(lambda: server.calls > 1)
            assert rig.recorder.errors == {}
            assert server.connections == server.calls == rig.recorder.verified > 1

    def test_a_request_larger_than_the_buffer_of_the_socket_is_sent_completely(self) -> None:
        body = "x" * 8_000_000
        whole = Request("POST", "/", body=body, expect=text("Hello, World!"))
        with (
            Server(lambda call: hello(call) if call.body == body.encode() else Answer((response(b"torn"),))) as server,
            Rig(server.url, connections=2, request=whole) as rig,
        ):
            rig.closed(duration_s=0.1)
            assert rig.recorder.errors == {}
            assert rig.recorder.verified == server.calls >= 2

    def test_a_large_answer_is_read_completely_and_its_bytes_are_counted(self) -> None:
        body = b"y" * 1_000_000
        large = Request("GET", "/", expect=satisfying(lambda got: got == body))
        with Server(lambda _call: Answer((response(body),))) as server, Rig(server.url, request=large) as rig:
            rig.closed(duration_s=0.1)
            assert rig.recorder.errors == {}
            assert rig.recorder.received_bytes == server.calls * len(response(body)) > 0

    def test_more_answers_than_rows_are_binned_during_the_load(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (lane, recorder):
            monkeypatch.setattr(module, "CAPACITY", 100)
        with Server() as server, Rig(server.url, connections=8) as rig:
            rig.closed_until(lambda: server.calls > 200)
            assert rig.recorder.verified == server.calls > 200


class TestAKeptConnectionThatTheTargetCloses:
    """The request that meets its end is sent once more, on a new connection, and is no error."""

    @pytest.mark.parametrize("end", [Then.CLOSE, Then.RESET])
    def test_each_such_request_is_answered_and_counted(self, end: Then) -> None:
        def answer(call: Call) -> Answer:
            return Answer((), end) if call.number % 10 == 5 else hello(call)

        with Server(answer) as server, Rig(server.url) as rig:
            rig.closed_until(lambda: server.calls >= 100)
            assert rig.recorder.errors == {}
            assert rig.lane.resent == (server.calls + 5) // 10
            assert rig.recorder.verified == server.calls - rig.lane.resent
            assert rig.lane.reconnects == rig.lane.resent == server.connections - 1

    def test_a_request_is_sent_again_only_once(self) -> None:
        def answer(call: Call) -> Answer:
            return hello(call) if call.number == 1 else Answer((), Then.CLOSE)

        with Server(answer) as server, Rig(server.url) as rig:
            rig.closed_until(lambda: server.calls >= 3)
            assert rig.lane.resent == 1
            assert rig.recorder.errors[ErrorKind.RESET] >= 1

    def test_the_first_request_of_a_connection_is_not_sent_again(self) -> None:
        with Server(lambda _call: Answer((), Then.CLOSE)) as server, Rig(server.url) as rig:
            rig.closed_until(lambda: server.calls >= 2)
            assert (rig.lane.resent, set(rig.recorder.errors)) == (0, {ErrorKind.RESET})

    def test_a_request_whose_answer_had_begun_is_not_sent_again(self) -> None:
        def answer(call: Call) -> Answer:
            return hello(call) if call.number == 1 else Answer((response()[:5],), Then.CLOSE)

        with Server(answer) as server, Rig(server.url) as rig:
            rig.closed_until(lambda: server.calls >= 2)
            assert (rig.lane.resent, set(rig.recorder.errors)) == (0, {ErrorKind.FRAMING})

    def test_its_time_begins_with_its_first_send(self, clock: Clock) -> None:
        def answer(call: Call) -> Answer:
            clock.now_ns += 1_000_000
            return Answer((), Then.CLOSE) if call.number == 2 else hello(call)

        clock.step_ns = 0
        with Server(answer) as server, Rig(server.url) as rig:
            rig.closed_until(lambda: server.calls >= 3)
        assert rig.recorder.service.quantile_s(1.0) == pytest.approx(0.002, rel=0.01)

    def test_in_open_load_too(self) -> None:
        def answer(call: Call) -> Answer:
            return Answer((), Then.CLOSE) if call.number == 2 else hello(call)

        with Server(answer) as server, Rig(server.url) as rig:
            rig.open([0.0, 0.01, 0.02], end_s=0.03)
            assert (rig.recorder.errors, rig.recorder.verified, rig.lane.resent) == ({}, 3, 1)


class TestErrors:
    def test_a_closed_port_is_a_connect_error_without_a_storm_of_retries(self) -> None:
        ticks = 0
        with unheard() as url:
            rig = Rig(url, connections=2)
            tick = rig.lane._tick

            def counted(now: int, rows: int) -> int:
                nonlocal ticks
                ticks += 1
                return tick(now, rows)

            rig.lane._tick = counted  # type: ignore[method-assign]
            rig.closed_until(lambda: rig.recorder.errors.get(ErrorKind.CONNECT, 0) >= 10)
        assert set(rig.recorder.errors) == {ErrorKind.CONNECT}
        assert rig.recorder.errors[ErrorKind.CONNECT] <= 2 * (1 + ticks), "each tries once, and once a tick"
        assert rig.recorder.sent == rig.recorder.errors[ErrorKind.CONNECT]

    def test_requests_succeed_when_the_target_is_back(self) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))  # the port is its own, and nobody listens yet
            rig = Rig(f"http://127.0.0.1:{listener.getsockname()[1]}", connections=2)
            rig.closed(duration_s=0.03)
            assert rig.recorder.errors[ErrorKind.CONNECT] > 0
            with Server(listener=listener), rig:
                rig.closed(duration_s=0.05)
                assert rig.recorder.errors == {}
                assert rig.recorder.verified > 0

    def test_a_request_without_an_answer_times_out_and_its_time_is_recorded(self) -> None:
        with hanging() as server, Rig(server.url, connections=3) as rig:
            rig.closed(duration_s=0.05, timeout_s=0.15)
            server.await_calls(3)
            assert rig.recorder.errors == {ErrorKind.TIMEOUT: 3} == {ErrorKind.TIMEOUT: server.calls}
            assert rig.recorder.service.count == 3
            assert rig.recorder.service.quantile_s(0) >= 0.15
            assert "no whole answer in 0.15 s" in str(rig.recorder.first_error)

    def test_a_slow_incomplete_answer_times_out(self) -> None:
        trickle = tuple(bytes([byte]) for byte in response())
        with Server(lambda _call: Answer(trickle, pause_s=0.05)) as server, Rig(server.url) as rig:
            rig.closed(duration_s=0.05, timeout_s=0.15)
            assert rig.recorder.errors == {ErrorKind.TIMEOUT: 1}

    def test_one_dead_connection_does_not_delay_the_others_and_is_replaced(self, clock: Clock) -> None:
        def answer(call: Call) -> Answer:
            clock.now_ns += 1_000_000  # a request takes as many of these as there are connections, but for the dead one
            return Answer((), Then.HANG) if call.number == 20 else hello(call)

        clock.step_ns = 0
        with Server(answer) as server, Rig(server.url, connections=4) as rig:
            rig.closed_until(lambda: server.calls >= 300, timeout_s=0.1)
            assert rig.recorder.errors == {ErrorKind.TIMEOUT: 1}
            assert rig.recorder.verified == server.calls - 1
            assert (rig.lane.reconnects, server.connections) == (1, 5)

    def test_a_wrong_but_well_formed_answer_leaves_the_connection_open(self) -> None:
        with Server(lambda _call: Answer((response(b"no"),))) as server, Rig(server.url) as rig:
            rig.closed(duration_s=0.05)
            assert set(rig.recorder.errors) == {ErrorKind.BODY}
            assert server.connections == 1

    def test_a_memorised_answer_after_the_beginning_of_another_is_not_verified(self) -> None:
        def answer(call: Call) -> Answer:
            return hello(call) if call.number % 2 else Answer((response()[:-3], response()), pause_s=0.02)

        with Server(answer) as server, Rig(server.url) as rig:
            rig.closed_until(lambda: server.calls > 4)
            assert rig.recorder.errors == {ErrorKind.FRAMING: server.calls // 2}
            assert server.calls > 4

    def test_bytes_after_an_answer_are_a_framing_error(self) -> None:
        with Server(lambda _call: Answer((response() + b"HTTP",))) as server, Rig(server.url) as rig:
            rig.closed(duration_s=0.05)
            assert rig.recorder.errors == {ErrorKind.FRAMING: server.calls}

    def test_bytes_that_are_not_http_are_a_framing_error(self) -> None:
        with Server(lambda _call: Answer((b"SSH-2.0\r\n",))) as server, Rig(server.url) as rig:
            rig.closed(duration_s=0.05)
            assert rig.recorder.errors == {ErrorKind.FRAMING: server.calls}

    def test_a_memorised_answer_is_not_used_for_another_request(self) -> None:
        """The memo of verified answers belongs to one request: the same bytes are wrong for another request."""
        named = Request("GET", "/{name}", values={"name": _Letters()}, expect=text("{name}"), pool=2)
        with Server(lambda _call: Answer((response(b"a"),))) as server, Rig(server.url, request=named) as rig:
            rig.closed_until(lambda: server.calls > 1)
            requests_for_a = sum(call.path == "/a" for call in server.seen)
            assert rig.recorder.verified == requests_for_a > 0
            assert rig.recorder.errors == {ErrorKind.BODY: server.calls - requests_for_a}


class _Letters:
    """Values that are a and b alternately."""

    def __init__(self) -> None:
        self._next = "ba"

    def draw(self, _source: object) -> str:
        self._next = self._next[::-1]
        return self._next[0]


class TestOpenLoad:
    @pytest.mark.parametrize("spin", [True, False])
    def test_planned_requests_are_sent_at_their_due_times(self, clock: Clock, spin: bool) -> None:  # noqa: FBT001 - by name
        """By a clock that counts the lane's steps, no request is early, or late because of other work."""
        with Server() as server, Rig(server.url, connections=100, spin=spin) as rig:
            rig.open([number / 500 for number in range(100)], end_s=0.2)
            assert rig.recorder.verified == server.calls == 100
            assert rig.recorder.lateness.count == rig.recorder.response.count == 100
            assert 0 <= rig.recorder.lateness.quantile_s(0) <= rig.recorder.lateness.quantile_s(1) < 0.02
            assert clock.now_ns > 1.2 * SECOND_NS

    def test_the_wait_for_a_free_connection_is_in_response_time_but_not_in_service_time(self) -> None:
        with (
            Server(lambda _call: Answer((b"", response()), pause_s=0.1)) as server,
            Rig(server.url, connections=1) as rig,
        ):
            rig.open([0.0, 0.0, 0.0], end_s=0.01)
            assert rig.recorder.verified == 3
            service, response_, lateness = rig.recorder.service, rig.recorder.response, rig.recorder.lateness
            assert service.quantile_s(0) >= 0.1
            assert lateness.quantile_s(1) >= 0.2
            assert lateness.sum_ns >= 0.3 * SECOND_NS
            assert response_.sum_ns == service.sum_ns + lateness.sum_ns

    def test_requests_not_sent_within_a_time_out_after_the_end_count_as_response_time_and_not_as_sent(self) -> None:
        with hanging() as server, Rig(server.url, connections=1) as rig:
            rig.open([0.0, 0.01, 0.02, 0.03, 0.04], end_s=0.05, timeout_s=0.15)
            server.await_calls(rig.recorder.sent)
            assert rig.recorder.errors == {ErrorKind.TIMEOUT: server.calls}
            assert 1 <= rig.recorder.sent == server.calls < 5
            assert rig.recorder.service.count == server.calls
            assert rig.recorder.response.count == rig.recorder.lateness.count == 5
            assert rig.recorder.response.quantile_s(1) >= 0.15

    def test_every_connection_is_used(self) -> None:
        with Server() as server, Rig(server.url, connections=5) as rig:
            rig.open([number / 200 for number in range(20)], end_s=0.1)
            assert server.connections == 5

    def test_a_closed_port_is_an_error_for_each_request(self) -> None:
        with unheard() as url:
            rig = Rig(url, connections=2)
            rig.open([0.0, 0.01, 0.02], end_s=0.03)
        assert rig.recorder.errors == {ErrorKind.CONNECT: 3}

    def test_without_due_times_no_request_is_sent(self) -> None:
        with Server() as server, Rig(server.url) as rig:
            rig.open([], end_s=0.02)
            assert (rig.recorder.sent, server.calls) == (0, 0)

    @pytest.mark.parametrize("spin", [True, False])
    def test_waiting_counts_as_idle_time(self, clock: Clock, spin: bool) -> None:  # noqa: FBT001 - pytest passes it by name
        with Server() as server, Rig(server.url, spin=spin) as rig:
            before_ns = clock.now_ns
            rig.open([0.0, 0.3], end_s=0.31)
            assert 0.5 < rig.lane.idle_ns / (clock.now_ns - before_ns) < 1


def until(is_so: Callable[[], bool]) -> None:
    """Let the lane run until something has come about."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline_s, "it did not come about"
        gevent.sleep(0.001)


class TestFreeRun:
    """Connections that are added and removed during the load, as under plain Locust."""

    def test_connections_can_be_added_and_retired_during_the_load(self) -> None:
        with Server() as server, Rig(server.url, connections=2) as rig:
            rig.recorder.begin(Extent(0, 1 << 62), is_open=False)
            running = gevent.spawn(rig.lane.drive_closed, [], timeout_ns=PATIENCE_NS)
            gevent.sleep(0)
            for connection in rig.connections:
                rig.lane.start(connection)
            until(lambda: server.calls > 2)
            for connection in rig.connections:
                rig.lane.retire(connection)
            until(lambda: all(connection.exchange is None for connection in rig.connections))
            calls = server.calls
            gevent.sleep(0.05)
            assert server.calls == calls > 2
            rig.lane.stop()
            running.join(timeout=PATIENCE_S)
            rig.lane.settle()
            assert running.successful()
            assert rig.recorder.errors == {}
            assert rig.recorder.verified == calls

    def test_samples_are_binned_during_the_load(self) -> None:
        with Server() as server, Rig(server.url) as rig:
            rig.recorder.begin(Extent(0, 1 << 62), is_open=False)
            running = gevent.spawn(rig.lane.drive_closed, rig.connections, timeout_ns=PATIENCE_NS, flush_every_ns=10**7)
            until(lambda: rig.recorder.verified > 0)
            rig.lane.stop()
            running.join(timeout=PATIENCE_S)
