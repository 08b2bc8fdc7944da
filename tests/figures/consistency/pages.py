"""Builders of small pages for the tests of consistency."""

import math
from pathlib import Path

from harness.figures.consistency import find_contradictions
from harness.figures.printed import UNITS, PrintedUnit, last_place, numbers_in
from harness.figures.published import Contradiction, Figure, FigureSet, Rule
from harness.units import Unit

FLASK, GIN = "flask_app", "gin_app"
_MORE_UNITS = {
    unit.name: unit
    for unit in (
        PrintedUnit("ns", Unit.SECOND, 1e-9),
        PrintedUnit("B", Unit.BYTE),
        PrintedUnit("MiB", Unit.BYTE, 2.0**20),
    )
}


def figure(  # noqa: PLR0913 - every argument is a key of a figures file
    printed: str,
    unit: str = "req/s",
    value: float | tuple[float, float] | None = None,
    *,
    target: str = FLASK,
    label: str = "Speed",
    section: str = "Facts",
    of: str | None = None,
    conditions: tuple[str, ...] = (),
    quantity: str | None = "throughput",
    metric: str | None = None,
) -> Figure:
    """Return a figure with the first number of its text, or with the given value or range, in the printed unit."""
    digits = numbers_in(printed)
    low, high = value if isinstance(value, tuple) else (float(digits[0]) if value is None else value,) * 2
    scale = UNITS.get(unit) or _MORE_UNITS[unit]
    return Figure(
        id=f"{section}.{label}.{target}.{of}.{printed}.{conditions}",
        label=label,
        printed=printed,
        section=section,
        target=target,
        metric=metric,
        unit=scale,
        low=scale.to_base(low),
        high=scale.to_base(high),
        rounding=_rounding(digits, low, high) * scale.factor,
        of=of,
        quantity=quantity,
        conditions=conditions,
    )


def _rounding(digits: tuple[str, ...], low: float, high: float) -> float:
    """Return half the last place of the numbers that are the figure's ends; of all numbers for `76+ thousand`."""
    ends = [text for text in digits if float(text) in {abs(low), abs(high)}]
    if ends:
        return max(map(last_place, ends)) / 2
    return last_place(digits[0]) * max(abs(low), abs(high)) / float(digits[0]) / 2


def at_least(printed: str, bound: float, unit: str = "x", **changes: str) -> Figure:
    """Return a figure of a lower bound, as `at_least` in a file gives it."""
    return figure(printed, unit, (bound, math.inf), **changes)  # type: ignore[arg-type]  # all are strings


def times(printed: str, value: float | None = None, **changes: str) -> Figure:
    """Return how many times Gin's number is Flask's, in the text."""
    given = {"section": "Text", "label": "[faster]", "target": GIN, "of": FLASK, "unit": "x", **changes}
    return figure(printed, value=value, **given)  # type: ignore[arg-type]  # all are strings


def difference(printed: str, percent: float | tuple[float, float], **changes: str) -> Figure:
    """Return how much more Gin's number is than Flask's, in the row of both."""
    given = {"target": GIN, "of": FLASK, **changes}
    return figure(printed, "% difference", percent, **given)  # type: ignore[arg-type]  # all are strings


def contradictions(*figures: Figure) -> tuple[Contradiction, ...]:
    """Return the contradictions of a page with these figures."""
    return find_contradictions(FigureSet("T", "S", "Jun 2026", Path("page.toml"), figures))


def rules(*figures: Figure) -> list[Rule]:
    """Return the rules that these figures break."""
    return [one.rule for one in contradictions(*figures)]
