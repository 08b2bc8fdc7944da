"""Text in lines that fit a terminal: broken between words, and never within a number, its unit or its interval.

It must not know what the texts say. It imports nothing heavy: an error is printed with it.
"""

from __future__ import annotations

import os
import re
from textwrap import TextWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

LEAST_COLUMNS = 40
_USUAL_COLUMNS = 80
_GLUE = "\ue000"  # one cell wide and no space, so that neither textwrap nor rich breaks a line at it
_UNIT = r"(?:%|[nmµ]?s|min|h|B|[kKMG]i?B|req/s|[nmµ]?s/s|CPUs?|cores?)(?![\w/])"
# The spaces within an interval, before a unit, and after a sign of a number
_WITHIN = re.compile(rf"(?<=\d,) (?=[^\s\]]+\])|(?<=\d) (?={_UNIT})|(?<=[~?±≥≤]) (?=[\d.-])|(?<=\d) (?=[≥≤])")


def glued(text: str) -> str:
    """Return a text whose numbers can't be broken; `unglued` takes the lines back."""
    return _WITHIN.sub(_GLUE, text)


def unglued(text: str) -> str:
    """Return a text of `glued` as it was."""
    return text.replace(_GLUE, " ")


def wrapped(text: str, width: int, *, indent: str = "") -> list[str]:
    """Return the lines of a text of one line; a word that is wider than a line, such as a path, stays whole.

    Args:
        text: The text. Spaces at its beginning stay.
        width: Cells of a line.
        indent: The beginning of each further line.
    """
    wrapper = TextWrapper(width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [unglued(line) for line in wrapper.wrap(glued(text))] or [""]


def fitted_to(stream: TextIO, text: str) -> str:
    """Return a text for a stream: on a terminal its lines are wrapped to the width; else it stays as it is."""
    if not stream.isatty():
        return text
    width = _columns(stream)
    lines = (part for line in text.split("\n") for part in ([line] if len(line) <= width else wrapped(line, width)))
    return "\n".join(lines)


def _columns(stream: TextIO) -> int:
    """Return the width of a terminal: COLUMNS, else what the terminal says, else 80; at least 40."""
    width = os.environ.get("COLUMNS", "")
    if width.isdecimal():
        return max(LEAST_COLUMNS, int(width))
    try:
        return max(LEAST_COLUMNS, os.get_terminal_size(stream.fileno()).columns)
    except OSError:  # a stream that only says that it is a terminal
        return _USUAL_COLUMNS
