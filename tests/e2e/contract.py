"""Check a running server against the contract: every case of targets/contract_cases.json, and the rules of all answers.

It needs only a URL and the parts of the contract that the server answers.
"""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

CASES = Path(__file__).parents[2] / "targets" / "contract_cases.json"
_TIMEOUT_S = 60.0  # ends a test that hangs; no test that passes waits for it


@dataclass(frozen=True, slots=True)
class Case:
    """A request and its only correct answer.

    Attributes:
        part: The part of the contract: plain, json, path or post.
        endpoint: The endpoint, as in targets/CONTRACT.md.
        case: What the case shows, in a sentence.
        target: The path and query of the request.
        status: The expected status.
        body: The body of the request; None without one.
        text: The expected body as text/plain; None where JSON or any body is expected.
        json: The expected value as application/json, with any spacing.
    """

    part: str
    endpoint: str
    case: str
    target: str
    status: int
    body: str | None = None
    text: str | None = None
    json: Any = None

    @property
    def method(self) -> str:
        """The method of its endpoint."""
        return self.endpoint.partition(" ")[0]

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.case}"


def read_cases(parts: Iterable[str] | None = None) -> tuple[Case, ...]:
    """Return the cases of these parts; without parts, all cases."""
    cases = (Case(**row) for row in json.loads(CASES.read_text(encoding="utf-8")))
    wanted = None if parts is None else set(parts)
    return tuple(case for case in cases if wanted is None or case.part in wanted)


def wrong_answers(netloc: str, parts: Iterable[str]) -> list[str]:
    """Send every case of these parts to a server; return a sentence for each wrong answer."""
    found = []
    for case in read_cases(parts):
        connection = http.client.HTTPConnection(netloc, timeout=_TIMEOUT_S)
        wrong = _ask(connection, case)
        connection.close()
        if wrong:
            found.append(f"{case}: {wrong}")
    return found


def keeps_connections(netloc: str) -> bool:
    """Return whether the server answers a second request on the connection of the first one.

    Raises:
        AssertionError: The server closes the connection without `Connection: close`, or sends it and keeps it open.
    """
    connection = http.client.HTTPConnection(netloc, timeout=_TIMEOUT_S)
    case = read_cases(["plain"])[0]
    assert _ask(connection, case) is None
    kept = connection.sock
    if kept is None:  # the answer had `Connection: close`, and http.client closed the connection
        return False
    assert _ask(connection, case) is None
    assert connection.sock is kept, "it closed the connection without `Connection: close`"
    connection.close()
    return True


def _ask(connection: http.client.HTTPConnection, case: Case) -> str | None:
    body = None if case.body is None else case.body.encode()
    headers = {} if body is None else {"Content-Type": "application/json"}
    try:
        connection.request(case.method, case.target, body=body, headers=headers)
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException) as failure:
        return f"no answer: {failure!r}"
    return _wrongness(case, response, content)


def _wrongness(case: Case, response: http.client.HTTPResponse, content: bytes) -> str | None:
    if response.status != case.status:
        return f"status {response.status} instead of {case.status}: {content[:80]!r}"
    if response.getheader("Date") is None:
        return "no Date"
    if response.getheader("Content-Length") != str(len(content)):
        return f"Content-Length {response.getheader('Content-Length')} of {len(content)} bytes"
    kind = response.headers.get_content_type()
    if case.text is not None and (kind, content) != ("text/plain", case.text.encode()):
        return f"{kind} {content!r} instead of {case.text!r}"
    if case.json is not None and (kind != "application/json" or json.loads(content) != case.json):
        return f"{kind} {content!r} instead of {case.json!r}"
    return None
