"""Recognised answers: what may differ from a verified answer, and what may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.load.http1 import ResponseParser
from harness.load.process.memo import LIMIT, Memo, tag
from tests.load.server import response


def stamped(identity: str, *, date: str = "Sat, 28 Nov 2026 12:00:00 GMT", body: bytes = b"Hello, World!") -> bytes:
    return response(body, headers=(f"X-Request-Id: {identity}", "Server: own", f"Date: {date}", "X-Last: yes"))


def taught(*answers: bytes, expected_headers: tuple[str, ...] = ()) -> Memo:
    memo = Memo(3, expected_headers)
    for answer in answers or (stamped("1"), stamped("22")):
        memo.remember(answer)
    return memo


class TestTheSameAnswer:
    def test_it_has_the_tag_of_its_endpoint_and_size(self) -> None:
        memo = taught(b"12345")
        assert memo == {b"12345": tag(3, 5)} == {b"12345": 5 << 8 | 3}
        assert memo.find(b"12346") is None

    def test_the_memo_has_a_limited_size(self) -> None:
        memo = taught(*(b"%d" % number for number in range(1000)))
        assert b"999" in memo
        assert len(memo) <= LIMIT


class TestAnAnswerWithOtherValues:
    def test_one_verified_answer_does_not_show_which_headers_vary(self) -> None:
        assert taught(stamped("1")).find(stamped("2")) is None

    @pytest.mark.parametrize("identity", ["3", "", "12345678", 'a b;c="d"', "\xe4\x80\t", " 4 ", "X-Last: yes", ".*"])
    def test_it_is_recognised_with_any_value_of_a_header_that_varies(self, identity: str) -> None:
        answer = stamped(identity)
        assert taught().find(answer) == tag(3, len(answer))

    def test_a_recognised_answer_needs_only_one_look_up_the_next_time(self) -> None:
        memo, answer = taught(), stamped("3")
        memo.find(answer)
        assert answer in memo

    def test_several_headers_may_vary(self) -> None:
        memo = taught(stamped("1"), stamped("2"), stamped("2", date="later"))
        assert memo.find(stamped("3", date="another day")) is not None
        assert memo.find(stamped("3", date="another day").replace(b"Server: own", b"Server: two")) is None

    def test_each_body_has_its_own_form(self) -> None:
        memo = taught(*(stamped(str(number), body=b"ab"[number % 2 :][:1]) for number in range(4)))
        assert memo.find(stamped("9", body=b"a")) is not None
        assert memo.find(stamped("9", body=b"b")) is not None
        assert memo.find(stamped("9", body=b"c")) is None

    def test_a_chunked_answer_is_compared_with_its_chunks(self) -> None:
        first, second, third = (
            f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Id: {number}\r\n\r\n5\r\nHello\r\n0\r\n\r\n".encode()
            for number in range(3)
        )
        memo = taught(first, second)
        assert memo.find(third) is not None
        assert memo.find(third.replace(b"5\r\nHello", b"5\r\nHullo")) is None

    def test_examples_and_forms_are_limited_in_number(self) -> None:
        memo = taught(*(stamped(str(number), body=str(number // 2).encode()) for number in range(1000)))
        assert len(memo._examples) <= LIMIT
        assert len(memo._forms) <= LIMIT
        assert memo.find(stamped("x", body=b"499")) is not None


CHANGES = {
    "status": (b"200 OK", b"500 OK"),
    "reason": (b"200 OK", b"200 Ok"),
    "version": (b"HTTP/1.1", b"HTTP/1.0"),
    "body": (b"World", b"world"),
    "media type": (b"text/plain", b"text/html"),
    "length": (b"Content-Length: 13", b"Content-Length: 12"),
    "a constant header": (b"Server: own", b"Server: two"),
    "a renamed header": (b"X-Request-Id", b"X-Request-ID"),
    "a header that is gone": (b"Server: own\r\n", b""),
    "another header": (b"Server: own", b"Server: own\r\nConnection: close"),
    "another header after the value": (b"X-Request-Id: 3", b"X-Request-Id: 3\r\nConnection: close"),
    "the end of the head inside the value": (b"X-Request-Id: 3", b"X-Request-Id: 3\r\n\r\n"),
    "a zero byte": (b"X-Request-Id: 3", b"X-Request-Id: 3\0"),
    "a line feed": (b"X-Request-Id: 3", b"X-Request-Id: 3\nConnection: close"),
    "more bytes": (b"World!", b"World!HTTP"),
    "fewer bytes": (b"World!", b"World"),
}


@pytest.mark.parametrize(("old", "new"), CHANGES.values(), ids=CHANGES)
def test_an_answer_that_differs_in_anything_else_is_not_recognised(old: bytes, new: bytes) -> None:
    answer = stamped("3")
    assert old in answer
    assert taught().find(answer.replace(old, new)) is None


def test_the_parts_of_an_answer_may_not_overlap() -> None:
    def short(value: str) -> bytes:
        return f"HTTP/1.1 204 No Content\r\nX: {value}\r\n\r\n".encode()

    memo = taught(short("1"), short("2"))
    assert memo.find(short("")) is not None
    assert memo.find(b"HTTP/1.1 204 No Content\r\nX:\r\n") is None


@pytest.mark.parametrize(
    "name",
    ["Connection", "content-length", "Content-Type", "Transfer-Encoding", "Content-Encoding", "Trailer", "Upgrade"],
)
def test_a_header_that_decides_how_an_answer_is_read_never_varies(name: str) -> None:
    memo = taught(response(headers=(f"{name}: 1",)), response(headers=(f"{name}: 2",)))
    assert memo.find(response(headers=(f"{name}: 3",))) is None


def test_a_header_of_the_expectation_never_varies() -> None:
    assert taught(expected_headers=("x-request-id",)).find(stamped("3")) is None


@given(st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b"\0", b":", b" ", b"a", b"Connection: close"]), max_size=6))
def test_a_value_is_recognised_only_if_the_parser_reads_the_same_answer(pieces: list[bytes]) -> None:
    value = b"".join(pieces)
    answer = stamped("@").replace(b"@", value)
    if taught().find(answer) is not None:
        parsed, known = ResponseParser().feed(answer), ResponseParser().feed(stamped("1"))
        assert parsed is not None
        assert known is not None
        assert (parsed.status, parsed.body, parsed.keep_alive) == (known.status, known.body, known.keep_alive)
        assert [name for name, _ in parsed.headers] == [name for name, _ in known.headers]
        assert dict(parsed.headers) | {"x-request-id": "1"} == dict(known.headers)
