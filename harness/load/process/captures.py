"""Values that a user keeps from the answers of its sign-in, such as a token, and the cookies that it was given.

All functions are pure. Cookies follow the rules of Python's http.cookiejar: path, expiry, Secure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.message import Message
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Protocol
from urllib.request import Request as CookieRequest

if TYPE_CHECKING:
    from harness.load.http1 import Response


class Capture(Protocol):
    """Way to take a value from an answer."""

    def of(self, response: Response) -> str | int:
        """Return the value.

        Raises:
            ValueError: The answer does not have it.
        """
        ...


@dataclass(frozen=True, slots=True)
class FromJson:
    """Member of a JSON body: `token`, `user.id`, `items.0.id`."""

    path: str

    def of(self, response: Response) -> str | int:
        """Return the member, a string or an integer."""
        try:
            found = json.loads(response.body)
            for step in self.path.split("."):
                found = found[int(step)] if isinstance(found, list) else found[step]
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise ValueError(f"the answer has no JSON member {self.path}") from error
        if isinstance(found, bool) or not isinstance(found, str | int):
            raise ValueError(f"the JSON member {self.path} is neither a string nor an integer")  # noqa: TRY004 - of the answer
        if isinstance(found, str) and not _is_encodable(found):
            raise ValueError(f"the JSON member {self.path} has half a pair of characters, which no request can have")
        return found


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class FromHeader:
    """Value of a header."""

    name: str

    def of(self, response: Response) -> str:
        """Return the value."""
        found = response.header(self.name.lower())
        if found is None:
            raise ValueError(f"the answer has no header {self.name}")
        return found


def from_json(path: str) -> Capture:
    """Keep a member of a JSON body: `token`, `user.id`, `items.0.id`."""
    return FromJson(path)


def from_header(name: str) -> Capture:
    """Keep the value of a header."""
    return FromHeader(name)


class _Answer:
    """Answer, as http.cookiejar reads it."""

    def __init__(self, response: Response) -> None:
        self._headers = Message()
        for name, value in response.headers:
            self._headers[name] = value

    def info(self) -> Message:
        return self._headers


class Cookies:
    """Cookies of one user at one target."""

    def __init__(self, authority: str) -> None:
        self._jar = CookieJar()
        self._base = f"http://{authority}"

    def take(self, path: str, response: Response) -> None:
        """Take the cookies that an answer sets."""
        self._jar.extract_cookies(_Answer(response), CookieRequest(self._base + path))  # type: ignore[arg-type]  # noqa: S310 - no I/O

    def header(self, path: str) -> str | None:
        """Return the Cookie header of a request for a path; None without cookies."""
        request = CookieRequest(self._base + path)  # noqa: S310 - no I/O
        self._jar.add_cookie_header(request)
        return request.get_header("Cookie")
