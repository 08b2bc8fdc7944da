"""Contract of a target's own: the requests and right answers that take the place of those in targets/CONTRACT.md.

The store resolves the annotations at run time, so no import may stand under `TYPE_CHECKING`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.model.placeholders import fill, fill_json, names_in

PARTS = {"plain": "hello", "json": "json_body", "path": "path_value", "post": "post_json"}
"""The parts of targets/CONTRACT.md, each with the scenario that requests it."""

PLACEHOLDERS = frozenset({"name", "age"})
"""The placeholders of a contract of one's own: a random word, and an integer from 0 to 150."""


@dataclass(frozen=True, slots=True)
class ContractPart:
    """Part of a contract of a target's own: the request of one scenario, and its only right answer.

    Path, headers, sent and expected body may have `PLACEHOLDERS`.

    Attributes:
        media_type: The expected content type without parameters; None accepts any.
        headers: Further headers that the answer must have, with their exact values.
        text: The expected body, exact to the byte; None where JSON or no body is expected.
        document: The expected JSON value, as JSON text with sorted keys; None where a text or no body is expected.
        send: The JSON body of the request, as JSON text with sorted keys; None without one.
    """

    path: str
    method: str = "GET"
    status: int = 200
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    document: str | None = None
    send: str | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def asked_names(self) -> frozenset[str]:
        """Return the names of the placeholders in the request."""
        return names_in([self.path, _value(self.send)])

    def expected_names(self) -> frozenset[str]:
        """Return the names of the placeholders in the expected answer."""
        return names_in([self.text, _value(self.document), *self.headers.values()])

    def filled_text(self, values: Mapping[str, str | int]) -> str | None:
        """Return the expected body with one request's values."""
        return None if self.text is None else fill(self.text, values)

    def filled_document(self, values: Mapping[str, str | int]) -> Any:  # noqa: ANN401 - any JSON value
        """Return the expected JSON value with one request's values; None without one."""
        return fill_json(_value(self.document), values)

    def filled_send(self, values: Mapping[str, str | int]) -> Any:  # noqa: ANN401 - any JSON value
        """Return the JSON value to send, with one request's values; None without one."""
        return fill_json(_value(self.send), values)


_MESSAGE = '{"message":"%s"}'

STANDARD: Mapping[str, ContractPart] = {
    "hello": ContractPart("/", media_type="text/plain", text="Hello, World!"),
    "json_body": ContractPart("/json", media_type="application/json", document=_MESSAGE % "Hello, World!"),
    "path_value": ContractPart("/hello/{name}", media_type="text/plain", text="Hello, {name}!"),
    "post_json": ContractPart(
        "/json",
        "POST",
        media_type="application/json",
        document=_MESSAGE % "Hello, {name}! You are {age}.",
        send='{"age":"{age}","name":"{name}"}',
    ),
}
"""The right answers of targets/CONTRACT.md, by the scenario that requests them."""

Contract = Mapping[str, ContractPart]
"""The parts of a contract of one's own, by scenario; the scenarios that it does not name keep targets/CONTRACT.md."""


def _value(text: str | None) -> Any:  # noqa: ANN401 - any JSON value
    return None if text is None else json.loads(text)
