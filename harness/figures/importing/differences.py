"""A column of ratios or differences: which framework is over which. The numbers beside it tell, by arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.figures.importing.amounts import amounts_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.importing.found import Finder
    from harness.figures.importing.page import Cell
    from harness.figures.importing.table_columns import Column

_CLOSE = 0.06
_PERCENT = 100


def numerator_of(
    finder: Finder, head: str, targets: Sequence[Column], body: Sequence[Sequence[Cell]], number: int
) -> tuple[str, str] | None:
    """Return the two frameworks of a column of ratios, numerator first; None if the numbers fit none or several.

    Args:
        finder: The finder of the page.
        head: The head of the column, which may name the denominator.
        targets: The columns of frameworks.
        body: The rows of the table.
        number: The number of the column of ratios.
    """
    named = {one.target for one in finder.subjects.mentions(head)}
    fits: dict[tuple[str, str], int] = {}
    rows = 0
    for row in body:
        values = {str(one.target): _value(finder, row, one.number) for one in targets}
        ratio = _ratio(finder, row, number)
        if ratio is None or sum(value is not None for value in values.values()) < 2:  # noqa: PLR2004 - two sides
            continue
        rows += 1
        for one, over in values.items():
            for other, under in values.items():
                if (
                    one != other
                    and over is not None
                    and under
                    and abs(over / under - ratio) <= _CLOSE * max(ratio, 0.1)
                ):
                    fits[one, other] = fits.get((one, other), 0) + 1
    fitting = [pair for pair, count in fits.items() if 2 * count > rows and (not named or named <= set(pair))]
    return fitting[0] if len(fitting) == 1 else None


def _value(finder: Finder, row: Sequence[Cell], number: int) -> float | None:
    amounts = list(amounts_in(row[number].plain[:200], finder.convention)) if number < len(row) else []
    return amounts[0].low * amounts[0].multiplier if amounts else None


def _ratio(finder: Finder, row: Sequence[Cell], number: int) -> float | None:
    amounts = list(amounts_in(row[number].plain[:200], finder.convention)) if number < len(row) else []
    if not amounts:
        return None
    one = amounts[0]
    return 1 + one.low / _PERCENT if one.unit == "%" else one.low
