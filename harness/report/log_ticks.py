"""The ticks of a logarithmic axis: at powers of ten, and between them where fewer than two of these have a name.

An axis with one named tick has no scale for a reader. Bytes have their ticks at round numbers of KiB, MiB and GiB, as
their names do.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.units import Unit, scale_of, unrounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LEAST_NAMED = 2
"""The least number of named ticks."""
_STEPS = (  # within a power of ten, from the coarsest; the finest has two in each span of a factor of 1.5
    (1.0,),
    (1.0, 2.0, 5.0),
    (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0),
    (1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.4, 2.8, 3.2, 3.6, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0),
)
_BYTES = 1024.0


def log_ticks(
    low: float, high: float, unit: Unit, name: Callable[[float], str], *, is_fine: bool = False
) -> list[float]:
    """Return the ticks of an axis, at least `LEAST_NAMED` of them with a name where its span has room for them.

    Args:
        low: The lower end of the axis, above 0.
        high: Its upper end.
        unit: The unit of its numbers.
        name: The text of a tick; empty for one that has no room.
        is_fine: Whether powers of ten alone are too coarse in any case.
    """
    ticks: list[float] = []
    for steps in _STEPS[is_fine:]:
        ticks = [value for value in _round_numbers(low, high, unit, steps) if low <= value <= high]
        if sum(bool(name(value)) for value in ticks) >= LEAST_NAMED:
            break
    return ticks


def tick_name(value: float, unit: Unit) -> str:
    """Return the name of a round number: `200 ms`, `1.5 MiB`."""
    divisor, of = scale_of(value, unit)
    return f"{unrounded(value / divisor)} {of}".rstrip()


def _round_numbers(low: float, high: float, unit: Unit, steps: Sequence[float]) -> Iterator[float]:
    """Yield the round numbers of a span, and some beyond its ends."""
    if unit is not Unit.BYTE:
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
            yield from (step * 10.0**power for step in steps)
        return
    for power in range(max(0, math.floor(math.log(low, _BYTES))), math.ceil(math.log(high, _BYTES)) + 1):
        numbers = (step * ten for ten in (1.0, 10.0, 100.0) for step in steps)
        yield from (number * _BYTES**power for number in numbers)
