"""Bodies of requests: text, JSON, a form, or a form with files, as bytes with their media type."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from urllib3 import encode_multipart_formdata

from harness.model.placeholders import fill, fill_json

if TYPE_CHECKING:
    from collections.abc import Mapping

# fixed, so that the same values give the same bytes in every run
_BOUNDARY = "harness-boundary-1f6c2f6e9a7b4d20"


@dataclass(frozen=True, slots=True)
class File:
    """File in a form.

    Attributes:
        name: Name of the file.
        content: Its content; text is sent in UTF-8.
        media_type: Its media type.
    """

    name: str
    content: bytes | str
    media_type: str = "application/octet-stream"

    def __post_init__(self) -> None:
        content = self.content if isinstance(self.content, bytes) else self.content.encode()
        if _BOUNDARY.encode() in content:
            raise ValueError(f"file {self.name!r} has the boundary between the parts of a form in its content")


@dataclass(frozen=True, slots=True)
class Body:
    """Body of a request; at most one of text, JSON and form.

    Attributes:
        text: Text, sent in UTF-8.
        json: A JSON value; None for no JSON.
        form: Fields of a form.
        files: Files of a form, by field.
    """

    text: str | None
    json: Any
    form: Mapping[str, str] | None
    files: Mapping[str, File] | None

    def check(self) -> None:
        """Raise ValueError if it has more than one kind of content."""
        if sum([self.text is not None, self.json is not None, self.form is not None or self.files is not None]) > 1:
            raise ValueError("a request can have a body, a JSON value or a form, not both")

    @property
    def templates(self) -> list[Any]:
        """All that may have placeholders: the content of files has none."""
        return [self.text, self.json, dict(self.form or {})]

    def encoded(self, values: Mapping[str, str | int]) -> tuple[bytes | None, str | None]:
        """Return the bytes, with one request's values, and the media type; None for what it does not have."""
        if self.json is not None:
            return json.dumps(fill_json(self.json, values), separators=(",", ":")).encode(), "application/json"
        if self.text is not None:
            return fill(self.text, values).encode(), None
        fields = {fill(name, values): fill(value, values) for name, value in (self.form or {}).items()}
        if self.files is not None:
            parts = {name: (file.name, file.content, file.media_type) for name, file in self.files.items()}
            return encode_multipart_formdata({**fields, **parts}, boundary=_BOUNDARY)
        if self.form is not None:
            return urlencode(fields).encode(), "application/x-www-form-urlencoded"
        return None, None
