"""ASCII in place of characters that the encoding of a stream lacks, as in the locale C.

It knows the characters that the harness itself prints. It imports nothing heavy: every start of the program uses it.
"""

from __future__ import annotations

import codecs
import unicodedata

PLAIN = "harness.plain"
"""The name of the error handler that `register` makes known to `codecs`."""
_UNKNOWN = "?"
_PLAIN = {
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MINUS SIGN}": "-",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{DIVISION SIGN}": "/",
    "\N{PLUS-MINUS SIGN}": "+-",
    "\N{ALMOST EQUAL TO}": "~",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{MICRO SIGN}": "u",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{MIDDLE DOT}": "*",
}


def register() -> None:
    """Make the error handler `PLAIN` known: it writes ASCII that looks alike, or `?`."""
    codecs.register_error(PLAIN, _replaced)


def plain(text: str) -> str:
    """Return ASCII that looks like a text: `+-5`, `...`, `e` for an e with an accent; `?` for an unknown character."""
    return "".join(map(_plain, text))


def _plain(char: str) -> str:
    if char.isascii():
        return char
    if char in _PLAIN:
        return _PLAIN[char]
    return "".join(part for part in unicodedata.normalize("NFKD", char) if part.isascii()) or _UNKNOWN


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end
