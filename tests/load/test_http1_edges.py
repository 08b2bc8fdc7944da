"""The parser byte by byte: where a head, a line and a chunk end, each limit exactly, and what an error quotes."""

from __future__ import annotations

import pytest

from harness.load.http1 import MAX_BODY_BYTES, MAX_HEAD_BYTES, FramingError, Response, ResponseParser
from tests.growth import growth

OK = b"HTTP/1.1 200 OK\r\n"
EMPTY = b"Content-Length: 0\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LONGEST_CHUNK_LINE = 4096


def fed(*pieces: bytes, max_body_bytes: int = MAX_BODY_BYTES) -> tuple[Response | None, bytes]:
    """Feed pieces until a response is whole; return it and what is left."""
    parser = ResponseParser(max_body_bytes=max_body_bytes)
    for piece in pieces:
        if response := parser.feed(piece):
            return response, parser.leftover
    return None, parser.leftover


def error_of(*pieces: bytes) -> str:
    with pytest.raises(FramingError) as caught:
        fed(*pieces)
    return str(caught.value)


class TestEnds:
    @pytest.mark.parametrize("cut", range(1, len(OK + EMPTY) + 2))
    def test_a_head_in_two_pieces_is_whole_with_its_last_byte(self, cut: int) -> None:
        wire = OK + EMPTY + b"\r\n"
        parser = ResponseParser()
        assert parser.feed(wire[:cut]) is None
        assert not parser.is_idle
        assert parser.feed(wire[cut:]) == Response(200, (("content-length", "0"),), b"", keep_alive=True)
        assert parser.is_idle

    @pytest.mark.parametrize("cut", range(len(b"5;x=y\r\nhello\r\n0\r\nX-T: 1\r\n\r\n")))
    def test_chunks_in_two_pieces_are_whole_with_their_last_byte(self, cut: int) -> None:
        body = b"5;x=y\r\nhello\r\n0\r\nX-T: 1\r\n\r\n"
        response, left = fed(CHUNKED, body[:cut], body[cut:] + b"HTTP")
        assert response is not None
        assert (response.body, left) == (b"hello", b"HTTP")

    def test_what_follows_a_head_in_the_same_piece_is_no_part_of_it(self) -> None:
        body = b"x" * (2 * MAX_HEAD_BYTES)
        response, left = fed(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body + body)
        assert response is not None
        assert (response.body, left) == (body, body)

    def test_what_follows_a_chunk_line_or_the_trailers_in_the_same_piece_is_no_part_of_them(self) -> None:
        body = b"x" * (2 * MAX_HEAD_BYTES)
        response, left = fed(CHUNKED + b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n" + body)
        assert response is not None
        assert (response.body, left) == (body, body)

    def test_a_chunk_that_does_not_end_where_it_should_is_noticed_with_the_second_byte(self) -> None:
        assert fed(CHUNKED, b"2\r\nabX") == (None, b"X")
        assert error_of(CHUNKED, b"2\r\nabXY") == "a chunk longer than its size"
        assert error_of(CHUNKED, b"2\r\nab\rY") == "a chunk longer than its size"

    def test_an_empty_line_is_no_chunk_size(self) -> None:
        assert error_of(CHUNKED + b"\r\n") == "not a chunk size: b''"

    @pytest.mark.parametrize("status", [199, 102, 100])
    def test_the_last_interim_status_is_199(self, status: int) -> None:
        response, _ = fed(b"HTTP/1.1 %d Early\r\n\r\n" % status + OK + EMPTY + b"\r\n")
        assert response is not None
        assert response.status == 200

    @pytest.mark.parametrize("status", [200, 203, 205, 303, 305])
    def test_all_other_statuses_have_a_body(self, status: int) -> None:
        response, _ = fed(b"HTTP/1.1 %d Some\r\nContent-Length: 2\r\n\r\nab" % status)
        assert response is not None
        assert (response.status, response.body) == (status, b"ab")


class TestLimits:
    @pytest.mark.parametrize("more", [0, 1])
    def test_interim_heads_count_with_their_empty_lines(self, more: int) -> None:
        interim = b"HTTP/1.1 103 Early Hints\r\n\r\n"
        start = OK + EMPTY + b"X: "
        filling = b"x" * (MAX_HEAD_BYTES - 2 * len(interim) - len(start) + more)
        wire = interim * 2 + start + filling + b"\r\n\r\n"
        if more:
            assert error_of(wire) == "headers of more than 65536 bytes"
        else:
            assert fed(wire)[0] is not None

    @pytest.mark.parametrize("more", [0, 1])
    def test_trailers_count_with_the_head_and_their_line_ends(self, more: int) -> None:
        first = b"X-A: 1"
        filling = MAX_HEAD_BYTES - len(CHUNKED) - len(first + b"\r\n") - len(b"X-B: ") + more
        wire = CHUNKED + b"0\r\n" + first + b"\r\nX-B: " + b"x" * filling
        if more:
            assert error_of(wire) == "headers and trailers of more than 65536 bytes"
        else:
            assert fed(wire)[0] is None

    def test_a_chunk_line_has_at_most_4096_bytes_before_its_end(self) -> None:
        line = b"0;" + b"x" * (LONGEST_CHUNK_LINE - 2)
        assert fed(CHUNKED + line + b"\r\n\r\n")[0] is not None
        assert error_of(CHUNKED + line + b"x\r\n\r\n") == "a chunk line of more than 4096 bytes"

    @pytest.mark.parametrize(
        "wire",
        [
            OK + b"Content-Length: 10\r\n\r\n0123456789",
            CHUNKED + b"6\r\n012345\r\n4\r\n6789\r\n0\r\n\r\n",
        ],
    )
    def test_a_body_may_be_as_large_as_the_limit(self, wire: bytes) -> None:
        response, _ = fed(wire, max_body_bytes=10)
        assert response is not None
        assert response.body == b"0123456789"

    def test_a_body_until_the_end_may_be_as_large_as_the_limit(self) -> None:
        parser = ResponseParser(max_body_bytes=10)
        parser.feed(OK + b"\r\n01234")
        parser.feed(b"56789")
        response = parser.end()
        assert response is not None
        assert response.body == b"0123456789"

    def test_without_another_limit_a_body_has_at_most_16_mib(self) -> None:
        assert fed(OK + b"Content-Length: 16777216\r\n\r\n")[0] is None
        assert error_of(OK + b"Content-Length: 16777217\r\n\r\n") == "a body of more than 16777216 bytes"


class TestErrors:
    def test_another_protocol_is_noticed_with_the_seventh_byte(self) -> None:
        assert fed(b"HTTP/1")[0] is None
        assert error_of(b"HTTP/12") == "not an HTTP/1 response: b'HTTP/12'"

    @pytest.mark.parametrize(
        ("wire", "message"),
        [
            (b"y" * 99, f"not an HTTP/1 response: {b'y' * 24!r}"),
            (b"HTTP/1.1 " + b"9" * 99 + b"\r\n\r\n", f"not a status line: {b'HTTP/1.1 ' + b'9' * 31!r}"),
            (OK + b"y" * 99 + b"\r\n\r\n", f"not a header: {b'y' * 40!r}"),
            (CHUNKED + b"y" * 99 + b"\r\n", f"not a chunk size: {b'y' * 24!r}"),
            (OK + b"Content-Length: " + b"1" * 99 + b"\r\n\r\n", f"not a content length: {'1' * 40!r}"),
            (OK + b"Content-Length: 6, 5\r\n\r\n", "not a content length: '5, 6'"),
            (
                OK + b"Transfer-Encoding: " + b"y" * 99 + b"\r\n\r\n",
                f"transfer coding {'y' * 40!r}, which nobody asked for",
            ),
        ],
    )
    def test_an_error_quotes_the_beginning_of_what_is_wrong(self, wire: bytes, message: str) -> None:
        assert error_of(wire) == message


def test_connection_headers_are_read_as_one_list() -> None:
    head = OK + EMPTY + b"Connection: keep-alive\r\nConnection: close\r\n\r\n"
    response, _ = fed(head)
    assert response is not None
    assert not response.keep_alive


@pytest.mark.parametrize("blank", [b" ", b"\t", b" \t"])
@pytest.mark.parametrize("name", [b"a: ", b"HTTP/1.1 200 ", b""])
def test_the_time_for_a_header_of_blanks_grows_no_faster_than_its_length(blank: bytes, name: bytes) -> None:
    """A regular expression that tries every split of the blanks took 45 s for 64 KiB."""

    def parse(size: int) -> None:
        head = b"HTTP/1.1 200 OK\r\n" if not name.startswith(b"HTTP") else b""
        with pytest.raises(FramingError):
            ResponseParser().feed(head + name + blank * (size // len(blank)) + b"\0\r\n\r\n")

    assert growth(parse, 2_000, 20_000) < 40


@pytest.mark.parametrize(
    "response",
    [
        b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 29 + b"5\r\nhello\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 30 + b"\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 100_000,
        b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 100_000,
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"Content-Length: +5\r\n\r\nhello",
        b"Content-Length: \xb2\r\n\r\nhello",
        b"Content-Length: 5_0\r\n\r\nhello",
        b"Content-Length: \xa05\r\n\r\nhello",
        b"Content-Length: 5\x85\r\n\r\nhello",
        b"Content-Length: 5\x0b, 5\r\n\r\nhello",
        b"Content-Length: 5~\r\n\r\nhello",
        b"a: b\r\n c: folded\r\nContent-Length: 0\r\n\r\n",
        b"a:" + b"b" * 70_000,
        b"a: b\r\n" * 100_000,
    ],
)
def test_lengths_chunks_trailers_and_headers_without_sense_or_end_are_refused(response: bytes) -> None:
    with pytest.raises(FramingError):
        ResponseParser(max_body_bytes=65_536).feed(b"HTTP/1.1 200 OK\r\n" + response)


def test_interim_answers_without_end_are_refused() -> None:
    with pytest.raises(FramingError, match="headers of more than"):
        ResponseParser().feed(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000)
