"""Verification of answers: every answer is checked, and a wrong answer never counts."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from harness.histogram import Histogram
from harness.model import ErrorKind, LoadKind, Slice, SliceResult
from tests.load.conftest import drive_at_least, order
from tests.load.server import Answer, Call, Server, Then, contract, hello, response

pytestmark = pytest.mark.locust

Drive = Callable[[Server, Slice], SliceResult]

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"7;x=y\r\nHello, \r\n6\r\nWorld!\r\n0\r\nX-Trailer: 1\r\n\r\n"
)
UNTIL_CLOSE = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nHello, World!"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


def always(piece: bytes, *more: bytes, then: Then = Then.KEEP, pause_s: float = 0.0) -> Callable[[Call], Answer]:
    return lambda _call: Answer((piece, *more), then, pause_s)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (always(response(status="500 Internal Server Error")), ErrorKind.STATUS),
        (always(response(status="302 Found", headers=("Location: /elsewhere",))), ErrorKind.STATUS),
        (always(response(b"Hello, World?")), ErrorKind.BODY),
        (always(response(b"Hello, World!\n")), ErrorKind.BODY),
        (always(response(b"")), ErrorKind.BODY),
        (always(response(media_type="text/html")), ErrorKind.HEADER),
        (always(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, World!"), ErrorKind.HEADER),
        (always(b"SSH-2.0-OpenSSH_9.2\r\n"), ErrorKind.FRAMING),
        (always(response(length=12)), ErrorKind.FRAMING),
        (always(response() + b"surplus"), ErrorKind.FRAMING),
        (always(response(length=14), then=Then.CLOSE), ErrorKind.FRAMING),
        (always(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, then=Then.HANG), ErrorKind.FRAMING),
        (always(CHUNKED[:-20], then=Then.CLOSE), ErrorKind.FRAMING),
        (lambda _call: Answer((), Then.CLOSE), ErrorKind.RESET),
        (lambda _call: Answer((), Then.RESET), ErrorKind.RESET),
    ],
)
def test_a_wrong_answer_is_an_error_of_its_kind_and_is_not_counted(
    drive: Drive, answer: Callable[[Call], Answer], kind: ErrorKind
) -> None:
    with Server(answer) as server:
        result = drive(server, order())
    assert set(result.errors) == {kind}
    assert (result.verified, result.counted, result.service) == (0, 0, None)
    assert result.sent == result.errors[kind] == server.calls > 0
    assert result.first_error is not None
    assert result.first_error.startswith(f"{kind}: GET /: ")


@pytest.mark.parametrize(
    ("answer", "reconnects"),
    [
        (hello, False),
        (always(CHUNKED), False),
        (always(INTERIM + response()), False),
        (always(response()[:10], response()[10:-5], response()[-5:]), False),
        (always(*(bytes([byte]) for byte in CHUNKED)), False),
        (always(response(headers=("Connection: close",)), then=Then.CLOSE), True),
        (always(UNTIL_CLOSE, then=Then.CLOSE), True),
        (always(UNTIL_CLOSE[:-5], UNTIL_CLOSE[-5:], then=Then.CLOSE), True),
    ],
)
def test_a_right_answer_is_verified_with_every_kind_of_framing(
    drive: Drive,
    answer: Callable[[Call], Answer],
    reconnects: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    with Server(answer) as server:
        result = drive(server, order())
    assert result.errors == {}
    assert result.sent == result.verified == server.calls > 0
    assert (result.reconnects > 0) == reconnects
    assert server.connections == 4 + result.reconnects


@pytest.mark.parametrize("name", ["hello", "json_body", "path_value", "post_json"])
def test_a_target_that_fulfils_the_contract_has_no_errors(drive: Drive, name: str) -> None:
    with Server(contract) as server:
        result = drive(server, order(name=name))
    assert (result.errors, result.first_error) == ({}, None)
    assert result.sent == server.calls > 0


@pytest.mark.parametrize("name", ["path_value", "post_json"])
def test_random_values_differ_and_each_answer_is_checked_with_its_own_values(drive: Drive, name: str) -> None:
    last: list[Call] = []

    def stale(call: Call) -> Answer:
        """Answer every tenth request with the values of the previous one."""
        if call.number == 1:
            last.clear()
        last.append(call)
        return contract(last[-2] if call.number % 10 == 0 else call)

    _, result = drive_at_least(drive, stale, 60, order(name=name, connections=1))
    repeated = sum(
        (call.path, call.body) != (before.path, before.body) for before, call in pairwise(last) if call.number % 10 == 0
    )
    assert len({(call.path, call.body) for call in last}) > 50
    assert result.errors == {ErrorKind.BODY: repeated}


def test_the_seed_of_a_slice_determines_the_values_in_its_requests(drive: Drive) -> None:
    sent: list[list[str]] = []
    for seed in (1, 1, 2):
        server, _ = drive_at_least(drive, contract, 50, order(number=seed, name="path_value", connections=1))
        sent.append([call.path for call in server.seen[:50]])
    assert sent[0] == sent[1] != sent[2]


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (response(status="503 Service Unavailable"), ErrorKind.STATUS),
        (response(media_type="text/html"), ErrorKind.HEADER),
        (response(b"Hello, World?"), ErrorKind.BODY),
        (response() + b"!", ErrorKind.FRAMING),
    ],
)
@pytest.mark.parametrize("load", [LoadKind.CLOSED, LoadKind.POISSON])
def test_one_wrong_answer_in_a_hundred_is_counted_exactly(
    drive: Drive, wrong: bytes, kind: ErrorKind, load: LoadKind
) -> None:
    def answer(call: Call) -> Answer:
        return Answer((wrong,)) if call.number % 100 == 0 else hello(call)

    rate_per_s = None if load is LoadKind.CLOSED else 1000
    server, result = drive_at_least(drive, answer, 101, order(kind=load, rate_per_s=rate_per_s))
    assert result.sent == server.calls > 100
    assert result.errors == {kind: server.calls // 100}
    assert result.verified == server.calls - server.calls // 100


def test_a_big_answer_is_verified_to_the_last_byte(generator_at: Callable[[str], Drive]) -> None:
    big = bytes(range(256)) * 4096

    def answer(call: Call) -> Answer:
        body = big[:-1] + b"?" if call.number == 3 else big
        return Answer((response(body, media_type="application/octet-stream"),))

    drive = generator_at(
        """
import hashlib
from harness.users import LaneUser, Request, satisfying

class Big(LaneUser):
    requests = (Request("GET", "/big", expect=satisfying(lambda body: body == bytes(range(256)) * 4096)),)
"""
    )
    server, result = drive_at_least(drive, answer, 4, order(name="written", connections=2))
    assert result.errors == {ErrorKind.BODY: 1}
    assert result.sent == server.calls > 3
    assert result.received_bytes > result.verified * len(big)


def test_latency_includes_verified_answers_and_timed_out_requests(drive: Drive) -> None:
    def answer(call: Call) -> Answer:
        return Answer((), Then.HANG) if call.number % 50 == 0 else hello(call)

    with Server(answer) as server:
        result = drive(server, order(kind=LoadKind.CONSTANT, rate_per_s=200, discard_s=0, duration_s=1, timeout_s=1))
    assert (result.planned, result.sent, server.calls) == (200, 200, 200)
    assert result.errors == {ErrorKind.TIMEOUT: 4}
    assert result.response is not None
    response_times = Histogram.from_text(result.response)
    assert response_times.count == 200
    assert response_times.quantile_s(0.97) < 1 <= response_times.quantile_s(0.985)
