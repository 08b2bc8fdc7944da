"""Contradictions within a page: figures that can't all be true, independent of any measurement.

Pure: it must not know any run. `published.Rule` has the rules. `claims` says which values a printed number allows,
`scope` which figures speak of the same thing, `readings` what a printed ratio says of two numbers. `repeated`,
`ratios`, `in_flight`, `parts` and `kinds` apply the rules. A false accusation is worse than a missed one: every doubt
is decided for the page.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from harness.figures.consistency.claims import disjoint, has_interval
from harness.figures.consistency.in_flight import overfull_rows
from harness.figures.consistency.kinds import impossible_units
from harness.figures.consistency.parts import parts_apart
from harness.figures.consistency.ratios import differences_apart, ratios_apart
from harness.figures.consistency.repeated import quantities_apart
from harness.figures.consistency.rows import Rows
from harness.figures.consistency.scope import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.figures.published import Contradiction, FigureSet

__all__ = ["disjoint", "find_contradictions"]


def find_contradictions(
    figures: FigureSet, titles: Mapping[str, str] = MappingProxyType({})
) -> tuple[Contradiction, ...]:
    """Return all contradictions among the figures of one source, each with all its figures.

    Args:
        figures: The figures.
        titles: The titles of targets by name; a target without one is called by its name.
    """
    numbers = [figure for figure in figures.figures if figure.states is None]
    plain = [figure for figure in numbers if figure.of is None]
    ratios = [figure for figure in numbers if figure.of is not None and not has_interval(figure)]
    page = Page(numbers)
    rows = Rows(plain, page)
    return (
        *quantities_apart(plain, page, titles),
        *differences_apart(ratios, rows),
        *ratios_apart(ratios, rows, page),
        *overfull_rows(plain, page, f"{figures.title} {figures.source}"),
        *parts_apart(plain),
        *impossible_units(plain),
    )
