"""The readings of a printed ratio: what `6.1x slower`, `-17 %` and `17 % less` say of two numbers.

Pure arithmetic; it must not know the other figures of the page. A ratio's figure is target over reference, so `over` is
the interval of the target's number divided by the reference's.
"""

from __future__ import annotations

import math
from enum import Enum, auto
from typing import TYPE_CHECKING

from harness.figures.consistency.claims import Reach, disjoint, possible, reach
from harness.figures.directed import Direction, compares, direction_in, direction_of, is_multiple, is_share
from harness.figures.printed import UNITS
from harness.metrics.catalogue import Family, family_of
from harness.units import significant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.figures.consistency.claims import Interval
    from harness.figures.published import Figure


class Reading(Enum):
    """How a column computes its numbers from target and reference."""

    OVER = auto()  # target / reference, or that minus one
    OWN_SIDE = auto()  # the difference as a share of the target: 1 - reference / target
    REVERSED = auto()  # reference / target, or that minus one


def is_difference(ratio: Figure) -> bool:
    """Return whether a ratio is printed as a relative difference: `-17 %`, `17 % less`."""
    return bool(ratio.unit.offset) or is_share(ratio)


def quotient(top: Interval, bottom: Interval) -> Interval:
    """Return the smallest and the largest ratio of two numbers that are not negative."""
    (top_low, top_high), (bottom_low, bottom_high) = top, bottom
    if bottom_high <= 0:
        return math.inf, math.inf
    return max(top_low, 0.0) / bottom_high, top_high / bottom_low if bottom_low > 0 else math.inf


def readings_of(ratio: Figure) -> tuple[Reading, ...]:
    """Return the readings that the words of a ratio allow, the plainest first.

    The printed words give the direction: `6 times less` is reference over target, and so is `2x faster` of a time. A
    time that is called 0.5x slower stays open. `Twice the memory` is target over reference.
    """
    if is_difference(ratio):
        return tuple(Reading)
    if is_multiple(ratio.printed):
        directed = direction_of(ratio)
        is_reversed = directed is not None and directed[0] is Direction.DOWN
        return (Reading.REVERSED if is_reversed else Reading.OVER,)
    found = direction_in(ratio.printed, ratio.metric)
    is_small = ratio.nominal < 1
    if found is None or (is_small and not _is_of_a_rate(ratio)):
        return Reading.OVER, Reading.REVERSED
    is_reversed = found[0] is Direction.DOWN and not is_small
    return (Reading.REVERSED if is_reversed else Reading.OVER,)


def fits(ratio: Figure, over: Interval, reading: Reading) -> bool:
    """Return whether a printed ratio is possible for two numbers, by one reading."""
    return any(not disjoint(claimed, read(over, reading)) for claimed in _claims(ratio))


def fits_somehow(ratio: Figure, over: Interval) -> bool:
    """Return whether a printed ratio is possible for two numbers, by any reading that its words allow."""
    return any(fits(ratio, over, reading) for reading in readings_of(ratio))


def fits_points(ratio: Figure, top: Interval, bottom: Interval) -> bool:
    """Return whether a difference is that of two percentages in points: 9.22 % - 71.62 % = -62.40 points."""
    points = 1 + top[0] - bottom[1], 1 + top[1] - bottom[0]
    return is_difference(ratio) and any(not disjoint(claimed, points) for claimed in _claims(ratio))


def read(over: Interval, reading: Reading) -> Interval:
    """Return the ratio by a reading; a difference as one plus the difference."""
    if reading is Reading.OVER:
        return over
    inverted = _inverse(over[1]), _inverse(over[0])
    return inverted if reading is Reading.REVERSED else (2 - inverted[1], 2 - inverted[0])


def allowed_by(ratio: Figure) -> tuple[Interval, ...]:
    """Return the values of target over reference that a printed ratio allows, one interval for each reading."""
    return tuple(_unread(claimed, reading) for reading in readings_of(ratio) for claimed in _claims(ratio))


def computed(ratio: Figure, top: str, bottom: str, over: float, reading: Reading) -> str:
    """Return the arithmetic of a ratio: `19,929 / 3,245 = 6.14`, `7.7 / 33.2 - 1 = -76.8%`."""
    if not is_difference(ratio):
        upper, lower = (bottom, top) if reading is Reading.REVERSED else (top, bottom)
        return f"{upper} / {lower} = {significant(_inverse(over) if reading is Reading.REVERSED else over)}"
    formula = {
        Reading.OVER: f"{top} / {bottom} - 1",
        Reading.OWN_SIDE: f"1 - {bottom} / {top}",
        Reading.REVERSED: f"{bottom} / {top} - 1",
    }[reading]
    return f"{formula} = {UNITS['% difference'].say(read((over, over), reading)[0])}"


def is_lower_bound(ratio: Figure) -> bool:
    """Return whether a ratio is claimed as the least: `50x+`."""
    return reach(ratio) is Reach.AT_LEAST


def _is_of_a_rate(ratio: Figure) -> bool:
    return ratio.metric is not None and family_of(ratio.metric) is Family.THROUGHPUT


def _claims(ratio: Figure) -> Iterator[Interval]:
    """Yield the values of target over reference that a ratio allows, without the direction of a plain `6x`."""
    claimed = possible(ratio)
    found = direction_of(ratio)
    if found is None or not is_share(ratio):
        yield claimed
        if is_difference(ratio) and _may_lack_its_sign(ratio):
            yield _mirrored(claimed)
        return
    low, high = claimed
    if found[0] is Direction.UP:
        yield 1 + low, 1 + high
        return
    yield 1 - high, 1 - low
    yield _inverse(1 + high), _inverse(1 + low)


def _may_lack_its_sign(ratio: Figure) -> bool:
    """Return whether words give the direction, so that `17 % less` may stand for -17 %; not those of `17 % more`."""
    found = direction_in(ratio.printed, ratio.metric)
    is_up = found is not None and found[0] is Direction.UP
    return compares(f"{ratio.printed} {ratio.label}") and not is_up


def _unread(claimed: Interval, reading: Reading) -> Interval:
    """Return the ratios of target over reference that give a claimed number by a reading: the inverse of `read`."""
    if reading is Reading.OVER:
        return claimed
    low, high = claimed if reading is Reading.REVERSED else _mirrored(claimed)
    return _inverse(max(high, 0.0)), _inverse(max(low, 0.0))


def _mirrored(claimed: Interval) -> Interval:
    return 2 - claimed[1], 2 - claimed[0]


def _inverse(value: float) -> float:
    return 1 / value if value else math.inf
