"""Memo of verified answers: recognises the same answer again without a parse.

An answer is recognised if it is equal, byte for byte, to a verified one. It is also recognised if it differs from a
verified one only in the values of headers that two verified answers have shown to vary, such as a request id or the
time. Its status line, the names and the order of its headers, all other values and its whole body are then equal to
those of the verified answer, so a parse and a check would have the same result.

A header that decides how an answer is read, or that the expectation is about, never varies: an answer with another
value takes the parser. This module knows neither connections nor requests.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

LIMIT = 32
"""Most answers, examples and forms that one memo keeps."""

FIXED = frozenset(
    {
        b"connection",
        b"content-encoding",
        b"content-length",
        b"content-range",
        b"content-type",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_HEAD_END = b"\r\n\r\n"
_VALUE = rb"[^\r\n\0]*"  # as in the parser: a value ends with its line


class Form:
    """Form of an answer: all its bytes but the values of some headers.

    Attributes:
        before: All bytes before the first value that varies.
        behind: All bytes behind the last one.
        between: Matches the values that vary, and the lines between them.
        after: Length of `before`.
        short: Length of `behind`.
        varying: Places of the lines whose values vary.
    """

    __slots__ = ("after", "before", "behind", "between", "short", "varying")

    def __init__(self, lines: list[bytes], body: bytes, varying: frozenset[int]) -> None:
        """Make the form of a verified answer.

        Args:
            lines: The status line and the lines of the headers.
            body: All bytes after the head.
            varying: Places in `lines` of the headers with any value, at least one.
        """
        self.varying = varying
        first, last = min(varying), max(varying)
        names = {place: lines[place].partition(b":")[0] + b":" for place in varying}
        self.before = b"\r\n".join([*lines[:first], names[first]])
        self.behind = b"\r\n".join([b"", *lines[last + 1 :]]) + _HEAD_END + body
        self.after, self.short = len(self.before), len(self.behind)
        between = [names[at] if at in varying else lines[at] for at in range(first + 1, last + 1)]
        pattern = [_VALUE]
        for place, line in enumerate(between, first + 1):
            pattern += [re.escape(b"\r\n" + line), _VALUE if place in varying else b""]
        self.between = re.compile(b"".join(pattern)).fullmatch


class Memo(dict[bytes, int]):
    """Memo of one exchange: whole verified answers, each with the tag of its samples.

    A look-up of an answer that has the form of verified ones gives its tag too, and the answer is added. So an answer
    that is repeated, such as all answers of one second, needs one look-up of a dictionary. The memo is limited in size,
    because every answer may be different.
    """

    __slots__ = ("_all_forms", "_endpoint", "_examples", "_fixed", "_forms")

    def __init__(self, endpoint: int, expected_headers: Collection[str] = ()) -> None:
        """Begin empty.

        Args:
            endpoint: The endpoint of the exchange.
            expected_headers: Names of headers that the expectation is about.
        """
        super().__init__()
        self._endpoint = endpoint
        self._fixed = FIXED | {name.lower().encode() for name in expected_headers}
        self._examples: dict[bytes, bytes] = {}  # the newest head with each body
        self._forms: dict[tuple[bytes, ...], Form] = {}  # by status line, names of headers and body
        self._all_forms: tuple[Form, ...] = ()

    def __missing__(self, data: bytes) -> int:
        # without calls: it runs once per answer of a target that stamps its answers
        size = len(data)
        for form in self._all_forms:
            if (
                data.startswith(form.before)
                and data.endswith(form.behind)
                and form.between(data, form.after, size - form.short)
            ):
                if len(self) >= LIMIT:
                    self.clear()
                self[data] = found = size << 8 | self._endpoint  # as `tag`
                return found
        raise KeyError(data)

    def find(self, data: bytes) -> int | None:
        """Return the tag of an answer that is recognised, or None."""
        try:
            return self[data]
        except KeyError:
            return None

    def remember(self, data: bytes) -> None:
        """Add a verified whole answer, and learn which headers vary from another one with the same body."""
        if len(self) >= LIMIT:
            self.clear()
        self[data] = tag(self._endpoint, len(data))
        head, _, body = data.partition(_HEAD_END)
        example = self._examples.get(body)
        if example is not None and example != head:
            self._learn(example.split(b"\r\n"), head.split(b"\r\n"), body)
        elif example is None and len(self._examples) >= LIMIT:
            self._examples.clear()
        self._examples[body] = head

    def _learn(self, before: list[bytes], now: list[bytes], body: bytes) -> None:
        names = [line.partition(b":")[0] for line in now]
        if before[0] != now[0] or names[1:] != [line.partition(b":")[0] for line in before][1:]:
            return
        varying = {place for place, line in enumerate(now) if line != before[place]}
        if any(names[place].lower() in self._fixed for place in varying):
            return
        structure = (now[0], *names[1:], body)
        if structure in self._forms:
            varying |= self._forms[structure].varying
        elif len(self._forms) >= LIMIT:
            self._forms.clear()
        self._forms[structure] = Form(now, body, frozenset(varying))
        self._all_forms = tuple(self._forms.values())


def tag(endpoint: int, size: int) -> int:
    """Pack an endpoint's index and an answer's size in bytes into one integer: `size << 8 | endpoint`."""
    return size << 8 | endpoint
