"""Text from outside, made harmless for a terminal, a log and a spreadsheet: targets, images, manifests and figures.

Whoever writes a target decides what it prints and answers, and how it is called. Such text is data: it must not move
the cursor, command a CI runner, or become a formula. This module knows no format but these; it imports nothing.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Cc: control characters; Cf: characters without a glyph, which can hide or reorder others; Cs: halves of a pair, which
# no encoding accepts; Zl, Zp: line and paragraph separators
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# SGR, and what programs write with it: `ESC [ K` (grep, gcc) and `ESC ( B` (tput sgr0)
_COLOUR = re.compile(r"(?:\x1b\[|\x9b)(?:[\d;:]*m|0?K)|\x1b\(B")
_LINE_BREAKS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
# Commands of GitHub's and Azure's runners: the first begins a line, the second stands anywhere
_COMMAND = re.compile(r"^([^\S\n]*+)(?=::)", re.MULTILINE)
_OLD_COMMAND = re.compile(r"##(?=\[)")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four: full width


def printable(text: str) -> str:
    """Return a text whose lines can be printed: unprintable characters as escapes, and no command to a CI runner.

    The sequences of colours are left out: a compiler or npm writes many, and they say nothing.
    """
    if not text.isprintable():
        text = _LINE_BREAKS.sub("\n", without_colours(text))
        # a drawing has half a million characters of which few are unlike the others
        text = text.translate({ord(char): _visible(char) for char in set(text) if not char.isprintable()})
    return _OLD_COMMAND.sub(r"##\\", _COMMAND.sub(r"\1\\", text))


def without_colours(text: str) -> str:
    """Return a text without the escape sequences of colours and other styles; all others stay."""
    return _COLOUR.sub("", text)


def one_line(text: str) -> str:
    """Return a printable text without line breaks."""
    return printable(text).replace("\n", " ")


def escaped_json(text: str) -> str:
    """Return a JSON document whose unprintable characters are escapes; its values are the same.

    JSON itself escapes only some: not, for example, the one byte that begins an escape sequence in a terminal.
    """
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(char if _is_printable(char) else _json_escape(char) for char in text)


def json_document(values: Mapping[str, object]) -> str:
    """Return the text of a JSON document, with its last line break.

    Raises:
        ValueError: A number is not finite.
    """
    return escaped_json(json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False)) + "\n"


def encodable(text: str) -> str:
    """Return a text that every encoding of Unicode accepts: halves of a pair become replacement characters."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def cell(value: object) -> object:
    """Return a value of a table for a spreadsheet: a text that would be a formula is quoted as text."""
    if not isinstance(value, str):
        return value
    return f"'{printable(value)}" if value.startswith(_FORMULA) else printable(value)


def _is_printable(char: str) -> bool:
    return char == "\n" or unicodedata.category(char) not in _UNPRINTABLE


def _visible(char: str) -> str:
    if char == "\t" or _is_printable(char):
        return char
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")


def _json_escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
