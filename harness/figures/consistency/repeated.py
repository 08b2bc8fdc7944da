"""One quantity of one target, printed twice: the rule ONE_QUANTITY."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from harness.figures.consistency.claims import disjoint, in_any_unit, possible
from harness.figures.consistency.scope import Page, Relation
from harness.figures.consistency.wording import listed, quoted, span, with_unit
from harness.figures.published import Contradiction, Figure, Rule
from harness.metrics.words import enumeration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.units import Unit

Pair = tuple[Figure, Figure]


def quantities_apart(plain: Iterable[Figure], page: Page, titles: Mapping[str, str]) -> Iterator[Contradiction]:
    """Yield for each target and quantity the figures that exclude each other under the same conditions.

    Args:
        plain: The figures that are no ratios.
        page: The page that prints them.
        titles: The titles of targets by name; a target without one is called by its name.
    """
    groups: dict[tuple[str, str, Unit], list[Figure]] = defaultdict(list)
    for figure in plain:
        if figure.quantity is not None:
            groups[figure.target, figure.quantity, figure.unit.base].append(figure)
    for (target, quantity, _), group in groups.items():
        pairs = [pair for pair in combinations(group, 2) if _exclude_each_other(*pair, group, page)]
        for apart in _connected(pairs):
            figures = tuple(figure for figure in group if any(figure is one for pair in apart for one in pair))
            title = titles.get(target, target)
            claims = f"Of {title} the page prints {quantity} as {listed(figures)}"
            message = f"{claims}; these can't all hold: {_arithmetic(apart)}"
            texts = list(dict.fromkeys(map(with_unit, figures)))
            in_short = f"For {title} the page gives {quantity} as {enumeration(texts)}"
            yield Contradiction(Rule.ONE_QUANTITY, message, figures, in_short)


def _exclude_each_other(one: Figure, other: Figure, group: Sequence[Figure], page: Page) -> bool:
    if not _disagree(one, other):
        return False
    relation = page.relation(page.scope(one), page.scope(other))
    if relation not in {Relation.SAME, Relation.IMPLIED}:
        return False
    return not _is_excused(one, other, group, page) and not _is_excused(other, one, group, page)


def _disagree(one: Figure, other: Figure) -> bool:
    return disjoint(in_any_unit(one), in_any_unit(other))


def _is_excused(claim: Figure, row: Figure, group: Sequence[Figure], page: Page) -> bool:
    """Return whether a claim agrees with another table of the page, under other conditions than the row's."""
    return any(
        third is not claim
        and not _disagree(claim, third)
        and page.relation(page.scope(claim), page.scope(third)) is not Relation.OTHER
        and page.is_other_table(page.scope(claim), page.scope(third), page.scope(row))
        for third in group
    )


def _connected(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """Return pairs in groups that share figures, in their order."""
    groups: list[list[Pair]] = []
    for pair in pairs:
        touching = [group for group in groups if any(one is two for known in group for one in known for two in pair)]
        groups = [group for group in groups if all(group is not found for found in touching)]
        groups.append([*(known for group in touching for known in group), pair])
    return groups


def _arithmetic(pairs: Sequence[Pair]) -> str:
    """Return why the two figures that are furthest apart exclude each other."""
    one, other = max(pairs, key=lambda pair: _distance(*pair))
    spans = [f"{quoted(figure)} allows {span(figure, possible(figure))}" for figure in (one, other)]
    return f"{spans[0]}, and {spans[1]}."


def _distance(one: Figure, other: Figure) -> float:
    low, high = sorted((abs(one.nominal), abs(other.nominal)))
    return high / low if low else high
