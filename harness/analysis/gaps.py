"""What the generator's own time per request changes in a ratio of throughputs.

In closed load a connection waits while the generator verifies an answer and sends the next request: the gap of a cycle.
If this takes longer for the answers of one target than for those of the other, a part of their ratio is the
generator's. This module says which part, and leaves the verdict to `rulings`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.units import Unit, human, significant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.analysis.laws import Cycles

_LEAST = 0.005  # a ratio is not known to less
_LEAST_SHARE = 0.1  # of the distance of the ratio from 1


@dataclass(frozen=True, slots=True)
class GapEffect:
    """Effect of unequal gaps on a ratio.

    Attributes:
        factors: What the ratio is multiplied by if both gaps are as short as the shorter one, by block.
        warning: The gaps, the cycles and the ratio without their difference.
    """

    factors: Mapping[int, float]
    warning: str


def gap_effect(
    ratios: Mapping[int, float], subject: Mapping[int, Cycles], reference: Mapping[int, Cycles]
) -> GapEffect | None:
    """Return the effect of unequal gaps; None if it is too small to explain the ratio, or if a gap is not stored.

    The effect is below half a per cent, or below a tenth of the distance of the ratio from 1: then it explains nothing.

    Args:
        ratios: Rate of the subject over that of the reference, by block.
        subject: The cycles of the subject, by block.
        reference: The cycles of the reference, by block.
    """
    pairs = [(block, subject.get(block), reference.get(block)) for block in ratios]
    known = [(block, one, other) for block, one, other in pairs if one and other and _is_known(one, other)]
    if len(known) < len(ratios) or not known:
        return None
    factors = {block: _factor(one, other) for block, one, other in known}
    effect, ratio = _mean_log(factors), _mean_log(ratios)
    if abs(effect) < max(_LEAST, _LEAST_SHARE * abs(ratio)):
        return None
    mine, theirs = [one for _, one, _ in known], [other for _, _, other in known]
    return GapEffect(factors, _words(mine, theirs, math.exp(ratio + effect)))


def _is_known(one: Cycles, other: Cycles) -> bool:
    return all(side.gap_s is not None and side.service.count for side in (one, other))


def _factor(one: Cycles, other: Cycles) -> float:
    shorter_s = min(one.gap_s or 0.0, other.gap_s or 0.0)
    return _cycle_s(one) / (one.service.mean_s + shorter_s) * (other.service.mean_s + shorter_s) / _cycle_s(other)


def _cycle_s(one: Cycles) -> float:
    return one.service.mean_s + (one.gap_s or 0.0)


def _mean_log(ratios: Mapping[int, float]) -> float:
    return math.fsum(map(math.log, ratios.values())) / len(ratios)


def _words(mine: list[Cycles], theirs: list[Cycles], equal: float) -> str:
    gaps = [human(sum(one.gap_s or 0.0 for one in side) / len(side), Unit.SECOND) for side in (mine, theirs)]
    cycles = [human(sum(map(_cycle_s, side)) / len(side), Unit.SECOND) for side in (mine, theirs)]
    return (
        f"the generator's own time per request differs: {gaps[0]} of {cycles[0]} for the subject, {gaps[1]} of "
        f"{cycles[1]} for the reference; with equal times the ratio would be {significant(equal, 3)}"
    )
