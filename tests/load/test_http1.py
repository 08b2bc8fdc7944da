from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.load.http1 import MAX_HEAD_BYTES, FramingError, Response, ResponseParser

OK = b"HTTP/1.1 200 OK\r\n"


def parse(data: bytes, *, answers_head: bool = False, ends: bool = False) -> Response | None:
    parser = ResponseParser()
    response = parser.feed(data, answers_head=answers_head)
    return parser.end() if response is None and ends else response


def feed_often(parser: ResponseParser, piece: bytes, times: int) -> None:
    for _ in range(times):
        parser.feed(piece)


def error_of(data: bytes, *, ends: bool = False) -> str:
    with pytest.raises(FramingError) as caught:
        parse(data, ends=ends)
    return str(caught.value)


class TestFraming:
    def test_the_body_has_the_declared_length(self) -> None:
        response = parse(OK + b"Content-Length: 5\r\nX-A:  b \t\r\n\r\nhello")
        assert response == Response(200, (("content-length", "5"), ("x-a", "b")), b"hello", keep_alive=True)

    def test_chunks_are_joined_and_trailers_are_ignored(self) -> None:
        response = parse(OK + b"Transfer-Encoding: Chunked\r\n\r\n3;a=b\r\nhel\r\n2 \r\nlo\r\n0\r\nX-T: 1\r\n\r\n")
        assert response is not None
        assert (response.body, response.header("x-t")) == (b"hello", None)

    def test_a_body_without_length_lasts_until_the_connection_ends(self) -> None:
        parser = ResponseParser()
        assert parser.feed(OK + b"\r\nhel") is None
        assert parser.feed(b"lo") is None
        assert parser.end() == Response(200, (), b"hello", keep_alive=False)

    @pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
    def test_some_statuses_have_no_body_even_with_a_content_length(self, status: bytes) -> None:
        response = parse(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\n")
        assert response is not None
        assert response.body == b""

    def test_an_answer_to_head_has_no_body(self) -> None:
        response = parse(OK + b"Content-Length: 5\r\n\r\n", answers_head=True)
        assert response is not None
        assert response.body == b""

    def test_interim_responses_are_ignored(self) -> None:
        early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        response = parse(early + OK + b"Content-Length: 0\r\n\r\n")
        assert response == Response(200, (("content-length", "0"),), b"", keep_alive=True)

    def test_bytes_after_a_response_are_kept_for_the_next(self) -> None:
        parser = ResponseParser()
        first = parser.feed(OK + b"Content-Length: 1\r\n\r\na" + OK + b"Content-Length: 1\r\n\r\nbc")
        assert first is not None
        assert parser.leftover == OK + b"Content-Length: 1\r\n\r\nbc"
        second = parser.feed(b"")
        assert second is not None
        assert (first.body, second.body, parser.leftover) == (b"a", b"b", b"c")

    def test_the_end_of_the_connection_between_responses_is_no_error(self) -> None:
        parser = ResponseParser()
        assert parser.end() is None
        assert parser.feed(OK + b"Content-Length: 0\r\n\r\n") is not None
        assert parser.is_idle
        assert parser.end() is None

    @pytest.mark.parametrize(
        ("head", "keep_alive"),
        [
            (b"HTTP/1.1 200 OK\r\n", True),
            (b"HTTP/1.1 200 OK\r\nConnection: Close\r\n", False),
            (b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: x, close\r\n", False),
            (b"HTTP/1.0 200 OK\r\n", False),
            (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", True),
        ],
    )
    def test_keep_alive_depends_on_version_and_connection_header(self, head: bytes, keep_alive: bool) -> None:  # noqa: FBT001 - pytest passes it by name
        response = parse(head + b"Content-Length: 0\r\n\r\n")
        assert response is not None
        assert response.keep_alive is keep_alive

    def test_a_missing_reason_phrase_is_accepted(self) -> None:
        assert parse(b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n") is not None

    def test_a_repeated_equal_length_is_accepted(self) -> None:
        response = parse(OK + b"Content-Length: 2, 2\r\nContent-Length: 2\r\n\r\nab")
        assert response is not None
        assert response.body == b"ab"


class TestMalformedResponses:
    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"SSH-2.0", "not an HTTP/1 response"),
            (b"HTTP/2 200\r\n\r\n", "not an HTTP/1 response"),
            (b"HTTP/1.2 200 OK\r\n\r\n", "not a status line"),
            (b"HTTP/1.1 2000 OK\r\n\r\n", "not a status line"),
            (b"HTTP/1.1 099 OK\r\n\r\n", "not a status line"),
            (b"HTTP/1.1  200 OK\r\n\r\n", "not a status line"),
            (OK + b"No colon\r\n\r\n", "not a header"),
            (OK + b"Name : space\r\n\r\n", "not a header"),
            (OK + b"X: a\r\n folded\r\n\r\n", "a header line that continues the one before it: b' folded'"),
            (OK + b"X: a\r\n\tb\r\n\r\n", "a header line that continues the one before it"),
            (OK + b": nameless\r\n\r\n", "not a header"),
            (OK + b"X: a\0b\r\n\r\n", "not a header"),
            (OK + b"X: a\nY: b\r\n\r\n", "not a header"),
            (b"HTTP/1.1 200 OK\nX: a\n\nhello", "the lines of its headers end with LF"),
            (OK + b"Content-Length: -1\r\n\r\n", "not a content length"),
            (OK + b"Content-Length: 1e3\r\n\r\n", "not a content length"),
            (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "not a content length"),
            (OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "beside a content length"),
            (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "nobody asked for"),
            (OK + b"Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n\r\n", "nobody asked for"),
            (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "in HTTP/1.0"),
            (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "nobody asked for"),
            (OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "not a chunk size"),
            (OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", "not a chunk size"),
            (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", "longer than its size"),
            (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nbad trailer\r\n\r\n", "not a header"),
        ],
    )
    def test_the_error_names_the_defect(self, data: bytes, words: str) -> None:
        assert words in error_of(data)

    @pytest.mark.parametrize(
        "data",
        [
            OK,
            OK + b"Content-Length: 5\r\n\r\nhell",
            OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
        ],
    )
    def test_the_end_of_the_connection_inside_a_response_is_an_error(self, data: bytes) -> None:
        assert "ended inside the response" in error_of(data, ends=True)

    def test_the_error_of_a_body_that_ends_early_has_the_bytes_that_are_missing(self) -> None:
        said = "the connection ended inside the response, 2 bytes before the end of its body"
        assert said in error_of(OK + b"Content-Length: 6\r\n\r\nhell", ends=True)


class TestLimits:
    def test_headers_of_at_most_64_kib_are_accepted(self) -> None:
        room = MAX_HEAD_BYTES - len(OK + b"Content-Length: 0\r\nX: ")
        fits = OK + b"Content-Length: 0\r\nX: " + b"x" * room + b"\r\n\r\n"
        assert parse(fits) is not None
        assert "more than 65536 bytes" in error_of(fits.replace(b"X: ", b"X: x"))

    def test_endless_headers_are_refused_at_the_limit(self) -> None:
        parser = ResponseParser()
        parser.feed(OK)
        with pytest.raises(FramingError, match="headers of more than"):
            feed_often(parser, b"X: " + b"x" * 1000 + b"\r\n", 66)

    def test_endless_interim_responses_are_refused_at_the_limit(self) -> None:
        parser = ResponseParser()
        with pytest.raises(FramingError, match="headers of more than"):
            feed_often(parser, b"HTTP/1.1 102 Processing\r\n\r\n", 3000)

    def test_endless_trailers_are_refused_at_the_limit(self) -> None:
        parser = ResponseParser()
        parser.feed(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n")
        with pytest.raises(FramingError, match="headers and trailers of more than"):
            feed_often(parser, b"X: " + b"x" * 1000 + b"\r\n", 66)

    def test_an_endless_chunk_line_is_refused_at_the_limit(self) -> None:
        assert "a chunk line of more than" in error_of(OK + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 5000)

    @pytest.mark.parametrize(
        "data",
        [
            OK + b"Content-Length: 11\r\n\r\n",
            OK + b"\r\n" + b"x" * 11,
            OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n",
        ],
    )
    def test_a_body_above_the_limit_is_refused_before_it_is_read(self, data: bytes) -> None:
        with pytest.raises(FramingError, match="a body of more than 10 bytes"):
            ResponseParser(max_body_bytes=10).feed(data)

    def test_the_limit_of_a_body_may_change_from_answer_to_answer(self) -> None:
        parser = ResponseParser(max_body_bytes=10)
        data = OK + b"Content-Length: 11\r\n\r\n" + b"x" * 11
        assert parser.feed(data, max_body_bytes=11) is not None
        with pytest.raises(FramingError, match="a body of more than 5 bytes"):
            parser.feed(data, max_body_bytes=5)

    @pytest.mark.parametrize("length", [b"9" * 23, b"10000000000000", b"9" * 5000])
    def test_no_declared_length_is_too_large_to_be_refused(self, length: bytes) -> None:
        with pytest.raises(FramingError):
            ResponseParser().feed(OK + b"Content-Length: " + length + b"\r\n\r\nHello")


@dataclass(frozen=True)
class Sample:
    """Well-formed response, and its bytes."""

    wire: bytes
    status: int
    body: bytes
    until_close: bool


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True).map(lambda name: f"X-{name}")
TEXTS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    status, body = draw(st.integers(200, 599).filter(lambda s: s not in {204, 304})), draw(st.binary(max_size=300))
    headers = [f"{name}: {value}".encode() for name, value in draw(st.lists(st.tuples(NAMES, TEXTS), max_size=4))]
    framing = draw(st.sampled_from(["length", "chunked", "close"]))
    payload = body
    if framing == "length":
        headers.append(f"Content-Length: {len(body)}".encode())
    if framing == "chunked":
        headers.append(b"Transfer-Encoding: chunked")
        cuts = sorted({0, len(body), *draw(st.lists(st.integers(0, len(body)), max_size=4))})
        chunks = [body[left:right] for left, right in pairwise(cuts)]
        payload = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    interim = b"HTTP/1.1 103 Early Hints\r\n\r\n" * draw(st.integers(0, 2))
    head = b"\r\n".join([f"HTTP/1.1 {status} Any Reason".encode(), *draw(st.permutations(headers)), b"", b""])
    return Sample(interim + head + payload, status, body, framing == "close")


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[left:right] for left, right in pairwise(edges)]


def in_pieces(pieces: list[bytes], *, ends: bool) -> Response | None:
    parser = ResponseParser()
    for number, piece in enumerate(pieces):
        response = parser.feed(piece)
        if response is not None:
            assert number == len(pieces) - 1, "complete before its last byte"
            return response
    return parser.end() if ends else None


@given(samples(), st.lists(st.integers(0, 1 << 16), max_size=12))
def test_a_response_is_the_same_for_any_split_into_pieces(sample: Sample, cuts: list[int]) -> None:
    response = in_pieces(split(sample.wire, cuts), ends=sample.until_close)
    assert response is not None
    assert (response.status, response.body) == (sample.status, sample.body)
    assert response == in_pieces([sample.wire], ends=sample.until_close)


@given(samples())
def test_a_response_is_the_same_byte_by_byte(sample: Sample) -> None:
    pieces = [bytes([byte]) for byte in sample.wire]
    assert in_pieces(pieces, ends=sample.until_close) == in_pieces([sample.wire], ends=sample.until_close)


def by_h11(data: bytes) -> tuple[int, bytes]:
    """Parse one response and the end of the connection with the reference parser."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    connection.receive_data(b"")
    status, body = 0, b""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Response):
            status = event.status_code
        if isinstance(event, h11.Data):
            body += bytes(event.data)
        if isinstance(event, h11.EndOfMessage):
            return status, body


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(samples()).wire)
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["drop", "insert", "replace", "repeat"]))
        some = draw(
            st.sampled_from([b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b"0", b"f", b"\xff", b"HTTP/1.1 200\r\n"])
        )
        if kind == "drop":
            del data[place : place + draw(st.integers(1, 8))]
        elif kind == "insert":
            data[place:place] = some
        elif kind == "replace":
            data[place : place + len(some)] = some
        else:
            data[place:place] = data[place : place + draw(st.integers(1, 40))]
    return bytes(data)


@given(damaged(), st.lists(st.integers(0, 1 << 16), max_size=6))
def test_an_accepted_response_is_parsed_equally_by_the_reference_parser(data: bytes, cuts: list[int]) -> None:
    parser, response = ResponseParser(), None
    try:
        for piece in split(data, cuts):
            response = response or parser.feed(piece)
            if response:
                break
        response = response or parser.end()
    except FramingError:
        return
    if response is not None:
        assert by_h11(data) == (response.status, response.body)


@given(st.binary(max_size=400), st.lists(st.integers(0, 1 << 16), max_size=6))
def test_no_input_raises_anything_except_a_framing_error(data: bytes, cuts: list[int]) -> None:
    parser = ResponseParser()
    try:
        for piece in split(b"HTTP/1.1 200 OK\r\n" + data, cuts):
            parser.feed(piece)
        parser.end()
    except FramingError:
        pass
