"""What a scenario says of its requests, and what the lane makes of it.

A `Request` is a declaration. For one target it becomes `Exchange`s, one for each value of its pool: the exact bytes to
send, and the judge of the answer to exactly these bytes. Nothing here does I/O or knows of Locust.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.load.process.expectations import Expectation
from harness.load.process.values import Values, fill, fill_json, names_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_POOL_SEED = (
    2718281828  # a pool is the same in every run: a slice's seed decides which of its values are sent, and when
)
_SCRIPT_LENGTH = 2048
_MEMO_LIMIT = 32
_MAX_ENDPOINTS = 256


@dataclass(frozen=True, slots=True)
class Request:
    """A request of a scenario.

    Attributes:
        path: Placeholders in it are filled percent-encoded.
        headers: Added to Host, and to Content-Type and Content-Length where there is a body.
        body: Sent as it is, its placeholders filled.
        json: Sent as JSON instead of `body`.
        values: Where the value of each placeholder is drawn from.
        pool: How many sets of values are drawn beforehand.
        weight: How often it is sent, beside the scenario's other requests.
        expect: What the answer must be.
        name: What statistics call it; the path where there is none.

    Raises:
        ValueError: A field is impossible, or a placeholder has no values.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    json: Any = None
    values: Mapping[str, Values] = field(default_factory=dict)
    pool: int = 256
    weight: int = 1
    expect: Expectation = field(default_factory=Expectation)
    name: str = ""

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.method):
            raise ValueError(f"{self.method!r} is no method")
        if not self.path.startswith("/") or re.search(r"[\s\x00-\x1f\x7f]", self.path):
            raise ValueError(f"{self.path!r} is no path: it starts with / and holds no blank")
        if self.weight < 1 or self.pool < 1:
            raise ValueError(f"weight {self.weight} and pool {self.pool} must be at least 1")
        if self.body is not None and self.json is not None:
            raise ValueError("a request has a body or a JSON value, not both")
        for name, value in self.headers.items():
            if not _TOKEN.fullmatch(name) or re.search(r"[\r\n\0]", value):
                raise ValueError(f"{name!r}: {value!r} is no header")
        self._check_names()

    def _check_names(self) -> None:
        used = names_in([self.path, self.body, self.json, *self.headers.values()])
        if missing := (used | self.expect.names()) - self.values.keys():
            raise ValueError(f"no values for {', '.join(sorted(missing))}")
        if unused := self.values.keys() - used:
            raise ValueError(f"values for {', '.join(sorted(unused))}, which the request does not hold")

    @property
    def label(self) -> str:
        """What statistics call it."""
        return self.name or self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Exchange:
    """One request as bytes for one target, and the judge of its answer.

    Attributes:
        memo: Whole answers that were verified, byte for byte, with the tag under which their samples are kept: the
            same bytes again need no second look. Bounded, since an answer that differs each time would fill it.
    """

    __slots__ = ("answers_head", "endpoint", "expectation", "memo", "payload", "request", "size")

    def __init__(self, request: Request, endpoint: int, payload: bytes, expectation: Expectation) -> None:
        self.request = request
        self.endpoint = endpoint
        self.payload = payload
        self.size = len(payload)
        self.expectation = expectation
        self.answers_head = request.method == "HEAD"
        self.memo: dict[bytes, int] = {}

    def remember(self, data: bytes) -> None:
        """Let the same bytes pass for a verified answer from now on."""
        if len(self.memo) >= _MEMO_LIMIT:
            self.memo.clear()
        self.memo[data] = tag(self.endpoint, len(data))


def tag(endpoint: int, size: int) -> int:
    """Pack an endpoint's index and an answer's size in bytes into one integer: `size << 8 | endpoint`."""
    return size << 8 | endpoint


def exchanges_for(
    requests: Sequence[Request], authority: str, *, keep_alive: bool = True, first_endpoint: int = 0
) -> list[list[Exchange]]:
    """Return the exchanges of each request with one target: one for each set of values of its pool.

    Endpoints are numbered from `first_endpoint` on.

    Raises:
        ValueError: There are more of them than a tag can tell apart.
    """
    if first_endpoint + len(requests) > _MAX_ENDPOINTS:
        raise ValueError(f"a scenario of more than {_MAX_ENDPOINTS} requests")
    return [
        [
            Exchange(request, index, _encode(request, values, authority, keep_alive=keep_alive), expectation)
            for values, expectation in _pool(request)
        ]
        for index, request in enumerate(requests, first_endpoint)
    ]


def script(exchanges: Sequence[Sequence[Exchange]], seed: int) -> Iterator[Exchange]:
    """Return an endless seeded sequence of exchanges: requests by their weights, the values of a pool evenly."""
    flat = [exchange for pool in exchanges for exchange in pool]
    if len(flat) == 1:
        return itertools.repeat(flat[0])
    weights = [pool[0].request.weight / len(pool) for pool in exchanges for _ in pool]
    return itertools.cycle(random.Random(seed).choices(flat, weights, k=_SCRIPT_LENGTH))  # noqa: S311 - not a secret


def _pool(request: Request) -> Iterator[tuple[dict[str, str | int], Expectation]]:
    source = random.Random(f"{_POOL_SEED} {request}")  # noqa: S311 - not a secret
    for _ in range(request.pool if request.values else 1):
        values = {name: kind.draw(source) for name, kind in request.values.items()}
        yield values, request.expect.filled(values)


def _encode(request: Request, values: Mapping[str, str | int], authority: str, *, keep_alive: bool) -> bytes:
    path = fill(request.path, values, lambda value: quote(value, safe=""))
    headers = {"Host": authority}
    body = None if request.body is None else fill(request.body, values).encode()
    if request.json is not None:
        body = json.dumps(fill_json(request.json, values), separators=(",", ":")).encode()
        headers["Content-Type"] = "application/json"
    if body is not None:
        headers["Content-Length"] = str(len(body))
    if not keep_alive:
        headers["Connection"] = "close"
    given = {name: fill(value, values) for name, value in request.headers.items()}
    own = {name: value for name, value in headers.items() if name.lower() not in {key.lower() for key in given}}
    lines = [f"{request.method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**own, **given}.items())]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")
