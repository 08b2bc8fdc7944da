"""Incremental parser of HTTP/1 responses: bytes in, whole responses out, and an exact error for a malformed response.

It follows RFC 9112. Where the RFC lets a recipient guess, it raises an error: a benchmark must not verify a malformed
answer. It does no I/O. Of a request it only needs to know whether it was a HEAD.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    _Step = Callable[["ResponseParser"], bool]

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 16 * 1024 * 1024
"""Longest body where nothing is known of the right one."""

_LEAST_BODY_LIMIT_BYTES = 64 * 1024  # of a short right body: the message about a wrong one shows what was answered
_MAX_CHUNK_LINE_BYTES = 4096

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n\0]*+)?")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*+([^\r\n\0]*+)")
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n\0]*)?")
_LENGTH = re.compile(r"[0-9]{1,15}")

_SWITCHING_PROTOCOLS = 101
_FIRST_FINAL_STATUS = 200
_STATUSES_WITHOUT_BODY = frozenset({204, 304})


def body_limit(expected_bytes: int) -> int:
    """Return the longest body, in bytes, that is read where a right one is about `expected_bytes` long.

    JSON may be written with spaces and escapes, so a right body may be several times as long.
    """
    return max(_LEAST_BODY_LIMIT_BYTES, 8 * expected_bytes)


class FramingError(ValueError):
    """The answer is not a well-formed HTTP/1 response; the message says why."""


@dataclass(frozen=True, slots=True)
class Response:
    """Response: a whole final response.

    Attributes:
        headers: Names in lower case and values, in the order of arrival, without trailers.
        keep_alive: Whether the connection can be used for another request.
        minor: The minor version of HTTP/1.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    keep_alive: bool
    minor: int = 1

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None; `name` is in lower case."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class _Head:
    version: int
    status: int
    headers: tuple[tuple[str, str], ...]

    def tokens(self, name: str) -> list[str]:
        joined = ",".join(value for key, value in self.headers if key == name)
        return [token for token in (part.strip().lower() for part in joined.split(",")) if token]

    @property
    def keeps_alive(self) -> bool:
        tokens = self.tokens("connection")
        return "close" not in tokens and (self.version == 1 or "keep-alive" in tokens)


class ResponseParser:
    """Parser of the responses of one connection, one after the other.

    Feed it received bytes, in any pieces. It can't be used after a `FramingError`.
    """

    def __init__(self, *, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self._max_body_bytes = max_body_bytes
        self._buffer = bytearray()
        self._begin()

    def _begin(self) -> None:
        # not a bound method: that would be a reference cycle, and the lane runs without a garbage collector
        self._step: _Step = ResponseParser._read_head
        self._head: _Head | None = None
        self._body = bytearray()
        self._missing = 0  # bytes of the body, or of the chunk, still to come
        self._head_bytes = 0
        self._searched = 0
        self._answers_head = False

    @property
    def is_idle(self) -> bool:
        """Whether no byte of a response has arrived."""
        return self._head is None and not self._buffer and not self._head_bytes

    @property
    def leftover(self) -> bytes:
        """Bytes that arrived after the last whole response."""
        return bytes(self._buffer)

    def feed(self, data: bytes, *, answers_head: bool = False, max_body_bytes: int | None = None) -> Response | None:
        """Parse received bytes; return the response that they complete, or None.

        Bytes after that response are kept; feed b"" to parse them.

        Args:
            data: The bytes.
            answers_head: Whether the request was a HEAD.
            max_body_bytes: The longest body from now on, if it differs from that of the answer before.

        Raises:
            FramingError: The response is not well-formed, or larger than the limits.
        """
        self._answers_head = answers_head
        if max_body_bytes is not None:
            self._max_body_bytes = max_body_bytes
        self._buffer += data
        while self._step(self):
            pass
        return self._complete(reusable=True) if self._step is ResponseParser._end_of_response else None

    def end(self) -> Response | None:
        """Handle the end of the connection; return the response that it completes, or None if none had begun.

        Raises:
            FramingError: The connection ended inside a response.
        """
        if self.is_idle:
            return None
        if self._step is not ResponseParser._read_until_close:
            missing = f", {self._missing:,} bytes before the end of its body" if self._missing else ""
            raise FramingError(f"the connection ended inside the response{missing}")
        return self._complete(reusable=False)

    def _complete(self, *, reusable: bool) -> Response:
        head = self._head
        assert head is not None  # noqa: S101 - the steps set it before they can complete
        response = Response(head.status, head.headers, bytes(self._body), reusable and head.keeps_alive, head.version)
        self._begin()
        return response

    def _end_of_response(self) -> bool:
        return False

    def _read_head(self) -> bool:
        if not b"HTTP/1.".startswith(self._buffer[:7]):
            raise FramingError(f"not an HTTP/1 response: {bytes(self._buffer[:24])!r}")
        end = self._buffer.find(b"\r\n\r\n", self._searched)
        if self._head_bytes + (end if end >= 0 else len(self._buffer)) > MAX_HEAD_BYTES:
            raise FramingError(f"headers of more than {MAX_HEAD_BYTES} bytes")
        if end < 0:
            if self._buffer.find(b"\n\n", self._searched) >= 0:
                raise FramingError("the lines of its headers end with LF, and not with CR and LF")
            self._searched = max(0, len(self._buffer) - 3)
            return False
        block = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        self._head_bytes += end + 4
        self._searched = 0
        head = _parse_head(block)
        if head.status == _SWITCHING_PROTOCOLS:
            raise FramingError("101 Switching Protocols, which nobody asked for")
        if head.status < _FIRST_FINAL_STATUS:
            return True  # an interim response; the final one follows
        self._head = head
        self._step = self._framing_of(head)
        return True

    def _framing_of(self, head: _Head) -> _Step:
        length, chunked = _declared_length(head), _is_chunked(head)
        if self._answers_head or head.status in _STATUSES_WITHOUT_BODY:
            return ResponseParser._end_of_response
        if chunked:
            return ResponseParser._read_chunk_line
        if length is None:
            return ResponseParser._read_until_close
        self._check_size(length)
        self._missing = length
        return ResponseParser._read_length

    def _check_size(self, more: int) -> None:
        if len(self._body) + more > self._max_body_bytes:
            raise FramingError(f"a body of more than {self._max_body_bytes} bytes")

    def _move_to_body(self) -> bool:
        piece = self._buffer[: self._missing]
        del self._buffer[: self._missing]
        self._body += piece
        self._missing -= len(piece)
        return self._missing == 0

    def _read_length(self) -> bool:
        if not self._move_to_body():
            return False
        self._step = ResponseParser._end_of_response
        return True

    def _read_until_close(self) -> bool:
        self._check_size(len(self._buffer))
        self._body += self._buffer
        self._buffer.clear()
        return False

    def _line(self, limit: int, part: str, *, before: int = 0) -> bytes | None:
        """Return the next line, or None; the limit is of the line and the bytes of the same part before it."""
        end = self._buffer.find(b"\r\n", self._searched)
        if before + (end if end >= 0 else len(self._buffer)) > limit:
            raise FramingError(f"{part} of more than {limit} bytes")
        if end < 0:
            self._searched = max(0, len(self._buffer) - 1)
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        self._searched = 0
        return line

    def _read_chunk_line(self) -> bool:
        line = self._line(_MAX_CHUNK_LINE_BYTES, "a chunk line")
        if line is None:
            return False
        match = _CHUNK_LINE.fullmatch(line)
        if match is None:
            raise FramingError(f"not a chunk size: {line[:24]!r}")
        self._missing = int(match[1], 16)
        self._check_size(self._missing)
        self._step = ResponseParser._read_chunk if self._missing else ResponseParser._read_trailer
        return True

    def _read_chunk(self) -> bool:
        if self._missing and not self._move_to_body():
            return False
        if len(self._buffer) < 2:  # noqa: PLR2004 - CR and LF
            return False
        if self._buffer[:2] != b"\r\n":
            raise FramingError("a chunk longer than its size")
        del self._buffer[:2]
        self._step = ResponseParser._read_chunk_line
        return True

    def _read_trailer(self) -> bool:
        line = self._line(MAX_HEAD_BYTES, "headers and trailers", before=self._head_bytes)
        if line is None:
            return False
        self._head_bytes += len(line) + 2
        if line:
            _parse_field(line)
        else:
            self._step = ResponseParser._end_of_response
        return True


def _parse_head(block: bytes) -> _Head:
    first, *lines = block.split(b"\r\n")
    match = _STATUS_LINE.fullmatch(first)
    if match is None:
        raise FramingError(f"not a status line: {first[:40]!r}")
    return _Head(int(match[1]), int(match[2]), tuple(_parse_field(line) for line in lines))


def _parse_field(line: bytes) -> tuple[str, str]:
    match = _FIELD.fullmatch(line)
    if match is None:
        what = "a header line that continues the one before it" if line[:1] in (b" ", b"\t") else "not a header"
        raise FramingError(f"{what}: {line[:40]!r}")
    return match[1].decode("ascii").lower(), match[2].decode("latin-1").rstrip(" \t")


def _declared_length(head: _Head) -> int | None:
    values = {part.strip(" \t") for key, value in head.headers if key == "content-length" for part in value.split(",")}
    if not values:
        return None
    value = values.pop()
    if values or not _LENGTH.fullmatch(value):
        raise FramingError(f"not a content length: {', '.join(sorted({value, *values}))[:40]!r}")
    return int(value)


def _is_chunked(head: _Head) -> bool:
    codings = [value.lower() for key, value in head.headers if key == "transfer-encoding"]
    if not codings:
        return False
    if codings != ["chunked"]:  # recipients do not agree on an empty coding, or the same one twice
        raise FramingError(f"transfer coding {', '.join(codings)[:40]!r}, which nobody asked for")
    if head.version == 0 or any(key == "content-length" for key, _ in head.headers):
        raise FramingError("a transfer coding beside a content length, or in HTTP/1.0")
    return True
