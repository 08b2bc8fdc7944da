"""The lines of a figures file on which its figures stand.

The parser of TOML gives no positions, so the keys `id` are found in the text. They are taken only if they are those of
the parsed groups and figures, in their order; else no line is known. This module must not know any other key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# A key `id`, or what can contain its text: strings of several lines, strings of one line, and comments.
_TOKEN = re.compile(
    r"""
    (?<![\w.-]) id [ \t]* = [ \t]* (?: "(?P<basic>[^"\\\n]*)" | '(?P<literal>[^'\n]*)' )
    | \"{3} .*? \"{3} | '{3} .*? '{3}
    | "(?: \\. | [^"\\\n] )*" | '[^'\n]*'
    | \# [^\n]*
    """,
    re.VERBOSE | re.DOTALL,
)


def figure_lines(text: str, groups: Iterable[tuple[str, Sequence[str]]]) -> dict[tuple[str, str], int]:
    """Return the line of each figure, from 1, by the ids of its group and of itself; empty if they can't be told.

    Args:
        text: The figures file.
        groups: The id of each group and the ids of its figures, in the order of the file.
    """
    found = list(_ids(text))
    lines: dict[tuple[str, str], int] = {}
    for group, figures in groups:
        own, found = found[: len(figures) + 1], found[len(figures) + 1 :]
        of_figures = _without(group, own)
        if [name for name, _ in of_figures] != list(figures):
            return {}
        lines |= {(group, name): line for name, line in of_figures}
    return lines if not found else {}


def _ids(text: str) -> Iterator[tuple[str, int]]:
    """Yield the ids of a file with their lines, from 1."""
    line, position = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", position, token.start())
        position = token.start()
        name = token["basic"] if token["basic"] is not None else token["literal"]
        if name is not None:
            yield name, line


def _without(group: str, ids: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the ids of a group's figures: its own id stands before or behind them."""
    if ids and ids[0][0] == group:
        return ids[1:]
    return ids[:-1] if ids and ids[-1][0] == group else ids
