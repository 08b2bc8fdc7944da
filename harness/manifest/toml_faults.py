"""The place of a fault in a TOML text: its line and column, or those of the bracket that is not closed.

The parser says where it stopped. After an array without an end that is some later line, or the end of the document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
# a whole string or comment, in which brackets mean nothing; or what opens or closes
_TOKEN = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?\"{3}|'{3}.*?'{3}|(?P<opens>[\[{]|(?:\"{3}|'{3}).*)|(?P<closes>[\]}])"""
    r"""|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*""",
    re.DOTALL,
)
_OPENED = {"[": "array", "{": "inline table", '"""': "string", "'''": "string"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in a TOML text.

    Attributes:
        place: `:LINE:COLUMN`, or `:LINE` of the last line; empty if the parser names none.
        cause: What is wrong there.
        remedy: What to do about it.
    """

    place: str
    cause: str
    remedy: str


def fault_of(text: str, message: str) -> Fault:
    """Return the fault that a parser's message is about.

    Args:
        text: The text of the file.
        message: The message of tomllib.
    """
    found = _PLACE.search(message)
    if found is None:
        return Fault("", message, "Correct the file.")
    text = text.replace("\r\n", "\n")  # as the parser counts
    lines = [f"{one}\n" for one in text.split("\n")]
    cause, line, column = message[: found.start()], int(found[1] or 0), int(found[2] or 0)
    stopped = sum(map(len, lines[: line - 1])) + column - 1 if line else len(text)
    begun, sign = _unclosed(text[:stopped])
    if not sign or (line and _line(text, begun) == line and not cause.startswith("Unclosed")):
        place = f":{line}:{column}" if line else f":{_line(text.rstrip(), len(text))}"
        return Fault(place, cause, "Correct this line.")
    if line and not cause.startswith("Unclosed"):
        cause = f"{cause} in the {_OPENED[sign]} that begins in line {_line(text, begun)}"
        return Fault(f":{line}:{column}", cause, f"Correct this line, or close the {_OPENED[sign]} before it.")
    begun_line, column = _line(text, begun), begun - text.rfind("\n", 0, begun)
    until = "in this line" if line == begun_line else f"before line {line}" if line else "before the end of the file"
    remedy = f"Close it, or add the comma that is missing {until}." if line else "Close it."
    return Fault(f":{begun_line}:{column}", f"the {_OPENED[sign]} that begins here is not closed {until}", remedy)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _unclosed(text: str) -> tuple[int, str]:
    """Return place and sign of the innermost bracket or long string that a text does not close; 0 and "" if none."""
    opened: list[tuple[int, str]] = []
    for token in _TOKEN.finditer(text):
        if token["opens"]:
            opened.append((token.start(), token["opens"][:3]))
        elif token["closes"] and opened:
            opened.pop()
    return opened[-1] if opened else (0, "")
