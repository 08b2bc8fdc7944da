"""Verification of a target before load: a target with a wrong answer has no numbers.

It requests every part of targets/CONTRACT.md that the target claims to answer. The values are random, so that prepared
answers do not pass. Under load, the generator verifies every answer by itself.
"""

from __future__ import annotations

import http.client
import json
import string
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.errors import TargetError

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator

    from harness.model import Subject

_TIMEOUT_S = 30.0  # a busy machine answers slowly; only a target that hangs takes so long
_DATE_MOVES_WITHIN_S = 2.0  # a Date counts whole seconds, and a server may update it only once a second
_DATE_POLL_S = 0.05
_ALPHABET = string.ascii_letters + string.digits + " äß漢"


@dataclass(frozen=True, slots=True)
class Question:
    """A request and its only correct answer.

    Attributes:
        method: The HTTP method.
        path: The path of the request.
        status: The expected status.
        content_type: The expected content type, without parameters.
        text: The exact expected body; None where JSON or only a status is expected.
        document: The expected JSON value, with any spacing; None where text or only a status is expected.
        gives_reason: Whether the answer must be a JSON object with a non-empty `error`.
        send: The body of the request; None without one.
    """

    method: str
    path: str
    status: int
    content_type: str
    text: str | None = None
    document: Any = None
    gives_reason: bool = False
    send: bytes | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question; the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def questions(answers: Iterable[str], rng: random.Random) -> Iterator[Question]:
    """Yield the questions of these parts of the contract, with random values."""
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


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_ALPHABET, k=12)).strip() or "x"


def _post(body: dict[str, Any], status: int, *, document: Any = None, gives_reason: bool = False) -> Question:  # noqa: ANN401
    send = json.dumps(body, ensure_ascii=False).encode()
    return Question("POST", "/json", status, "application/json", None, document, gives_reason, send)


def wrongness(question: Question, answer: Answer) -> str | None:
    """Return what is wrong with an answer, in words; None if it is correct."""
    if answer.status != question.status:
        return f"status {answer.status} instead of {question.status}"
    given = answer.headers.get("content-type", "none").partition(";")[0].strip().lower()
    if given != question.content_type:
        return f"content type {given} instead of {question.content_type}"
    if "date" not in answer.headers:
        return "no Date header"
    return _wrong_body(question, answer.body)


def _wrong_body(question: Question, body: bytes) -> str | None:
    if question.text is not None:
        expected = question.text.encode()
        return None if body == expected else f"body {body[:80]!r} instead of {expected!r}"
    try:
        value = json.loads(body)
    except ValueError:
        return f"body {body[:80]!r} is not JSON"
    if question.gives_reason:
        given = isinstance(value, dict) and value.get("error")
        return None if given else f"body {body[:80]!r} gives no reason under 'error'"
    return None if value == question.document else f"body {body[:80]!r} instead of {question.document!r}"


class Verifier:
    """Verifier of one instance: it checks all answers, and later that the Date moves."""

    def __init__(self, subject: Subject, url: str, answers: Iterable[str], rng: random.Random) -> None:
        self._subject = subject
        self._netloc = url.removeprefix("http://")
        self._questions = tuple(questions(answers, rng))
        self._date: str | None = None
        self._verified_s = 0.0

    def verify(self) -> None:
        """Check the answer to every question once.

        Raises:
            TargetError: An answer is wrong or missing. The error names the question and the fault.
        """
        for question in self._questions:
            answer = self._ask(question)
            wrong = wrongness(question, answer)
            if wrong:
                raise self._error(question, wrong)
            self._date = self._date or answer.headers["date"]
        self._verified_s = time.monotonic()

    def verify_date_moved(self) -> None:
        """Check that the Date has changed since `verify`, waiting up to two seconds. A constant Date is a fixed answer.

        Raises:
            TargetError: The Date has not changed, or the answer is wrong.
        """
        question = self._questions[0]
        while True:
            is_due = time.monotonic() >= self._verified_s + _DATE_MOVES_WITHIN_S
            answer = self._ask(question)
            wrong = wrongness(question, answer)
            if not wrong and answer.headers["date"] != self._date:
                return
            if wrong or is_due:
                raise self._error(question, wrong or f"the Date header still says {self._date}")
            time.sleep(_DATE_POLL_S)

    def _ask(self, question: Question) -> Answer:
        connection = http.client.HTTPConnection(self._netloc, timeout=_TIMEOUT_S)
        try:
            headers = {"Content-Type": "application/json"} if question.send else {}
            connection.request(question.method, question.path, body=question.send, headers=headers)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise self._error(question, f"no answer: {str(error) or type(error).__name__}") from error
        finally:
            connection.close()

    def _error(self, question: Question, wrong: str) -> TargetError:
        return TargetError(
            "a target answers wrongly",
            where=f"{self._subject}, {question}",
            cause=wrong,
            remedy="targets/CONTRACT.md says what it must answer.",
        )
