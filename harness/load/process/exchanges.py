"""Requests of scenarios, and the exchanges that the lane drives.

A `Request` is a declaration. For one target it becomes `Exchange`s, one per set of values in its pool: the exact bytes
to send, and the expectation of the answer to these bytes. Nothing here does I/O or knows Locust.
"""

from __future__ import annotations

import itertools
import math
import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.load.process.bodies import Body, File
from harness.load.process.captures import Capture, Cookies
from harness.load.process.expectations import Expectation
from harness.load.process.memo import Memo
from harness.load.process.values import Kept
from harness.model.placeholders import fill, names_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.load.process.values import Values

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# A pool is the same in every run. The seed of a slice decides which of its values are sent, and when.
_POOL_SEED = 2718281828
_SCRIPT_LENGTH = 2048
_MAX_ENDPOINTS = 256
_OWN_POOL = 16  # sets of values of a user with its own requests: there is one pool per user


@dataclass(frozen=True, slots=True)
class Request:
    """Request of a scenario.

    Attributes:
        path: The path; values in its placeholders are percent-encoded.
        headers: Headers in addition to Host, and with a body to Content-Type and Content-Length.
        body: The body, with filled placeholders.
        json: A JSON value to send instead of `body`.
        form: Fields of a form to send instead of `body`.
        files: Files to send with the form, as multipart/form-data.
        values: The source of values for each placeholder.
        pool: Number of sets of values, which are drawn beforehand.
        weight: Relative frequency among the scenario's requests.
        expect: The expectation of the answer.
        name: Name in Locust's statistics; empty for the path.
        keep: In a sign-in, the values that the user keeps from the answer, by name.

    Raises:
        ValueError: A field is invalid, or a placeholder has no values.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    json: Any = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, File] | None = None
    values: Mapping[str, Values] = field(default_factory=dict)
    pool: int = 256
    weight: int = 1
    expect: Expectation = field(default_factory=Expectation)
    name: str = ""
    keep: Mapping[str, Capture] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.method):
            raise ValueError(f"{self.method!r} is not a method")
        if not self.path.startswith("/") or re.search(r"[\s\x00-\x1f\x7f]", self.path):
            raise ValueError(f"{self.path!r} is not a path: it must start with / and have no white space")
        if self.weight < 1 or self.pool < 1:
            raise ValueError(f"weight {self.weight} and pool {self.pool} must be at least 1")
        self._content.check()
        for name, value in self.headers.items():
            if not _TOKEN.fullmatch(name) or re.search(r"[\r\n\0]", value):
                raise ValueError(f"{name!r}: {value!r} is not a header")
        self._check_names()

    def _check_names(self) -> None:
        used = names_in([self.path, *self._content.templates, *self.headers.values()])
        if missing := (used | self.expect.names()) - self.values.keys():
            raise ValueError(f"no values for {', '.join(sorted(missing))}")
        if unused := self.values.keys() - used - (self.expect.names() & self.kept_names):
            raise ValueError(f"values for {', '.join(sorted(unused))}, which the request does not use")

    @property
    def _content(self) -> Body:
        return Body(self.body, self.json, self.form, self.files)

    @property
    def kept_names(self) -> frozenset[str]:
        """Names of the values that it takes from the user's sign-in."""
        return frozenset(name for name, kind in self.values.items() if isinstance(kind, Kept))

    def path_with(self, values: Mapping[str, str | int]) -> str:
        """Return the path with these values, percent-encoded."""
        return fill(self.path, values, lambda value: quote(value, safe=""))

    def content(self, values: Mapping[str, str | int]) -> tuple[bytes | None, str | None]:
        """Return the body with these values, and its media type; None for what it does not have."""
        return self._content.encoded(values)

    @property
    def label(self) -> str:
        """Name of the request in Locust's statistics."""
        return self.name or self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Exchange:
    """Exchange: one request as bytes for one target, and the expectation of its answer.

    Attributes:
        longest_body_bytes: The longest body that is read.
        memo: The verified answers that are not parsed again.
    """

    __slots__ = ("answers_head", "endpoint", "expectation", "longest_body_bytes", "memo", "payload", "request", "size")

    def __init__(self, request: Request, endpoint: int, payload: bytes, expectation: Expectation) -> None:
        self.request = request
        self.endpoint = endpoint
        self.payload = payload
        self.size = len(payload)
        self.expectation = expectation
        self.answers_head = request.method == "HEAD"
        self.longest_body_bytes = expectation.longest_body_bytes()
        self.memo = Memo(endpoint, expectation.headers)


@dataclass(frozen=True, slots=True)
class Identity:
    """Identity of one user at one target: what its sign-in has given it.

    Attributes:
        seed: Seed of the user's own values.
        values: The values that were drawn for the sign-in, or kept from its answers, by name.
        cookies: The cookies.
    """

    seed: str
    values: dict[str, str | int]
    cookies: Cookies

    @classmethod
    def at(cls, authority: str, seed: str) -> Identity:
        """Return the identity of a user before its sign-in."""
        return cls(seed, {}, Cookies(authority))


def exchanges_for(
    requests: Sequence[Request],
    authority: str,
    *,
    keep_alive: bool = True,
    first_endpoint: int = 0,
    identity: Identity | None = None,
) -> list[list[Exchange]]:
    """Return the exchanges of each request with one target: one per set of values in its pool.

    Endpoints are numbered from `first_endpoint`. With an identity they are one user's own.

    Raises:
        ValueError: There are more endpoints than a tag can hold, or a value that was not kept.
    """
    if first_endpoint + len(requests) > _MAX_ENDPOINTS:
        raise ValueError(f"a scenario of more than {_MAX_ENDPOINTS} requests")
    cookies = identity.cookies if identity else None
    return [
        [
            Exchange(
                request,
                index,
                encoded(request, values, authority, keep_alive=keep_alive, cookies=cookies),
                request.expect.filled(values),
            )
            for values in _pool(request, identity)
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


def sequence(exchanges: Sequence[Sequence[Exchange]], seed: int) -> Iterator[Exchange]:
    """Return an endless sequence of exchanges in the order of the requests, with the values of each pool in turn."""
    turns = min(_SCRIPT_LENGTH, math.lcm(*map(len, exchanges)))
    return itertools.cycle([pool[(seed + turn) % len(pool)] for turn in range(turns) for pool in exchanges])


def values_of(request: Request, source: random.Random, identity: Identity | None) -> dict[str, str | int]:
    """Return a set of values for a request: drawn, or kept by the user.

    Raises:
        ValueError: A value was not kept.
    """
    kept = identity.values if identity else {}
    if missing := request.kept_names - kept.keys():
        raise ValueError(f"{request}: the user has not kept {', '.join(sorted(missing))}")
    return {name: kept[name] if isinstance(kind, Kept) else kind.draw(source) for name, kind in request.values.items()}


def _pool(request: Request, identity: Identity | None) -> Iterator[dict[str, str | int]]:
    source = random.Random(f"{_POOL_SEED if identity is None else identity.seed} {request}")  # noqa: S311 - not a secret
    size = request.pool if request.values.keys() > request.kept_names else 1
    for _ in range(size if identity is None else min(size, _OWN_POOL)):
        yield values_of(request, source, identity)


def encoded(
    request: Request,
    values: Mapping[str, str | int],
    authority: str,
    *,
    keep_alive: bool = True,
    cookies: Cookies | None = None,
) -> bytes:
    """Return the bytes of a request with these values."""
    path, headers = request.path_with(values), {"Host": authority}
    body, media_type = request.content(values)
    if media_type is not None:
        headers["Content-Type"] = media_type
    if body is not None:
        headers["Content-Length"] = str(len(body))
    if cookies is not None and (cookie := cookies.header(path)) is not None:
        headers["Cookie"] = cookie
    if not keep_alive:
        headers["Connection"] = "close"
    given = {name: fill(value, values) for name, value in request.headers.items()}
    own = {name: value for name, value in headers.items() if name.lower() not in {key.lower() for key in given}}
    lines = [f"{request.method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**own, **given}.items())]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")
