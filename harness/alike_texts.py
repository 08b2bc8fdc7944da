"""Texts that differ by their numbers alone: one text for all of them, with the ends of each number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MARK = "\0"
# Not the number of `p99`, nor those of `block 2` and `blocks 1, 3`: they are names, and have no smallest and largest
_NUMBER = re.compile(
    r"(?P<name>\bblocks? \d+(?:(?:, | and )\d+)*)"
    r"|(?P<number>(?<![A-Za-z\d])(?:(?<!\S)-|(?<=[(\[])-)?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?)"
)


def without_numbers(text: str) -> str:
    """Return a text with a mark for each of its numbers: equal for texts that differ by their numbers alone."""
    return _NUMBER.sub(lambda found: found["name"] or _MARK, text)


def grouped(placed: Iterable[tuple[str, str]]) -> list[dict[str, list[str]]]:
    """Return a group for texts that differ by their numbers alone: each text with its places, both in order and once.

    Args:
        placed: Texts, each with the place that it is about.
    """
    groups: dict[str, dict[str, dict[str, None]]] = {}
    for text, place in placed:
        groups.setdefault(without_numbers(text), {}).setdefault(text, {})[place] = None
    return [{text: list(places) for text, places in group.items()} for group in groups.values()]


def joined(texts: Sequence[str]) -> str:
    """Return one text for texts that differ by their numbers alone, with the smallest and the largest of each number.

    `20 samples` and `60 samples` are `20 to 60 samples`.
    """
    ends = ((min(of_one, key=_value), max(of_one, key=_value)) for of_one in _by_place(texts))
    ranges = (" to ".join(dict.fromkeys(of_one)) for of_one in ends)
    return _NUMBER.sub(lambda found: found["name"] or next(ranges), texts[0])


def own_numbers(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Return of each of such texts the numbers that are not the same in all of them, in their order."""
    differing = [of_one for of_one in _by_place(texts) if len(set(of_one)) > 1]
    return [tuple(of_one[place] for of_one in differing) for place in range(len(texts))]


def _by_place(texts: Sequence[str]) -> list[tuple[str, ...]]:
    of_texts = ([found["number"] for found in _NUMBER.finditer(text) if found["number"]] for text in texts)
    return list(zip(*of_texts, strict=True))


def _value(printed: str) -> float:
    return float(printed.replace(",", ""))
