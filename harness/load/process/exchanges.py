"""Requests of scenarios, and the exchanges that the lane drives.

A `Request` is a declaration. For one target it becomes `Exchange`s, one per set of values in its pool: the exact bytes
to send, and the expectation of the answer to these bytes. Nothing here does I/O or knows Locust.
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
from harness.load.process.memo import Memo
from harness.model.placeholders import fill, fill_json, names_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.load.process.values import Values

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# A pool is the same in every run. The seed of a slice decides which of its values are sent, and when.
_POOL_SEED = 2718281828
_SCRIPT_LENGTH = 2048
_MAX_ENDPOINTS = 256


@dataclass(frozen=True, slots=True)
class Request:
    """Request of a scenario.

    Attributes:
        path: The path; values in its placeholders are percent-encoded.
        headers: Headers in addition to Host, and with a body to Content-Type and Content-Length.
        body: The body, with filled placeholders.
        json: A JSON value to send instead of `body`.
        values: The source of values for each placeholder.
        pool: Number of sets of values, which are drawn beforehand.
        weight: Relative frequency among the scenario's requests.
        expect: The expectation of the answer.
        name: Name in Locust's statistics; empty for the path.

    Raises:
        ValueError: A field is invalid, or a placeholder has no values.
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
            raise ValueError(f"{self.method!r} is not a method")
        if not self.path.startswith("/") or re.search(r"[\s\x00-\x1f\x7f]", self.path):
            raise ValueError(f"{self.path!r} is not a path: it must start with / and have no white space")
        if self.weight < 1 or self.pool < 1:
            raise ValueError(f"weight {self.weight} and pool {self.pool} must be at least 1")
        if self.body is not None and self.json is not None:
            raise ValueError("a request can have a body or a JSON value, not both")
        for name, value in self.headers.items():
            if not _TOKEN.fullmatch(name) or re.search(r"[\r\n\0]", value):
                raise ValueError(f"{name!r}: {value!r} is not a header")
        self._check_names()

    def _check_names(self) -> None:
        used = names_in([self.path, self.body, self.json, *self.headers.values()])
        if missing := (used | self.expect.names()) - self.values.keys():
            raise ValueError(f"no values for {', '.join(sorted(missing))}")
        if unused := self.values.keys() - used:
            raise ValueError(f"values for {', '.join(sorted(unused))}, which the request does not use")

    @property
    def label(self) -> str:
        """Name of the request in Locust's statistics."""
        return self.name or self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Exchange:
    """Exchange: one request as bytes for one target, and the expectation of its answer.

    Attributes:
        memo: The verified answers that are not parsed again.
    """

    __slots__ = ("answers_head", "endpoint", "expectation", "memo", "payload", "request", "size")

    def __init__(self, request: Request, endpoint: int, payload: bytes, expectation: Expectation) -> None:
        self.request = request
        self.endpoint = endpoint
        self.payload = payload
        self.size = len(payload)
        self.expectation = expectation
        self.answers_head = request.method == "HEAD"
        self.memo = Memo(endpoint, expectation.headers)


def exchanges_for(
    requests: Sequence[Request], authority: str, *, keep_alive: bool = True, first_endpoint: int = 0
) -> list[list[Exchange]]:
    """Return the exchanges of each request with one target: one per set of values in its pool.

    Endpoints are numbered from `first_endpoint`.

    Raises:
        ValueError: There are more endpoints than a tag can hold.
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
    """Return an endless seeded sequence of exchanges: requests by weight, all values of a pool equally often."""
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
