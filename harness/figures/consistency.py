"""Contradictions within a page: figures that can't all be true, independent of any measurement.

Pure: it must not know any run. The rules are the same for every page:

1. **One quantity.** Two figures of one target and one quantity contradict each other if their claims (printed value or
   range, widened by its rounding) have no number in common. `12+` claims every number from 12 up, `< 5,000` all numbers
   below. Different conditions can explain different numbers: two figures don't contradict each other if both state
   conditions and have none in common.
2. **Difference.** A ratio in the same row as its two numbers must be their ratio, within its own rounding. The printed
   numbers are taken without their rounding, because a page computes its `Diff` column from them.
3. **Ratio.** A ratio must also be possible for the claims of every other row with the same quantity and the same two
   targets, unless different conditions explain it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.figures.published import Contradiction, Figure, FigureSet, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def find_contradictions(figures: FigureSet) -> tuple[Contradiction, ...]:
    """Return all contradictions among the figures of one source, each with all its figures."""
    plain = [figure for figure in figures.figures if figure.of is None]
    ratios = [figure for figure in figures.figures if figure.of is not None]
    rows = list(_rows(plain))
    return (*_quantities_apart(plain), *_differences_apart(ratios, rows), *_ratios_apart(ratios, rows))


def disjoint(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether two closed intervals have no number in common."""
    return one[1] < other[0] or other[1] < one[0]


@dataclass(frozen=True, slots=True)
class _Row:
    """The figures of one quantity in one place of the page, by target."""

    section: str
    label: str
    quantity: str
    cells: dict[str, Figure]

    def operands(self, ratio: Figure) -> tuple[Figure, Figure] | None:
        """Return numerator and denominator of a ratio; None if the row lacks one of them."""
        if ratio.quantity != self.quantity or ratio.of not in self.cells or ratio.target not in self.cells:
            return None
        return self.cells[ratio.target], self.cells[ratio.of]

    def prints(self, ratio: Figure) -> bool:
        return (ratio.section, ratio.label) == (self.section, self.label)


def _rows(plain: Iterable[Figure]) -> Iterator[_Row]:
    cells: dict[tuple[str, str, str], dict[str, Figure]] = defaultdict(dict)
    for figure in plain:
        if figure.quantity is not None:
            cells[figure.section, figure.label, figure.quantity][figure.target] = figure
    for (section, label, quantity), by_target in cells.items():
        yield _Row(section, label, quantity, by_target)


def _explained(one: Figure, other: Figure) -> bool:
    """Return whether different conditions explain a difference: both state some, and have none in common."""
    first, second = ({condition.casefold() for condition in figure.conditions} for figure in (one, other))
    return bool(first) and bool(second) and not first & second


def _quantities_apart(plain: Iterable[Figure]) -> Iterator[Contradiction]:
    groups: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for figure in plain:
        if figure.quantity is not None:
            groups[figure.target, figure.quantity].append(figure)
    for (target, quantity), group in groups.items():
        apart = tuple(
            one for one in group if any(disjoint(one.claim, two.claim) and not _explained(one, two) for two in group)
        )
        if apart:
            yield Contradiction(
                Rule.ONE_QUANTITY,
                f"Of {target} the page prints {quantity} as {_listed(apart)}; these can't all hold.",
                apart,
            )


def _differences_apart(ratios: Iterable[Figure], rows: Iterable[_Row]) -> Iterator[Contradiction]:
    for row in rows:
        for ratio in ratios:
            operands = row.operands(ratio)
            if operands is None or not row.prints(ratio):
                continue
            top, bottom = operands
            true_ratio = top.nominal / bottom.nominal if bottom.nominal else math.inf
            if disjoint(ratio.claim, (true_ratio, true_ratio)):
                yield Contradiction(
                    Rule.DIFFERENCE,
                    f"{_quoted(top)} over {_quoted(bottom)} is {ratio.unit.say(true_ratio)}, and the page prints "
                    f"{_listed([ratio])}.",
                    (ratio, top, bottom),
                )


def _ratios_apart(ratios: Iterable[Figure], rows: Iterable[_Row]) -> Iterator[Contradiction]:
    for row in rows:
        apart = tuple(ratio for ratio in ratios if not row.prints(ratio) and not _possible(ratio, row))
        if apart:
            cells = tuple(row.cells.values())
            given = " and ".join(f"{_quoted(cell)} for {cell.target}" for cell in cells)
            yield Contradiction(
                Rule.RATIO,
                f"The page prints {row.quantity} as {given} ({row.label}, {row.section}), which leaves no room for "
                f"{_listed(apart)}.",
                (*cells, *apart),
            )


def _possible(ratio: Figure, row: _Row) -> bool:
    """Return whether some values within the row's claims give the ratio; true if the row has not both targets."""
    operands = row.operands(ratio)
    if operands is None or any(_explained(ratio, cell) for cell in operands):
        return True
    (top_low, top_high), (bottom_low, bottom_high) = (cell.claim for cell in operands)
    smallest = max(top_low, 0.0) / bottom_high
    largest = top_high / bottom_low if bottom_low > 0 else math.inf
    return not disjoint(ratio.claim, (smallest, largest))


def _quoted(figure: Figure) -> str:
    """Return a figure's printed text in quotes, with its unit if the text has none."""
    bare = not any(letter.isalpha() or letter == "%" for letter in figure.printed)
    return f"'{figure.printed}'{f' {figure.unit}' if bare else ''}"


def _listed(figures: Iterable[Figure]) -> str:
    """Return the printed texts with their sections: `'~11 KB' (Key Facts & Figures, Full Comparison) and ...`."""
    places: dict[str, dict[str, None]] = defaultdict(dict)
    for figure in figures:
        places[_quoted(figure)][figure.section] = None
    items = [f"{quoted} ({', '.join(sections)})" for quoted, sections in places.items()]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
