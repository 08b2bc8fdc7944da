"""Behaviours of the truth server: they compute, for each request, the answer and its due time.

A behaviour sees only a request's number, its path and its arrival time. So its answers are known exactly in advance. It
opens no socket and reads no clock. This module imports nothing heavy: a slow start or jitter of the server would become
part of the measurement.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Decide = Callable[[int, str, int], "Reply"]

NEVER_NS = 0
"""The due time of an answer that is never sent."""


class Wrong(StrEnum):
    """The kinds of wrong answers."""

    STATUS = "status"
    BODY = "body"
    CONTENT_TYPE = "content_type"
    LENGTH = "length"
    OTHER_VALUE = "other_value"


class Reply(NamedTuple):
    """The answer to one request.

    Attributes:
        payload: The bytes of the response.
        due_ns: When to send them, on the clock of the request's arrival; NEVER_NS for never.
        wrong: The kind of wrong answer; None for a correct one.
        closes: Whether the server closes the connection after the answer.
    """

    payload: bytes
    due_ns: int
    wrong: Wrong | None = None
    closes: bool = False


class Behaviour(Protocol):
    """A rule that answers requests in the order of their arrival."""

    def begin(self) -> Decide:
        """Return a function that answers each request, from its number (first: 1), its path and its arrival in ns.

        Due times never decrease: the server sends answers in the order of arrival.
        """
        ...


def right_body(path: str) -> str:
    """Return the correct body: a greeting of the name in `/hello/<name>`, a greeting of the world for other paths."""
    name = path.removeprefix("/hello/")
    return "Hello, World!" if name == path else f"Hello, {name}!"


def response(
    body: str, *, status: str = "200 OK", media_type: str = "text/plain; charset=utf-8", length: int | None = None
) -> bytes:
    """Return a complete HTTP/1.1 response.

    Args:
        body: ASCII text.
        status: Code and reason.
        media_type: The content type with its parameters.
        length: The declared content length, in bytes; None for the true length of the body.
    """
    declared = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {declared}\r\n\r\n"
    return (head + body).encode("ascii")


@lru_cache(maxsize=1024)
def right(path: str) -> bytes:
    """Return the correct response to a path."""
    return response(right_body(path))


@dataclass(frozen=True, slots=True)
class Delayed:
    """Correct answers, each due the same time after its request arrived."""

    delay_ns: int = 0

    def begin(self) -> Decide:
        """Return a function that answers each request."""
        return lambda _number, path, received_ns: Reply(right(path), received_ns + self.delay_ns)


@dataclass(frozen=True, slots=True)
class Faulty:
    """Immediate answers; of every `every` answers, one is wrong in each of the given kinds.

    Attributes:
        kinds: The kinds of wrong answers, in turn, evenly spread.
        every: The number of requests in one cycle; at least the number of kinds.
    """

    kinds: tuple[Wrong, ...]
    every: int = 1000

    def __post_init__(self) -> None:
        if not 0 < len(self.kinds) <= self.every:
            raise ValueError(f"{len(self.kinds)} kinds of wrong answers in every {self.every}")

    def begin(self) -> Decide:
        """Return a function that answers each request."""
        wrong_at = {place * self.every // len(self.kinds): Wrong(kind) for place, kind in enumerate(self.kinds)}
        last = "/hello/nobody"

        def decide(number: int, path: str, received_ns: int) -> Reply:
            nonlocal last
            wrong, other, last = wrong_at.get(number % self.every), last, path
            if wrong is None or (wrong is Wrong.OTHER_VALUE and right_body(other) == right_body(path)):
                return Reply(right(path), received_ns)
            payload = right(other) if wrong is Wrong.OTHER_VALUE else _wrong_response(path, wrong)
            return Reply(payload, received_ns, wrong, closes=wrong is Wrong.LENGTH)

        return decide


def _wrong_response(path: str, wrong: Wrong) -> bytes:
    body = right_body(path)
    if wrong is Wrong.STATUS:
        return response(body, status="500 Internal Server Error")
    if wrong is Wrong.CONTENT_TYPE:
        return response(body, media_type="text/html; charset=utf-8")
    if wrong is Wrong.LENGTH:
        return response(body, length=len(body) + 1)
    return response(body[:-1] + "?")


@dataclass(frozen=True, slots=True)
class Queue:
    """A single server, first come, first served, with a constant service time: the D/1 of M/D/1."""

    service_ns: int

    def begin(self) -> Decide:
        """Return a function that answers each request."""
        free_ns = 0

        def decide(_number: int, path: str, received_ns: int) -> Reply:
            nonlocal free_ns
            free_ns = max(free_ns, received_ns) + self.service_ns
            return Reply(right(path), free_ns)

        return decide


@dataclass(frozen=True, slots=True)
class Stalling:
    """A server that stalls once per period and otherwise takes the same time for each request.

    When a stall ends, all requests that arrived in it are served at once. Nothing else queues.

    Attributes:
        service_ns: The time that each request takes.
        stall_ns: The length of a stall.
        period_ns: The time from the start of one stall to the start of the next.
        first_ns: The time from the first request to the start of the first stall.
    """

    service_ns: int
    stall_ns: int
    period_ns: int
    first_ns: int

    def begin(self) -> Decide:
        """Return a function that answers each request."""
        epoch_ns: int | None = None

        def decide(_number: int, path: str, received_ns: int) -> Reply:
            nonlocal epoch_ns
            if epoch_ns is None:
                epoch_ns = received_ns + self.first_ns
            return Reply(right(path), received_ns + self.rest_of_stall_ns(received_ns - epoch_ns) + self.service_ns)

        return decide

    def rest_of_stall_ns(self, since_ns: int) -> int:
        """Return the rest of the current stall; 0 outside a stall. `since_ns` counts from the start of the first."""
        return max(0, self.stall_ns - since_ns % self.period_ns) if since_ns >= 0 else 0


@dataclass(frozen=True, slots=True)
class BlackHole:
    """Immediate answers, but never an answer to one request in every `every`."""

    every: int = 20

    def begin(self) -> Decide:
        """Return a function that answers each request."""

        def decide(number: int, path: str, received_ns: int) -> Reply:
            return Reply(right(path), received_ns if number % self.every else NEVER_NS)

        return decide


_KINDS: Mapping[str, type[Any]] = {
    kind.__name__.lower(): kind for kind in (Delayed, Faulty, Queue, Stalling, BlackHole)
}


def encode(behaviour: Behaviour) -> dict[str, Any]:
    """Return a behaviour as a JSON object."""
    return {"kind": type(behaviour).__name__.lower(), **asdict(behaviour)}  # type: ignore[call-overload]


def decode(data: Mapping[str, Any]) -> Behaviour:
    """Return the behaviour that `encode` wrote as a JSON object."""
    behaviour: Behaviour = _KINDS[data["kind"]](**{key: value for key, value in data.items() if key != "kind"})
    return behaviour
