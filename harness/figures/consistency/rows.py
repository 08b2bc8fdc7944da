"""Rows: two numbers of one quantity beside each other, with what they allow for a ratio of the two targets."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.figures.consistency.claims import as_printed, possible
from harness.figures.consistency.readings import Reading, allowed_by, computed, fits_points, fits_somehow, quotient
from harness.figures.consistency.scope import Page, Relation, Scope
from harness.figures.consistency.wording import listed, number_of, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.figures.published import Figure
    from harness.units import Unit

_PERCENT = "%"


@dataclass(frozen=True, slots=True)
class Row:
    """The numbers of two targets in one row of the page.

    Attributes:
        scope: What both numbers speak of.
    """

    top: Figure
    bottom: Figure
    scope: Scope

    @property
    def cells(self) -> tuple[Figure, Figure]:
        """Both figures."""
        return self.top, self.bottom

    @property
    def page_wide(self) -> tuple[float, float]:
        """The ratios that the claims of both numbers allow."""
        return quotient(possible(self.top), possible(self.bottom))

    @property
    def own(self) -> tuple[float, float]:
        """The ratios that the page can have computed from the two numbers, before it rounded them."""
        return quotient(as_printed(self.top), as_printed(self.bottom))

    @property
    def nominal(self) -> float:
        """The ratio of the printed numbers."""
        return quotient((self.top.nominal,) * 2, (self.bottom.nominal,) * 2)[0]

    def prints(self, ratio: Figure) -> bool:
        """Return whether a ratio stands in this row."""
        return (ratio.section, ratio.label) == (self.top.section, self.top.label)

    def fits_points(self, ratio: Figure) -> bool:
        """Return whether the row's numbers are percentages, and a ratio is their difference in points."""
        is_percent = self.top.unit.name == self.bottom.unit.name == _PERCENT
        return is_percent and fits_points(ratio, as_printed(self.top), as_printed(self.bottom))

    def allows(self, ratio: Figure) -> bool:
        """Return whether the row's claims leave room for a ratio that stands elsewhere."""
        return self.fits_points(ratio) or fits_somehow(ratio, self.page_wide)

    def arithmetic(self, ratio: Figure, reading: Reading) -> str:
        """Return the ratio of the row as a calculation, with its place."""
        calculation = computed(ratio, number_of(self.top), number_of(self.bottom), self.nominal, reading)
        return f"{calculation} ({place_of(self.top)})"


@dataclass(frozen=True, slots=True)
class PrintedRatio:
    """A ratio whose two numbers the page does not print; other ratios of the same targets are held against it."""

    figure: Figure
    scope: Scope

    @property
    def cells(self) -> tuple[Figure, ...]:
        """The ratio itself."""
        return (self.figure,)

    @property
    def page_wide(self) -> tuple[float, float]:
        """The ratios between the least and the largest one that its claim allows."""
        spans = allowed_by(self.figure)
        return min(low for low, _ in spans), max(high for _, high in spans)

    @property
    def nominal(self) -> float:
        """The printed ratio."""
        return self.figure.nominal

    def allows(self, ratio: Figure) -> bool:
        """Return whether the claim leaves room for a ratio that stands elsewhere."""
        return any(fits_somehow(ratio, over) for over in allowed_by(self.figure))

    def arithmetic(self, ratio: Figure, reading: Reading) -> str:  # noqa: ARG002 - of a Row
        """Return the printed ratio, with its place."""
        return f"the page prints {listed([self.figure])}"


class Rows:
    """All rows of a page."""

    def __init__(self, plain: Iterable[Figure], page: Page) -> None:
        self._page = page
        self._places: dict[tuple[str, str, str, Unit], dict[str, list[Figure]]] = defaultdict(lambda: defaultdict(list))
        for figure in plain:
            if figure.quantity is not None:
                place = figure.section, figure.label, figure.quantity, figure.unit.base
                self._places[place][figure.target].append(figure)

    def of(self, ratio: Figure) -> Iterator[Row]:
        """Yield the rows with numbers of a ratio's quantity for both its targets."""
        for (*_, quantity, _), cells in self._places.items():
            if ratio.quantity == quantity and ratio.of is not None and {ratio.target, ratio.of} <= cells.keys():
                yield from self._pairs(cells[ratio.target], cells[ratio.of])

    def own(self, ratio: Figure) -> list[Row]:
        """Return the rows that a ratio stands in: one, or those of its conditions if a label has several."""
        rows = [row for row in self.of(ratio) if row.prints(ratio)]
        scope = self._page.scope(ratio)
        return [row for row in rows if self._page.relation(scope, row.scope) is Relation.SAME] or rows

    def _pairs(self, tops: list[Figure], bottoms: list[Figure]) -> Iterator[Row]:
        pairs = [(top, bottom) for top in tops for bottom in bottoms]
        scopes = self._page.scope
        same = [pair for pair in pairs if self._page.relation(*map(scopes, pair)) is Relation.SAME]
        is_labelled = not any(scopes(one).is_prose for one in (*tops, *bottoms))
        for top, bottom in same or (pairs if is_labelled else []):
            yield Row(top, bottom, scopes(top).meet(scopes(bottom)))
