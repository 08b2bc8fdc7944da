"""Texts that differ by their numbers alone: one text for all of them, with the ends of each number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER = re.compile(r"(?<![A-Za-z\d])\d+(?:,\d{3})*(?:\.\d+)?")  # not that of `p99`, which is a name


def without_numbers(text: str) -> tuple[str, ...]:
    """Return the parts of a text between its numbers: equal for texts that differ by their numbers alone."""
    return tuple(_NUMBER.split(text))


def joined(texts: Sequence[str]) -> str:
    """Return one text for texts that differ by their numbers alone, with the smallest and the largest of each number.

    `20 samples` and `60 samples` are `20 to 60 samples`.
    """
    ends = ((min(of_one, key=_value), max(of_one, key=_value)) for of_one in _by_place(texts))
    ranges = (" to ".join(dict.fromkeys(of_one)) for of_one in ends)
    return _NUMBER.sub(lambda _: next(ranges), texts[0])


def own_numbers(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Return of each of such texts the numbers that are not the same in all of them, in their order."""
    differing = [of_one for of_one in _by_place(texts) if len(set(of_one)) > 1]
    return [tuple(of_one[place] for of_one in differing) for place in range(len(texts))]


def _by_place(texts: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*map(_NUMBER.findall, texts), strict=True))


def _value(printed: str) -> float:
    return float(printed.replace(",", ""))
