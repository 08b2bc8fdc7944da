"""Paired comparisons: the ratio of two subjects over the blocks in which both were measured.

Both of a pair met the same quarter of an hour of the machine, so the ratio of a block is free of what drifts between
blocks. The verdict says only what the interval allows.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from scipy import special

from harness.analysis.intervals import CONFIDENCE, Interval, log_t_interval
from harness.model import BetweenRuns, Comparison, Difference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

EQUIVALENCE = 0.02
CLAIMS = (Difference.HIGHER, Difference.LOWER)
_ENUMERATED = 14  # of so many signs all patterns are counted, and beyond as many of them are drawn
_ROUNDING = 1e-12
_Compared = TypeVar("_Compared", Comparison, BetweenRuns)


def ratio_interval(subject: Sequence[float], reference: Sequence[float]) -> Interval:
    """Return the ratio subject/reference of values paired by block, with its interval.

    Args:
        subject: One value a block.
        reference: The other's value of the same blocks, in the same order.

    Raises:
        ValueError: There are fewer than two pairs, or a value is not positive and finite.
    """
    return log_t_interval([mine / theirs for mine, theirs in zip(subject, reference, strict=True)])


def sign_flip_p(ratios: Sequence[float]) -> float:
    """Return the two-sided probability of a mean log-ratio so far from 0, were the sign of each a coin's toss.

    Exact for up to 14 pairs. It assumes nothing of the ratios' distribution, and stands beside the interval as a check.
    """
    logs = np.log(ratios)
    signs = _signs(len(logs))
    # every pattern's sum is rounded in another order: what is as far out must not fall short by a last digit
    as_far = np.abs(signs @ logs) >= abs(logs.sum()) * (1 - _ROUNDING)
    if len(logs) <= _ENUMERATED:
        return float(as_far.mean())
    return float((as_far.sum() + 1) / (len(signs) + 1))  # the pattern that was observed is one of those possible


@cache
def _signs(count: int) -> NDArray[np.float64]:
    """Return all patterns of so many signs, a row each, or as many drawn ones where they are too many."""
    if count <= _ENUMERATED:
        drawn = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    else:
        drawn = np.random.default_rng(0).integers(0, 2, (2**_ENUMERATED, count))
    return np.where(drawn, -1.0, 1.0)


def paired_t_p(ratios: Sequence[float]) -> float:
    """Return the two-sided probability of a mean log-ratio so far from 0 by Student's t: the interval's own p.

    Args:
        ratios: One a block, at least two.
    """
    logs = [math.log(ratio) for ratio in ratios]
    error = statistics.stdev(logs) / math.sqrt(len(logs))
    mean = math.fsum(logs) / len(logs)
    if error == 0:
        return 0.0 if mean else 1.0
    return float(2 * special.stdtr(len(logs) - 1, -abs(mean / error)))


def holm(probabilities: Sequence[float]) -> tuple[float, ...]:
    """Adjust the probabilities of several comparisons so that one claim among them all is wrong no more often than one.

    Step-down: the smallest times all of them, the next times all but one, and so on, none smaller than the one before
    (S. Holm, Scand. J. Statist. 6, 1979).
    """
    adjusted = [0.0] * len(probabilities)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(probabilities)), key=probabilities.__getitem__)):
        largest = max(largest, min(1.0, (len(probabilities) - rank) * probabilities[place]))
        adjusted[place] = largest
    return tuple(adjusted)


def hold_headlines(comparisons: Sequence[_Compared], probabilities: Mapping[int, float]) -> tuple[_Compared, ...]:
    """Adjust the probabilities of the headlines by Holm, and take back what is no longer rare among so many.

    Args:
        comparisons: All of them.
        probabilities: Those of the headlines, by their places among all.
    """
    held = list(comparisons)
    for place, p in zip(probabilities, holm(list(probabilities.values())), strict=True):
        held[place] = _among_headlines(held[place], p, len(probabilities))
    return tuple(held)


def _among_headlines(comparison: _Compared, p: float, count: int) -> _Compared:
    adjusted = replace(comparison, p_holm=p)
    if comparison.verdict not in CLAIMS or p < 1 - CONFIDENCE:
        return adjusted
    warning = f"not rare enough among {count} headline comparisons (Holm's p is {p:.2g})"
    return replace(adjusted, verdict=Difference.NO_DIFFERENCE_SHOWN, warnings=(*comparison.warnings, warning))


def difference(ratio: Interval, *, at_least: bool = False, at_most: bool = False) -> Difference:
    """Say what a ratio's interval allows to claim.

    Args:
        ratio: The ratio and its interval.
        at_least: What was read of the subject is a lower bound, so the true ratio may lie anywhere above.
        at_most: What was read of the reference is a lower bound, so the true ratio may lie anywhere below.
    """
    is_open = at_least or at_most
    if ratio.low >= 1 - EQUIVALENCE and ratio.high <= 1 + EQUIVALENCE and not is_open:
        return Difference.EQUIVALENT
    if ratio.low > 1 and not at_most:
        return Difference.HIGHER
    if ratio.high < 1 and not at_least:
        return Difference.LOWER
    return Difference.INCONCLUSIVE if is_open else Difference.NO_DIFFERENCE_SHOWN
