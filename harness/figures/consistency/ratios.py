"""Ratios against the rows of their page: the rules DIFFERENCE (its own row) and RATIO (all others)."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from harness.figures.consistency.readings import (
    Reading,
    fits,
    fits_somehow,
    is_difference,
    is_lower_bound,
    readings_of,
)
from harness.figures.consistency.rows import PrintedRatio, Row, Rows
from harness.figures.consistency.scope import Page, Relation
from harness.figures.consistency.wording import listed
from harness.figures.published import Contradiction, Figure, Rule
from harness.metrics.words import enumeration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Place = Row | PrintedRatio


def differences_apart(ratios: Iterable[Figure], rows: Rows) -> Iterator[Contradiction]:
    """Yield the ratios that are not the ratio of the two numbers in their own row.

    The differences of one column are computed alike, so they are read alike: by the reading that most of them fit.
    """
    columns: dict[tuple[str, str, str | None], list[tuple[Figure, list[Row]]]] = defaultdict(list)
    for ratio in ratios:
        if own := rows.own(ratio):
            name = (ratio.section, ratio.target, ratio.of) if is_difference(ratio) else (ratio.id, "", None)
            columns[name].append((ratio, own))
    for column in columns.values():
        reading = _reading_of(column)
        for ratio, own in column:
            allowed = (reading,) if is_difference(ratio) else readings_of(ratio)
            if not any(_is_of(row, ratio, allowed) for row in own):
                yield _accuse(Rule.DIFFERENCE, ratio, own[:1], allowed[0])


def ratios_apart(ratios: Sequence[Figure], rows: Rows, page: Page) -> Iterator[Contradiction]:
    """Yield the ratios that exclude other rows, or another printed ratio of the same targets."""
    lone = [ratio for ratio in ratios if ratio.quantity is not None and not any(rows.of(ratio))]
    seen = set()
    for ratio in ratios:
        others: list[Place] = [row for row in rows.of(ratio) if not row.prints(ratio)]
        others += [PrintedRatio(one, page.scope(one)) for one in lone if one is not ratio and _is_alike(one, ratio)]
        if excluding := _excluding(ratio, others, page, has_own_row=bool(rows.own(ratio))):
            accusation = _accuse(Rule.RATIO, ratio, excluding, _nearest(ratio, excluding[0]))
            involved = frozenset(figure.id for figure in accusation.figures)
            if involved not in seen:  # two printed ratios accuse each other
                yield accusation
            seen.add(involved)


def _is_alike(one: Figure, other: Figure) -> bool:
    return (one.target, one.of, one.quantity) == (other.target, other.of, other.quantity)


def _reading_of(column: Sequence[tuple[Figure, list[Row]]]) -> Reading:
    """Return the reading that the most ratios of a column fit; the plainest one of several."""
    allowed = readings_of(column[0][0])
    return max(allowed, key=lambda one: sum(any(_is_of(row, ratio, (one,)) for row in own) for ratio, own in column))


def _is_of(row: Row, ratio: Figure, allowed: Iterable[Reading]) -> bool:
    return row.fits_points(ratio) or any(fits(ratio, row.own, reading) for reading in allowed)


def _excluding(ratio: Figure, others: Iterable[Place], page: Page, *, has_own_row: bool) -> list[Place]:
    """Return the rows that exclude a ratio.

    Every row under its own conditions must allow it. A ratio of the text that states no conditions must be that of some
    row, or lie between them; as a lower bound (`50x+`) it must hold in every row.
    """
    scope = page.scope(ratio)
    related: dict[Relation, list[Place]] = defaultdict(list)
    for place in others:
        related[page.relation(scope, place.scope)].append(place)
    if has_own_row:
        return [row for row in related[Relation.SAME] if not row.allows(ratio)]
    alike = [*related[Relation.SAME], *related[Relation.IMPLIED]]
    special = [place for place in related[Relation.GENERAL] if scope.facts <= place.scope.facts]
    allowing = [row for row in (*alike, *special) if row.allows(ratio)]
    excluding = [
        row
        for row in alike
        if not row.allows(ratio) and not any(page.is_other_table(scope, one.scope, row.scope) for one in allowing)
    ]
    if is_lower_bound(ratio):
        return [*excluding, *(row for row in special if not row.allows(ratio))]
    return excluding or ([] if allowing or _lies_between(ratio, special) else special)


def _lies_between(ratio: Figure, rows: Sequence[Place]) -> bool:
    """Return whether a ratio lies between those of several rows, as their mean does; true without a row."""
    spans = [row.page_wide for row in rows]
    return not spans or fits_somehow(ratio, (min(low for low, _ in spans), max(high for _, high in spans)))


def _nearest(ratio: Figure, row: Place) -> Reading:
    """Return the reading whose result is nearest to the printed ratio."""
    claimed = max(ratio.nominal, 1e-9)

    def distance(reading: Reading) -> float:
        value = row.nominal if reading is Reading.OVER else 1 / row.nominal if row.nominal else math.inf
        return abs(math.log(max(value, 1e-9) / claimed)) if math.isfinite(value) else math.inf

    allowed = [one for one in readings_of(ratio) if one is not Reading.OWN_SIDE]
    return min(allowed, key=distance)


def _accuse(rule: Rule, ratio: Figure, rows: Sequence[Place], reading: Reading) -> Contradiction:
    calculations = enumeration([row.arithmetic(ratio, reading) for row in rows])
    message = f"{calculations}, and the page prints {listed([ratio])}."
    return Contradiction(rule, message, (ratio, *(cell for row in rows for cell in row.cells)))
