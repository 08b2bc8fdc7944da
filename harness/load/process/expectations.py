"""Expectations: what an answer must be to count as verified, and what is wrong with an answer that does not fit.

Every answer under load is compared with its expectation. An answer that does not fit never counts in a throughput. All
functions are pure: from a response and an expectation to a complaint, or None.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from harness.load.http1 import MAX_BODY_BYTES, body_limit
from harness.model import ErrorKind
from harness.model.placeholders import fill, fill_json, names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.load.http1 import Response

_SHOWN_BYTES = 80


@dataclass(frozen=True, slots=True)
class Complaint:
    """Complaint: why an answer is not verified."""

    kind: ErrorKind
    message: str


class BodyCheck(Protocol):
    """Check of an answer's body."""

    def names(self) -> frozenset[str]:
        """Return the names of its placeholders."""
        ...

    def filled(self, values: Mapping[str, str | int]) -> BodyCheck:
        """Return the check with one request's values in its placeholders."""
        ...

    def complaint(self, body: bytes) -> str | None:
        """Return what is wrong with a body, or None."""
        ...

    def longest_bytes(self) -> int:
        """Return the longest body, in bytes, that is worth reading: a longer one is wrong."""
        ...


@dataclass(frozen=True, slots=True)
class ExactText:
    """Check that the body is this text in UTF-8, byte for byte."""

    expected: str

    def names(self) -> frozenset[str]:
        """Return the names of its placeholders."""
        return names_in(self.expected)

    def filled(self, values: Mapping[str, str | int]) -> ExactText:
        """Return the check with one request's values in its placeholders."""
        return ExactText(fill(self.expected, values))

    def complaint(self, body: bytes) -> str | None:
        """Return what is wrong with a body, or None."""
        return None if body == self.expected.encode() else f"expected {self.expected!r}, got {_shown(body)}"

    def longest_bytes(self) -> int:
        """Return the longest body, in bytes, that is worth reading."""
        return body_limit(len(self.expected.encode()))


@dataclass(frozen=True, slots=True)
class EqualJson:
    """Check that the body is JSON with this value; white space and order of keys do not matter."""

    expected: Any

    def names(self) -> frozenset[str]:
        """Return the names of its placeholders."""
        return names_in(self.expected)

    def filled(self, values: Mapping[str, str | int]) -> EqualJson:
        """Return the check with one request's values in its placeholders."""
        return EqualJson(fill_json(self.expected, values))

    def complaint(self, body: bytes) -> str | None:
        """Return what is wrong with a body, or None."""
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return f"not JSON: {_shown(body)}"
        return None if _identical(value, self.expected) else f"expected {json.dumps(self.expected)}, got {_shown(body)}"

    def longest_bytes(self) -> int:
        """Return the longest body, in bytes, that is worth reading."""
        return body_limit(len(json.dumps(self.expected)))


@dataclass(frozen=True, slots=True)
class Satisfying:
    """Check that the body satisfies a predicate, which may depend only on the body, because its result is cached."""

    predicate: Callable[[bytes], bool]

    def names(self) -> frozenset[str]:
        """Return the names of its placeholders: none."""
        return frozenset()

    def filled(self, values: Mapping[str, str | int]) -> Satisfying:  # noqa: ARG002 - the check's interface
        """Return the check itself: it has no placeholders."""
        return self

    def complaint(self, body: bytes) -> str | None:
        """Return what is wrong with a body, or None."""
        return None if self.predicate(body) else f"the predicate refuses {_shown(body)}"

    def longest_bytes(self) -> int:
        """Return the longest body, in bytes, that is worth reading: nothing is known of it."""
        return MAX_BODY_BYTES


@dataclass(frozen=True, slots=True)
class Expectation:
    """Expectation of an answer.

    Attributes:
        media_type: The content type without its parameters; None accepts any.
        headers: Further headers that must have exactly these values.
        body: The check of the body; None accepts any.
    """

    status: int = 200
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: BodyCheck | None = None

    def names(self) -> frozenset[str]:
        """Return the names of all placeholders."""
        return names_in([*self.headers.values()]) | (self.body.names() if self.body else frozenset())

    def filled(self, values: Mapping[str, str | int]) -> Expectation:
        """Return the expectation with one request's values in its placeholders."""
        headers = {name.lower(): fill(value, values) for name, value in self.headers.items()}
        return Expectation(self.status, self.media_type, headers, self.body.filled(values) if self.body else None)

    def complaint(self, response: Response) -> Complaint | None:
        """Return the first difference of a response from the expectation, or None."""
        if response.status != self.status:
            return Complaint(ErrorKind.STATUS, f"status {response.status}, expected {self.status}")
        if self.media_type is not None:
            given = response.header("content-type")
            if given is None or given.partition(";")[0].strip().lower() != self.media_type:
                return Complaint(ErrorKind.HEADER, f"content type {_cut(given)}, expected {self.media_type!r}")
        for name, expected in self.headers.items():
            if (value := response.header(name)) != expected:
                return Complaint(ErrorKind.HEADER, f"{name}: {_cut(value)}, expected {expected!r}")
        wrong = _wrong_body(self.body, response.body) if self.body else None
        return Complaint(ErrorKind.BODY, wrong) if wrong else None

    def longest_body_bytes(self) -> int:
        """Return the longest body, in bytes, that is read; a longer one is an error of framing."""
        return self.body.longest_bytes() if self.body else MAX_BODY_BYTES


def text(expected: str, *, status: int = 200, media_type: str | None = "text/plain") -> Expectation:
    """Expect exactly this text; its placeholders get the values of the request."""
    return Expectation(status, media_type, body=ExactText(expected))


def equal_json(expected: Any, *, status: int = 200, media_type: str | None = "application/json") -> Expectation:  # noqa: ANN401 - any JSON value
    """Expect JSON with this value; its placeholders get the values of the request."""
    return Expectation(status, media_type, body=EqualJson(expected))


def redirect(location: str, *, status: int = 302) -> Expectation:
    """Expect a redirect to exactly this Location, which is not followed; placeholders get the request's values."""
    return Expectation(status, headers={"location": location})


def satisfying(predicate: Callable[[bytes], bool], *, status: int = 200, media_type: str | None = None) -> Expectation:
    """Expect a body that satisfies a predicate, which may depend only on the body."""
    return Expectation(status, media_type, body=Satisfying(predicate))


def _wrong_body(check: BodyCheck, body: bytes) -> str | None:
    try:
        return check.complaint(body)
    except Exception as error:  # noqa: BLE001 - a check may raise anything on a body that it does not expect
        return f"the check fails with {_cut(f'{type(error).__name__}: {error}')} on {_shown(body)}"


def _identical(left: Any, right: Any) -> bool:  # noqa: ANN401 - any JSON values
    # Python's 1 and True are equal, JSON's are not
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_identical(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_identical, left, right))
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _cut(value: str | None) -> str:
    return repr(value if value is None else value[:_SHOWN_BYTES])


def _shown(body: bytes) -> str:
    return repr(body[:80]) + (f"... of {len(body)} bytes" if len(body) > _SHOWN_BYTES else "")
