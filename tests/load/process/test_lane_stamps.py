"""The lane with a server that gives every answer a header of its own: the lane parses two answers, and judges all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.load.http1 import ResponseParser
from harness.load.process import connection, lane, sending
from harness.load.process.exchanges import Request
from harness.load.process.expectations import ExactText, Expectation
from harness.model import ErrorKind
from tests.load.process.rig import SECOND_NS, Clock, Rig
from tests.load.server import Answer, Call, Server, Then, response

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket


def stamped(call: Call, *headers: str, body: bytes = b"Hello, World!", status: str = "200 OK") -> bytes:
    return response(body, status=status, headers=(f"X-Request-Id: {call.number * 7919}", *headers))


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bytes that the lane gives to its parser."""
    fed: list[bytes] = []

    class Counted(ResponseParser):
        def feed(self, data: bytes, **asked: bool | int | None) -> object:  # type: ignore[override]
            fed.append(data)
            return super().feed(data, **asked)  # type: ignore[arg-type]

    monkeypatch.setattr(connection, "ResponseParser", Counted)
    return fed


@pytest.mark.parametrize("connections", [1, 8])
def test_only_the_first_answers_are_parsed(parses: list[bytes], connections: int) -> None:
    with (
        Server(lambda call: Answer((stamped(call, "Set-Cookie: a=b"),))) as server,
        Rig(server.url, connections) as rig,
    ):
        rig.closed_until(lambda: server.calls > 200)
        assert rig.recorder.errors == {}
        assert rig.recorder.verified == server.calls
        assert rig.recorder.received_bytes == sum(len(stamped(call, "Set-Cookie: a=b")) for call in server.seen)
        # and the last ones, which no request follows, are recognised too
        assert len(parses) == 2


def test_in_open_load_only_the_first_answers_are_parsed(parses: list[bytes]) -> None:
    with Server(lambda call: Answer((stamped(call),))) as server, Rig(server.url) as rig:
        rig.open([number / 1000 for number in range(50)], end_s=0.06)
        assert (rig.recorder.verified, rig.recorder.errors, len(parses)) == (50, {}, 2)


WRONG: dict[str, tuple[ErrorKind, Callable[[Call], bytes]]] = {
    "body": (ErrorKind.BODY, lambda call: stamped(call, body=b"Hello, World?")),
    "status": (ErrorKind.STATUS, lambda call: stamped(call, status="500 OK")),
    "header": (ErrorKind.HEADER, lambda call: stamped(call).replace(b"text/plain", b"text/html")),
    "length": (ErrorKind.FRAMING, lambda call: stamped(call).replace(b"Length: 13", b"Length: 12")),
    "surplus": (ErrorKind.FRAMING, lambda call: stamped(call) + b"HTTP"),
    "smuggled": (ErrorKind.FRAMING, lambda call: stamped(call).replace(b"Id: ", b"Id: \r\n\r\n")),
}


@pytest.mark.parametrize(("kind", "wrong"), WRONG.values(), ids=WRONG)
def test_each_wrong_answer_among_stamped_ones_is_counted(kind: ErrorKind, wrong: Callable[[Call], bytes]) -> None:
    def answer(call: Call) -> Answer:
        return Answer((wrong(call) if call.number % 10 == 0 else stamped(call),))

    with Server(answer) as server, Rig(server.url) as rig:
        rig.closed_until(lambda: server.calls > 100)
        assert rig.recorder.errors == {kind: server.calls // 10}
        assert rig.recorder.verified == server.calls - server.calls // 10


def test_an_answer_in_pieces_is_parsed_and_counted() -> None:
    def answer(call: Call) -> Answer:
        whole = stamped(call)
        return Answer((whole[:30], whole[30:]) if call.number % 5 == 0 else (whole,), pause_s=0.002)

    with Server(answer) as server, Rig(server.url) as rig:
        rig.closed_until(lambda: server.calls > 50)
        assert (rig.recorder.errors, rig.recorder.verified) == ({}, server.calls)


def test_a_target_that_announces_the_end_of_a_connection_is_heard() -> None:
    def answer(call: Call) -> Answer:
        if call.number % 10:
            return Answer((stamped(call),))
        return Answer((stamped(call, "Connection: close"),), Then.CLOSE)

    with Server(answer) as server, Rig(server.url) as rig:
        rig.closed_until(lambda: server.calls > 50)
        assert (rig.recorder.errors, rig.recorder.verified, rig.lane.resent) == ({}, server.calls, 0)
        assert server.connections in {rig.lane.reconnects, rig.lane.reconnects + 1}


def test_every_value_of_an_expected_header_is_judged() -> None:
    expected = Request("GET", "/", expect=Expectation(headers={"X-State": "fine"}, body=ExactText("Hello, World!")))

    def answer(call: Call) -> Answer:
        return Answer((stamped(call, f"X-State: {'bad' if call.number % 4 == 0 else 'fine'}"),))

    with Server(answer) as server, Rig(server.url, request=expected) as rig:
        rig.closed_until(lambda: server.calls > 40)
        assert rig.recorder.errors == {ErrorKind.HEADER: server.calls // 4}


def test_the_time_of_a_request_begins_before_its_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target may answer while the send still returns, so a stamp after it would hide a part of the answer."""
    clock, opening = Clock(step_ns=1_000), connection.Connection.open

    def with_slow_sends(self: connection.Connection, kind: type[socket]) -> None:
        opening(self, kind)
        send = self.send

        def slow(payload: bytes) -> int:
            taken = send(payload)
            clock.now_ns += SECOND_NS
            return taken

        self.send = slow

    monkeypatch.setattr(connection.Connection, "open", with_slow_sends)
    monkeypatch.setattr(lane, "_clock", clock)
    monkeypatch.setattr(sending, "_clock", clock)
    with Server(lambda call: Answer((stamped(call),))) as server, Rig(server.url) as rig:
        rig.closed(duration_s=5)
        assert (rig.recorder.verified, rig.recorder.errors) == (5, {})
        assert rig.recorder.service.min_ns is not None
        assert rig.recorder.service.min_ns >= SECOND_NS
