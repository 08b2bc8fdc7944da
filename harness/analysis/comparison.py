"""Paired comparisons: the ratio of two subjects over the blocks in which both were measured.

Both values of a pair come from the same minutes on the machine, so drift between blocks does not change their ratio. A
verdict claims only what the interval allows.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from scipy import special

from harness.analysis.intervals import CONFIDENCE, Interval, log_t_interval, student
from harness.analysis.marks import NOT_RARE
from harness.model import CLAIMS, BetweenRuns, Comparison, Difference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

EQUIVALENCE = 0.02
_ENUMERATED = 14  # up to this number of signs all patterns are counted; for more signs, patterns are drawn
_ROUNDING = 1e-12
_Compared = TypeVar("_Compared", Comparison, BetweenRuns)


def ratio_interval(subject: Sequence[float], reference: Sequence[float]) -> Interval:
    """Return the ratio subject/reference of values paired by block, with its interval.

    Args:
        subject: One value per block.
        reference: The reference's values of the same blocks, in the same order.

    Raises:
        ValueError: There are fewer than two pairs, or a value is not positive and finite.
    """
    return log_t_interval([one / other for one, other in zip(subject, reference, strict=True)])


def sign_flip_p(ratios: Sequence[float]) -> float | None:
    """Return the two-sided probability of a mean log-ratio as far from 0, if the sign of each were random.

    It is exact for up to 14 pairs. It makes no assumption on the ratios' distribution, and is a check on the interval.
    The smallest possible value for n pairs is 2 / 2^n. For five pairs or fewer this is not below 0.05, so the
    probability would say nothing: it is None.
    """
    logs = np.log(ratios)
    if 2.0 ** (1 - len(logs)) >= 1 - CONFIDENCE:
        return None
    sums = _all_signs(len(logs)) @ logs if len(logs) <= _ENUMERATED else _drawn_sums(logs)
    # each pattern's sum has its own rounding error: an equal sum must not count as smaller because of the last digit
    as_far = np.abs(sums) >= abs(logs.sum()) * (1 - _ROUNDING)
    if len(logs) <= _ENUMERATED:
        return float(as_far.mean())
    return float((as_far.sum() + 1) / (len(sums) + 1))  # the observed pattern is one of the possible ones


@cache
def _all_signs(count: int) -> NDArray[np.float64]:
    """Return all patterns of `count` signs, one per row."""
    return np.where((np.arange(2**count)[:, None] >> np.arange(count)) & 1, -1.0, 1.0)


def _drawn_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums of values under the drawn patterns of signs.

    Eight signs are one byte: for each eight values there are 256 sums, and a pattern picks one. A product with the
    matrix of all signs takes five times as long, and with a thousand blocks 130 MB.
    """
    drawn = _drawn_signs(len(values))
    eights = np.pad(values, (0, 8 * len(drawn) - len(values))).reshape(len(drawn), 8)
    sums = np.zeros(drawn.shape[1])
    for pattern, of_eight in zip(drawn, eights @ _all_signs(8).T, strict=True):
        sums += of_eight[pattern]
    return sums


@cache
def _drawn_signs(count: int) -> NDArray[np.uint8]:
    """Return a fixed number of random patterns of `count` signs: one per column, eight signs in a byte."""
    drawn = np.random.default_rng(0).integers(0, 2, (2**_ENUMERATED, count))
    return np.packbits(drawn.astype(np.uint8), axis=1, bitorder="little").T.copy()


def p_of(ratio: Interval, pairs: int) -> float:
    """Return the two-sided probability of an estimate as far from 1, by Student's t: the p of the interval.

    Where the limits lie at unlike distances from the estimate, the distance of the limit on the side of 1 counts.

    Args:
        ratio: The ratio and its interval.
        pairs: The number of pairs behind it, at least two.
    """
    effect = math.log(ratio.estimate)
    half = effect - math.log(ratio.low) if effect > 0 else math.log(ratio.high) - effect
    if half == 0:
        return 0.0 if effect else 1.0
    return float(2 * special.stdtr(pairs - 1, -abs(effect) / half * student(pairs - 1)))


def holm(probabilities: Sequence[float]) -> tuple[float, ...]:
    """Return the probabilities of several comparisons, adjusted for their number by Holm's method.

    The chance of any wrong claim among all of them is then no larger than that of a single comparison. Step-down: the
    smallest is multiplied by their number n, the next by n - 1, and so on; none is smaller than the one before (S.
    Holm, Scand. J. Statist. 6, 1979).
    """
    adjusted = [0.0] * len(probabilities)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(probabilities)), key=probabilities.__getitem__)):
        largest = max(largest, min(1.0, (len(probabilities) - rank) * probabilities[place]))
        adjusted[place] = largest
    return tuple(adjusted)


def adjust_headlines(comparisons: Sequence[_Compared], probabilities: Mapping[int, float]) -> tuple[_Compared, ...]:
    """Return the comparisons with Holm's p for the headlines; claims that are not significant are taken back.

    Args:
        comparisons: All comparisons.
        probabilities: The probabilities of the headlines, by their places in `comparisons`.
    """
    adjusted = list(comparisons)
    for place, p in zip(probabilities, holm(list(probabilities.values())), strict=True):
        adjusted[place] = _among_headlines(adjusted[place], p, len(probabilities))
    return tuple(adjusted)


def _among_headlines(comparison: _Compared, p: float, count: int) -> _Compared:
    adjusted = replace(comparison, p_holm=p)
    if comparison.verdict not in CLAIMS or p < 1 - CONFIDENCE:
        return adjusted
    warning = f"{NOT_RARE} {count} headline comparisons (Holm's p is {p:.2g})"
    return replace(adjusted, verdict=Difference.NO_DIFFERENCE_SHOWN, warnings=(*comparison.warnings, warning))


def difference(ratio: Interval, *, at_least: bool = False, at_most: bool = False) -> Difference:
    """Return what a ratio's interval allows to claim; that of the inverted ratio allows the opposite.

    Args:
        ratio: The ratio and its interval.
        at_least: Whether the subject's value is a lower bound: the true ratio may then be larger.
        at_most: Whether the reference's value is a lower bound: the true ratio may then be smaller.
    """
    is_open = at_least or at_most
    if ratio.low >= 1 / (1 + EQUIVALENCE) and ratio.high <= 1 + EQUIVALENCE and not is_open:
        return Difference.EQUIVALENT
    if ratio.low > 1 and not at_most:
        return Difference.HIGHER
    if ratio.high < 1 and not at_least:
        return Difference.LOWER
    return Difference.INCONCLUSIVE if is_open else Difference.NO_DIFFERENCE_SHOWN
