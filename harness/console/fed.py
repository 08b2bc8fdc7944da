"""The terminal output of `harness render`: the files that were written, or the lines that differ.

It must not know how a document is fed: it prints a `RenderDocument`.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from harness.console.terminal import ELLIPSIS, say
from harness.units import counted

if TYPE_CHECKING:
    from harness.documents import RenderDocument, RenderedDifference

_MOST_LINES = 20
_MOST_LETTERS = 100
_BEFORE = 30


def show_render(document: RenderDocument) -> None:
    """Print each file's state, and below it the lines that differ."""
    for file in document.files:
        state = "written" if file.written else "differs" if file.differences else "as the run says"
        about = f"{counted(file.blocks, 'block')}, {state}" if file.blocks else "no marked block"
        say(f"{file.path}: {about}")
        for one in file.differences[:_MOST_LINES] if not file.written else []:
            _show_difference(file.path, one)
        more = len(file.differences) - _MOST_LINES
        if more > 0 and not file.written:
            say(f"  and {more} more lines: --json lists them")


def _show_difference(path: str, one: RenderedDifference) -> None:
    stands, should = _around(one.stands, one.should)
    say(f"{path}, line {one.line} ({' '.join(one.block.split())}):")
    say(f"  stands     {stands}")
    say(f"  should be  {should}")


def _around(stands: str, should: str) -> tuple[str, str]:
    """Return the part of two lines around their first difference."""
    if max(len(stands), len(should)) <= _MOST_LETTERS:
        return stands, should
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(stands, should, strict=False))))
    begin = max(0, same - _BEFORE)
    return _part(stands, begin), _part(should, begin)


def _part(text: str, begin: int) -> str:
    end = begin + _MOST_LETTERS
    return f"{ELLIPSIS if begin else ''}{text[begin:end]}{ELLIPSIS if text[end:] else ''}"
