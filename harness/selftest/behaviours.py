"""How a truth server behaves: for each request what to answer and when, decided by arithmetic alone.

A behaviour sees a request's number, its path and the time it arrived, and nothing else: what it does is known exactly
beforehand. It opens no socket and reads no clock, and this module imports nothing heavy: the server's own start and
jitter would otherwise be part of what is measured.
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
"""The due time of an answer that is never given."""


class Wrong(StrEnum):
    """What can be wrong with an answer."""

    STATUS = "status"
    BODY = "body"
    CONTENT_TYPE = "content_type"
    LENGTH = "length"
    OTHER_VALUE = "other_value"


class Reply(NamedTuple):
    """What becomes of one request.

    Attributes:
        payload: The bytes to answer with.
        due_ns: When to send them, on the clock of the request's arrival; NEVER_NS for never.
        wrong: What is wrong with them, if anything is.
        closes: Whether the connection ends after them.
    """

    payload: bytes
    due_ns: int
    wrong: Wrong | None = None
    closes: bool = False


class Behaviour(Protocol):
    """What a server does with its requests, in the order of their arrival."""

    def begin(self) -> Decide:
        """Return who decides on each request, given its number from 1 on, its path, and its arrival in ns.

        Due times never decrease: answers leave in the order of arrival.
        """
        ...


def right_body(path: str) -> str:
    """Return the right answer: `/hello/<name>` is greeted by name, everything else as the world."""
    name = path.removeprefix("/hello/")
    return "Hello, World!" if name == path else f"Hello, {name}!"


def response(
    body: str, *, status: str = "200 OK", media_type: str = "text/plain; charset=utf-8", length: int | None = None
) -> bytes:
    """Return a whole HTTP/1.1 response.

    Args:
        body: ASCII text.
        status: Code and reason.
        media_type: The content type with its parameters.
        length: The length to declare where it is not the body's own.
    """
    declared = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {declared}\r\n\r\n"
    return (head + body).encode("ascii")


@lru_cache(maxsize=1024)
def right(path: str) -> bytes:
    """Return the right response to a path."""
    return response(right_body(path))


@dataclass(frozen=True, slots=True)
class Delayed:
    """Answers rightly, each request the same time after it arrived."""

    delay_ns: int = 0

    def begin(self) -> Decide:
        """Return who decides on each request."""
        return lambda _number, path, received_ns: Reply(right(path), received_ns + self.delay_ns)


@dataclass(frozen=True, slots=True)
class Faulty:
    """Answers at once; of every `every` requests, one is answered wrongly in each of the given ways.

    Attributes:
        kinds: What is wrong, in turn, evenly spread.
        every: At least as many as there are kinds.
    """

    kinds: tuple[Wrong, ...]
    every: int = 1000

    def __post_init__(self) -> None:
        if not 0 < len(self.kinds) <= self.every:
            raise ValueError(f"{len(self.kinds)} kinds of wrong answers in every {self.every}")

    def begin(self) -> Decide:
        """Return who decides on each request."""
        wrong_at = {place * self.every // len(self.kinds): Wrong(kind) for place, kind in enumerate(self.kinds)}
        last = "/hello/nobody"

        def decide(number: int, path: str, received_ns: int) -> Reply:
            nonlocal last
            wrong, other, last = wrong_at.get(number % self.every), last, path
            if wrong is None or (wrong is Wrong.OTHER_VALUE and right_body(other) == right_body(path)):
                return Reply(right(path), received_ns)
            payload = right(other) if wrong is Wrong.OTHER_VALUE else _spoilt(path, wrong)
            return Reply(payload, received_ns, wrong, closes=wrong is Wrong.LENGTH)

        return decide


def _spoilt(path: str, wrong: Wrong) -> bytes:
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
    """A single server: first come, first served, the same service time for each. The D/1 of M/D/1."""

    service_ns: int

    def begin(self) -> Decide:
        """Return who decides on each request."""
        free_ns = 0

        def decide(_number: int, path: str, received_ns: int) -> Reply:
            nonlocal free_ns
            free_ns = max(free_ns, received_ns) + self.service_ns
            return Reply(right(path), free_ns)

        return decide


@dataclass(frozen=True, slots=True)
class Stalling:
    """Stands still for a while in every period, and otherwise takes the same time for each request.

    What arrives during a stall is served when it ends, all at once: nothing queues but for the stall itself.

    Attributes:
        first_ns: When the first stall begins, after the first request.
    """

    service_ns: int
    stall_ns: int
    period_ns: int
    first_ns: int

    def begin(self) -> Decide:
        """Return who decides on each request."""
        epoch_ns: int | None = None

        def decide(_number: int, path: str, received_ns: int) -> Reply:
            nonlocal epoch_ns
            if epoch_ns is None:
                epoch_ns = received_ns + self.first_ns
            return Reply(right(path), received_ns + self.left_of_stall_ns(received_ns - epoch_ns) + self.service_ns)

        return decide

    def left_of_stall_ns(self, since_ns: int) -> int:
        """Return how long the stall still lasts, so long after the first one began; 0 outside of a stall."""
        return max(0, self.stall_ns - since_ns % self.period_ns) if since_ns >= 0 else 0


@dataclass(frozen=True, slots=True)
class BlackHole:
    """Answers at once, and one request in every `every` never."""

    every: int = 20

    def begin(self) -> Decide:
        """Return who decides on each request."""

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
    """Read what `encode` wrote."""
    behaviour: Behaviour = _KINDS[data["kind"]](**{key: value for key, value in data.items() if key != "kind"})
    return behaviour
