"""The places of a figures file at which its figures stand: line and column of the key `id`.

The parser of TOML gives no positions, so the keys `id` are found in the text. They are taken only if they are those of
the parsed groups and figures, in their order; else no place is known. This module must not know any other key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Position = tuple[int, int]
"""Line and column, both from 1; the column counts characters."""

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


def figure_places(text: str, groups: Iterable[tuple[str, Sequence[str]]]) -> dict[tuple[str, str], Position]:
    """Return the place of each figure by the ids of its group and of itself; empty if they can't be told.

    Args:
        text: The figures file.
        groups: The id of each group and the ids of its figures, in the order of the file.
    """
    found = list(_ids(text))
    places: dict[tuple[str, str], Position] = {}
    for group, figures in groups:
        own, found = found[: len(figures) + 1], found[len(figures) + 1 :]
        of_figures = _without(group, own)
        if [name for name, _ in of_figures] != list(figures):
            return {}
        places |= {(group, name): place for name, place in of_figures}
    return places if not found else {}


def _ids(text: str) -> Iterator[tuple[str, Position]]:
    """Yield the ids of a file with the places of their keys."""
    line, position = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", position, token.start())
        position = token.start()
        name = token["basic"] if token["basic"] is not None else token["literal"]
        if name is not None:
            yield name, (line, position - text.rfind("\n", 0, position))


def _without(group: str, ids: list[tuple[str, Position]]) -> list[tuple[str, Position]]:
    """Return the ids of a group's figures: its own id stands before or behind them."""
    if ids and ids[0][0] == group:
        return ids[1:]
    return ids[:-1] if ids and ids[-1][0] == group else ids
