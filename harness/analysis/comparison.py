"""Paired comparisons: the ratio of two subjects over the blocks in which both were measured.

Both of a pair met the same quarter of an hour of the machine, so the ratio of a block is free of what drifts between
blocks. The verdict says only what the interval allows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from harness.analysis.intervals import Interval, log_t_interval
from harness.statements import Difference

if TYPE_CHECKING:
    from collections.abc import Sequence

EQUIVALENCE = 0.02
# scipy enumerates all 2**n sign flips up to this many, and draws so many beyond
_RESAMPLES = 2**14


def ratio_interval(subject: Sequence[float], reference: Sequence[float]) -> Interval:
    """Return the ratio subject/reference of values paired by block, with its interval.

    Args:
        subject: One value a block.
        reference: The other's value of the same blocks, in the same order.

    Raises:
        ValueError: There are fewer than two pairs, or a value is not positive and finite.
    """
    return log_t_interval([mine / theirs for mine, theirs in zip(subject, reference, strict=True)])


def sign_flip_p(subject: Sequence[float], reference: Sequence[float]) -> float:
    """Return the two-sided probability of a mean log-ratio so far from 0, were the sign of each a coin's toss.

    Exact for up to 14 pairs. It assumes nothing of the ratios' distribution, and stands beside the interval as a check.
    """
    ratios = [math.log(mine / theirs) for mine, theirs in zip(subject, reference, strict=True)]
    tested = stats.permutation_test(
        (ratios,),
        np.mean,
        permutation_type="samples",
        n_resamples=_RESAMPLES,
        alternative="two-sided",
        rng=np.random.default_rng(0),
    )
    return float(tested.pvalue)


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
