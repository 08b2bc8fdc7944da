"""The conditions that a page states for a number in another place where it prints the same number.

A page that says "with 100 connections, 3,200 requests per second" and repeats 3,200 in a table means one number. So a
figure takes the conditions of the same number in a place that states all of its own conditions, and more. Pure; this
module must not know any run.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.figures.published import Figure


def stated_elsewhere(figures: Iterable[Figure]) -> Mapping[str, tuple[Figure, ...]]:
    """Return the figures that print the number of another one with more conditions, by the id of that one.

    Args:
        figures: All figures of one page.

    Returns:
        For each figure with such others, one of them for each set of conditions, in the order of the page.
    """
    places: dict[object, dict[object, list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for one in figures:
        if one.metric is not None and one.states is None and one.online is None:
            number = one.target, one.of, one.metric, one.unit.base, one.low, one.high
            places[number][one.stated.facts()].append(one)
    found: dict[str, tuple[Figure, ...]] = {}
    for by_facts in places.values():
        for group in by_facts.values():
            facts = group[0].stated.facts()
            others = tuple(other[0] for other in by_facts.values() if facts < other[0].stated.facts())
            found |= {one.id: others for one in group if others}
    return found


def in_words(other: Figure) -> str:
    """Return the sentence that names the place whose conditions a figure takes."""
    line = f" (line {other.line})" if other.line is not None else ""
    stated = ", ".join(f"'{word}'" for word in other.conditions)
    return f"The page states its conditions with the same number in {other.id}{line}: {stated}."
