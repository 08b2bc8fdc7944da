"""Questions of targets/CONTRACT.md, or of a target's own contract: requests with their only right answers.

It also says what is wrong with an answer.
"""

from __future__ import annotations

import json
import random
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.load.http1 import body_limit
from harness.model.placeholders import fill

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.load.http1 import Response
    from harness.model import Contract, ContractPart

_ALPHABET = string.ascii_letters + string.digits + " äß漢"
_UNAVAILABLE = 503
_WITHOUT_BODY = frozenset({204, 304})

NO_CONTRACT: Contract = {}


@dataclass(frozen=True, slots=True)
class Question:
    """A request and its only correct answer.

    Attributes:
        method: The HTTP method.
        path: The path of the request.
        status: The expected status.
        content_type: The expected content type, without parameters; None accepts any.
        text: The exact expected body; None where JSON or only a status is expected.
        document: The expected JSON value, with any spacing; None where text or only a status is expected.
        gives_reason: Whether the answer must be a JSON object with a non-empty `error`.
        send: The body of the request; None without one.
        headers: Further headers of the answer, with their exact values.
        needs_date: Whether the answer must have a Date.
    """

    method: str
    path: str
    status: int
    content_type: str | None
    text: str | None = None
    document: Any = None
    gives_reason: bool = False
    send: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    needs_date: bool = True

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def longest_body_bytes(self) -> int:
        """The longest body of an answer, in bytes, that is read; a longer one is wrong."""
        return body_limit(len((self.text or "").encode()) + len(json.dumps(self.document)))

    def request(self, authority: str, *, is_last: bool) -> bytes:
        """Return the bytes of the request; the last one on a connection asks the target to close it."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {authority}"]
        if self.send is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.send)}"]
        if is_last:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode() + (self.send or b"")


def questions(answers: Iterable[str], rng: random.Random, contract: Contract = NO_CONTRACT) -> Iterator[Question]:
    """Yield the questions of a contract of a target's own, then of these parts of targets/CONTRACT.md.

    Their values are random.
    """
    for part in contract.values():
        yield _own(part, {"name": _word(rng), "age": rng.randint(0, 150)})
    parts = set(answers)
    if "plain" in parts:
        yield Question("GET", "/", 200, "text/plain", text="Hello, World!")
    if "json" in parts:
        yield Question("GET", "/json", 200, "application/json", document={"message": "Hello, World!"})
    if "path" in parts:
        name = _word(rng)
        yield Question("GET", f"/hello/{quote(name)}", 200, "text/plain", text=f"Hello, {name}!")
    if "post" in parts:
        name, age = _word(rng), rng.randint(0, 150)
        greeting = {"message": f"Hello, {name}! You are {age}."}
        yield _post({"name": name, "age": age}, 200, document=greeting)
        for wrong in ({"name": name}, {"name": name, "age": 151}, {"name": name, "age": "1"}):
            yield _post(wrong, 422, gives_reason=True)


def oddities(answer: Response) -> tuple[str, ...]:
    """Return how a right answer differs from the contract in its framing, which is measured as it is."""
    found = {
        "it answers with HTTP/1.0": answer.minor == 0,
        "its answers are chunked, without Content-Length": answer.header("transfer-encoding") is not None,
        "its answers have no Content-Length: their end is the end of the connection": answer.header("content-length")
        is None
        and answer.header("transfer-encoding") is None
        and answer.status not in _WITHOUT_BODY,
        "its answers have no Date": answer.header("date") is None,
    }
    return tuple(words for words, is_so in found.items() if is_so)


def first_question(answers: Iterable[str], contract: Contract = NO_CONTRACT) -> Question:
    """Return the first question of a target, the same in every start."""
    return next(questions(answers, random.Random(0), contract))  # noqa: S311 - the same words each time


def _own(part: ContractPart, values: Mapping[str, str | int]) -> Question:
    send = part.filled_send(values)
    return Question(
        part.method,
        fill(part.path, values, lambda value: quote(value, safe="")),
        part.status,
        part.media_type,
        text=part.filled_text(values),
        document=part.filled_document(values),
        send=None if send is None else json.dumps(send, separators=(",", ":")).encode(),
        headers={name: fill(value, values) for name, value in part.headers.items()},
        needs_date=False,  # an app that was not written for the harness may have none
    )


def is_not_ready(answer: Response) -> bool:
    """Return whether an answer says that its target is not ready yet: status 503, Service Unavailable."""
    return answer.status == _UNAVAILABLE


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_ALPHABET, k=12)).strip() or "x"


def _post(body: dict[str, Any], status: int, *, document: Any = None, gives_reason: bool = False) -> Question:  # noqa: ANN401
    send = json.dumps(body, ensure_ascii=False).encode()
    return Question("POST", "/json", status, "application/json", None, document, gives_reason, send)


def wrongness(question: Question, answer: Response) -> str | None:
    """Return what is wrong with an answer, in words; None if it is correct."""
    if (wrong := _wrong_status(question, answer)) is not None:
        return wrong
    given = (answer.header("content-type") or "none").partition(";")[0].strip().lower()
    if question.content_type not in {None, given}:
        return f"content type {given[:80]} instead of {question.content_type}"
    for name, expected in question.headers.items():
        if (value := answer.header(name)) != expected:
            return f"no {name} header" if value is None else f"{name} {value[:80]!r} instead of {expected!r}"
    if question.needs_date and answer.header("date") is None:
        return "no Date header"
    return _unwanted_coding(answer) or _wrong_body(question, answer.body)


def wrong_at_a_start(question: Question, answer: Response) -> str | None:
    """Return what is wrong with status or body of an answer, in words; None if both are correct."""
    return _wrong_status(question, answer) or _unwanted_coding(answer) or _wrong_body(question, answer.body)


def _wrong_status(question: Question, answer: Response) -> str | None:
    if answer.status == question.status:
        return None
    place = answer.header("location")
    to = f" (a redirect to {place[:80]!r})" if place else ""
    return f"status {answer.status}{to} instead of {question.status}"


def _unwanted_coding(answer: Response) -> str | None:
    coding = (answer.header("content-encoding") or "identity").strip().lower()
    return None if coding == "identity" else f"content encoding {coding}, which the request did not ask for"


def _wrong_body(question: Question, body: bytes) -> str | None:
    try:
        return _differs(question, body)
    except Exception as error:  # noqa: BLE001 - whatever a body does to its check, it is not the expected one
        return f"body {body[:80]!r} can't be checked: {type(error).__name__}: {error}"


def _differs(question: Question, body: bytes) -> str | None:
    if question.text is not None:
        expected = question.text.encode()
        if body == expected:
            return None
        return f"body {body[:80]!r} instead of {expected!r}" if body else f"no body instead of {expected!r}"
    if question.document is None and not question.gives_reason:
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return f"body {body[:80]!r} is not JSON"
    if question.gives_reason:
        given = isinstance(value, dict) and value.get("error")
        return None if given else f"body {body[:80]!r} gives no reason under 'error'"
    return None if value == question.document else f"body {body[:80]!r} instead of {question.document!r}"
