"""The text of a block as a reader sees it: one space for several, and references to footnotes not amid its numbers.

It takes and returns texts with the marks of `source`. This module must not know formats of pages, or figures.
"""

from __future__ import annotations

import re

from harness.figures.importing.source import MARK, NOTE, NOTE_END, plain_of

RAISED, RAISED_LINK, RAISED_END = "\uf8f0", "\uf8f1", "\uf8f2"
"""What stands around a raised text, and before one with a link. A page can't have these private characters."""
_MARKS = rf"(?:{MARK})*+"
_RAISED = re.compile(
    f"(?P<begin>[{RAISED}{RAISED_LINK}])(?P<inside>[^{RAISED}{RAISED_LINK}{RAISED_END}]{{0,400}}){RAISED_END}"
)
_LEFT = re.compile(f"[{RAISED}{RAISED_LINK}{RAISED_END}]")
_SUPERSCRIPTS = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", "0123456789")
_SUPERSCRIPT = re.compile(f"[{''.join(map(chr, _SUPERSCRIPTS))}]+")
_REFERENCE = re.compile(
    rf" ?\[\^(?P<name>(?:[^\[\]]|\[[^\[\]]{{0,20}}\]){{1,90}})\] ?(?P<before>(?={_MARKS}\s*[.,;:!?)]))?"
)
_ONE = r"(?:(?:notes?|fn|ref)?[ .-]?\d{1,3}|[a-z]|[*\u2020\u2021\u00a7]+)"
_NAMES_NOTE = re.compile(rf"[\[(]?\s*{_ONE}(?:\s*,\s*{_ONE})*\s*[\])]?", re.IGNORECASE)
_TEN = re.compile(r"(?<![\d.,])10\s*$")
_SPACES = re.compile(rf"\s(?<![\u00a0\u2009\u202f])(?:[ \t\r\n\f\v]|{MARK})*+")
_LOOK_BACK = 60


def shown(marked: str, *, keeps_references: bool = False, in_place: bool = False) -> str:
    """Return a marked text with single spaces and line breaks, and without references to footnotes.

    Args:
        marked: The text.
        keeps_references: Whether these stand at its end, as `[^1]`, for the reader of a cell.
        in_place: Whether they stand where they are, in private characters that `Text` takes out.
    """
    text = _LEFT.sub("", _RAISED.sub(_raised, _SUPERSCRIPT.sub(_superscript, marked)))
    references: list[str] = []

    def moved(found: re.Match[str]) -> str:
        if not _before(found).strip():
            return found[0]  # the footnote itself begins with its mark
        name = plain_of(found["name"]).strip("[]() ")
        references.append(f" [^{name}]")
        note = f"{NOTE}{name}{NOTE_END}" if in_place else ""
        return note if found["before"] is not None or _before(found)[-1:].isspace() else f"{note} "

    text = _SPACES.sub(_single, _REFERENCE.sub(moved, text))
    return text + "".join(references) if keeps_references else text


def of_code(marked: str) -> str:
    """Return a marked text with its spaces, and with its raised texts in brackets."""
    return re.sub(f"[{RAISED}{RAISED_LINK}]", " [^", marked).replace(RAISED_END, "] ")


def _raised(found: re.Match[str]) -> str:
    """Return a raised text as a reference, a power of ten that no reader of numbers takes for one, or as it is."""
    inside = found["inside"]
    if _TEN.search(_before(found)) and found["begin"] == RAISED:
        return f"^[{inside}] "
    is_reference = found["begin"] == RAISED_LINK or _NAMES_NOTE.fullmatch(plain_of(inside).strip())
    return f" [^{inside}] " if is_reference else inside


def _before(found: re.Match[str]) -> str:
    return plain_of(found.string[max(0, found.start() - _LOOK_BACK) : found.start()])


def _superscript(found: re.Match[str]) -> str:
    return f"{RAISED}{found[0].translate(_SUPERSCRIPTS)}{RAISED_END}"


def _single(found: re.Match[str]) -> str:
    return ("\n" if "\n" in found[0] else " ") + "".join(re.findall(rf"{MARK}", found[0]))
