"""The interval of a percentile where whole blocks differ in speed: from the blocks' scales and the shape within them.

- The scale of a block is its median, or a quartile where the medians tell no speed (see `percentiles`). The shape is
  the distribution of the durations over their block's scale.
- A percentile of a run estimates that of all blocks which such a machine would give. There a duration is one of the
  shape times one of the scales, and the logarithms of the scales are normal. The percentile is that of the convolution.
- Three numbers are uncertain: the mean of the scales (Student's t), the shape (Woodruff's interval, by the caller) and
  the spread of the scales (chi-squared). Few blocks tell the spread badly, and a high percentile depends on it.
- MOVER joins them (Zou and Donner, Statist. Med. 27, 2008): on each side the root of the sum of squares of the three
  distances from the estimate to the limit. The sides may differ, and the upper one is mostly the longer one. A sum of
  several errors has more degrees of freedom than each of them (Satterthwaite, Biometrics Bull. 2, 1946), so the root
  has the smaller quantile of Student's t that belongs to them.
- The ratio of two percentiles of the same blocks has the mean of the blocks' own ratios of scales (Student's t,
  paired), both shapes, and two uncertainties of the spread: that of both targets together, which is mostly the
  machine's (chi-squared), and that of one spread over the other (Pitman and Morgan, Biometrika 31, 1939).

Durations are logarithms here. This module knows neither pools nor metrics.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from harness.analysis.intervals import CONFIDENCE, student

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TAIL = (1 - CONFIDENCE) / 2
_LEAST_SPREAD = 1e-9  # of equal scales: the quotient by it is finite
_FARTHEST = 10.0  # standard deviations within which all of a normal distribution lies
_EXACT = 4e-6  # width of the bracket of a quantile, as a logarithm: a bin has 250 such
_NEARLY_NONE = 1e-15  # smaller shares count as this one: their normal quantile is finite
_TRUNCATED = 0.1  # of the square of the bracket's width: so far from the end of the bracket lies a guess at least
_TELLS_NOTHING = math.log(100)  # an upper limit so far above the estimate, from the spread of the scales alone
# Cells of a shape: shares of the durations at even steps of the log-odds, so the tails have as many as the middle.
_ODDS = np.linspace(-14, 14, 401)
_MIDDLES = special.expit((_ODDS[1:] + _ODDS[:-1]) / 2)
_SHARES = np.diff(special.expit(_ODDS))


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """The scales of the blocks of a run, at least two.

    Attributes:
        logs: The logarithm of the scale of each block.
        samples: The number of durations of each block: so much a block counts in a percentile of all durations.
    """

    logs: NDArray[np.float64]
    samples: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The distribution of durations over their block's scale.

    Attributes:
        logs: Logarithms of durations over their block's scale, ascending: one for each cell.
        below, above: The distances from a percentile of the shape to the limits of its interval.
    """

    logs: NDArray[np.float64]
    below: float
    above: float


def cells(logs: NDArray[np.float64], cumulated: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return one value for each cell of a shape.

    Args:
        logs: The value of each bin, ascending.
        cumulated: The number of durations up to each bin.
    """
    found: NDArray[np.float64] = logs[np.searchsorted(cumulated, _MIDDLES * cumulated[-1])]
    return found


def quantiles(shape: NDArray[np.float64], q: float, spreads: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a quantile of a shape times a lognormal scale of median 1, for each of several spreads of the scale.

    The search is that of Oliveira and Takahashi (ACM Trans. Math. Softw. 47, 2020) on the normal quantile of the share:
    ten steps where bisection needs 24, and never more than one more than that.

    Args:
        shape: The values of the cells, in the last axis; one shape, or one for each spread.
        q: The share of durations below the quantile.
        spreads: Standard deviations of the logarithm of the scale, at least 0.
    """
    spreads, normal = np.maximum(spreads, _LEAST_SPREAD), special.ndtri(q)
    low, high = shape[..., 0] - _FARTHEST * spreads, shape[..., -1] + _FARTHEST * spreads
    of_low, of_high = (np.full(low.shape, end - normal) for end in special.ndtri([_NEARLY_NONE, 1 - _NEARLY_NONE]))
    most = _EXACT * 2.0 ** np.ceil(np.log2((high - low).max() / _EXACT))
    while (width := high - low).max() > _EXACT:
        middle, guess = (low + high) / 2, (of_high * low - of_low * high) / (of_high - of_low)
        side, distance = np.sign(middle - guess), np.abs(middle - guess)
        away = distance - np.minimum(np.maximum(_TRUNCATED * width**2, _EXACT / 4), distance)
        place = middle - side * np.minimum(away, np.maximum(most - width / 2, 0))
        share = special.ndtr((place[:, None] - shape) / spreads[:, None]) @ _SHARES
        found = special.ndtri(np.clip(share, _NEARLY_NONE, 1 - _NEARLY_NONE)) - normal
        is_below = found < 0
        low, of_low = np.where(is_below, place, low), np.where(is_below, found, of_low)
        high, of_high = np.where(is_below, high, place), np.where(is_below, of_high, found)
        most /= 2
    return (low + high) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A percentile of all durations of a run, and what is uncertain about it.

    Attributes:
        scales: The scales of the blocks.
        shape: The shape within the blocks.
        q: The share of durations below the percentile.
        center: The mean of the scales.
        spread: The standard deviation of the scales.
        of_center: The half-width of the interval of the mean of the scales.
        of_spreads: The percentile of the shape times the scales around their mean, for the least, the observed and the
            largest spread of the scales.
    """

    scales: Scales
    shape: Shape
    q: float
    center: float
    spread: float
    of_center: float
    of_spreads: NDArray[np.float64]

    @property
    def middle(self) -> float:
        """The estimate of the percentile."""
        return self.center + float(self.of_spreads[1])

    def limits(self) -> tuple[float, float] | None:
        """Return the limits of the percentile; None if the spread of the scales is unknown."""
        below, above = _reach(self.of_spreads[[0, 2]] - self.of_spreads[1])
        if above > _TELLS_NOTHING:
            return None
        freedom = len(self.scales.logs) - 1
        return (
            self.middle - together(freedom, self.of_center, self.shape.below, below),
            self.middle + together(freedom, self.of_center, self.shape.above, above),
        )


def mixture(scales: Scales, shape: Shape, q: float) -> Mixture:
    """Return a percentile of all durations.

    Args:
        scales: The scales of the blocks.
        shape: The shape within the blocks.
        q: The share of durations below the percentile.
    """
    freedom = len(scales.logs) - 1
    (center,), (spread,), (of_blocks,) = _moments(scales.logs, scales.samples[None, :])
    of_center = student(freedom) * spread * math.sqrt(of_blocks)
    least, most = _spreads_over_observed(freedom)
    found = quantiles(shape.logs, q, spread * np.array([least, 1.0, most]))
    return Mixture(scales, shape, q, float(center), float(spread), float(of_center), found)


def ratio(one: Mixture, other: Mixture) -> tuple[float, float, float]:
    """Return the logarithm of the ratio of a percentile of two targets, and its limits.

    Args:
        one: The percentile of the subject.
        other: The same percentile of the reference, of the same blocks in the same order: at least three.
    """
    freedom = len(one.scales.logs) - 1
    own = Scales(one.scales.logs - other.scales.logs, one.scales.samples + other.scales.samples)
    _, (spread,), (of_blocks,) = _moments(own.logs, own.samples[None, :])
    of_center = float(student(freedom) * spread * math.sqrt(of_blocks))
    apart = one.of_spreads - other.of_spreads
    common, unlike = _reach(apart[[0, 2]] - apart[1]), _of_unlike_spreads(one, other)
    below = together(freedom, of_center, one.shape.below, other.shape.above)
    above = together(freedom, of_center, one.shape.above, other.shape.below)
    middle = one.middle - other.middle
    return middle, middle - math.hypot(common[0], unlike[0], below), middle + math.hypot(common[1], unlike[1], above)


def _of_unlike_spreads(one: Mixture, other: Mixture) -> tuple[float, float]:
    """Return how far the ratio may lie below and above its estimate because the spreads of two targets differ.

    The effect of this difference is in proportion to the spread. If the observed spread is too small, so is the effect.
    So where a larger spread is the limit of the ratio on a side, the effect is that at a spread between the observed
    one and the largest: the closer to it, the more the spread that both have in common decides about the ratio.
    """
    freedom = len(one.scales.logs) - 1
    ends, apart = np.log(_spreads_over_observed(freedom)), _apart(one.scales.logs, other.scales.logs)
    by_one, by_other = ((of.of_spreads[2] - of.of_spreads[0]) / (ends[1] - ends[0]) for of in (one, other))
    of_common, of_apart = ((by_one - by_other) * (ends[1] - ends[0]) / 2) ** 2, ((by_one + by_other) * apart / 2) ** 2
    if of_apart == 0:
        return 0.0, 0.0
    sides = np.maximum(ends if by_one > by_other else ends[::-1], 0)
    common = np.exp(sides * of_common / (of_common + of_apart))[:, None]
    factors = np.exp(np.array([-0.5, 0.0, 0.5]) * apart)
    spreads = np.ravel([one.spread * common * factors, other.spread * common / factors])
    shapes = np.repeat([one.shape.logs, other.shape.logs], spreads.size // 2, axis=0)
    of_one, of_other = quantiles(shapes, one.q, spreads).reshape(2, len(sides), -1)
    below, above = ((of_one - of_other)[:, [0, 2]] - (of_one - of_other)[:, [1]]).tolist()
    return max(0.0, -min(below)), max(0.0, *above)


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return how far the logarithm of one spread over the other may be off, for pairs of normal values.

    This is Pitman's and Morgan's interval: the sum and the difference of pairs are uncorrelated exactly if the spreads
    are equal.
    """
    differences, others = one - one.mean(), other - other.mean()
    squares = float((differences**2).sum() * (others**2).sum())
    if squares <= _LEAST_SPREAD**4:
        return 0.0
    freedom = len(one) - 2
    alike = min(1.0, float((differences * others).sum()) ** 2 / squares)
    return math.acosh(1 + 2 * (1 - alike) * student(freedom) ** 2 / freedom) / 2


def _spreads_over_observed(freedom: int) -> NDArray[np.float64]:
    """Return the limits of a spread over the observed one."""
    limits: NDArray[np.float64] = np.sqrt(freedom / special.chdtri(freedom, [_TAIL, 1 - _TAIL]))
    return limits


def _reach(distances: NDArray[np.float64]) -> tuple[float, float]:
    """Return how far the farthest of distances lie below 0 and above it, both at least 0."""
    return max(0.0, -float(distances.min())), max(0.0, float(distances.max()))


def together(freedom: int, *distances: float) -> float:
    """Return the distance to a limit that several independent errors make together: at least the longest one.

    With two degrees of freedom each, the quantile of two equal errors falls by more than the root of squares grows.

    Args:
        freedom: The degrees of freedom of each error.
        distances: The distance to the limit from each error alone.
    """
    longest = max(distances)
    if longest == 0:
        return 0.0
    squares = [(distance / longest) ** 2 for distance in distances]
    of_all = freedom * sum(squares) ** 2 / sum(square**2 for square in squares)
    return longest * max(1.0, math.sqrt(sum(squares)) * student(of_all) / student(freedom))


def without_each(scales: Scales, shapes: NDArray[np.float64], q: float) -> NDArray[np.float64]:
    """Return the logarithm of a quantile of all durations without each of at least three blocks in turn.

    Args:
        scales: The scales of all blocks.
        shapes: The values of the cells without each block: one row for each block.
        q: The share of durations below the quantile.
    """
    others = np.where(np.eye(len(scales.logs), dtype=bool), 0, scales.samples)
    centers, spreads, _ = _moments(scales.logs, others)
    return centers + quantiles(shapes, q, spreads)


def _moments(
    logs: NDArray[np.float64], samples: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean and the standard deviation of scales, and the sum of the squares of the blocks' weights.

    This sum is 1 / number of blocks, if all have as many durations.

    Args:
        logs: The logarithms of the scales.
        samples: One row for each choice of blocks: the durations of each block, 0 for one that is left out.
    """
    weights = samples / samples.sum(axis=1, keepdims=True)
    centers, squares = weights @ logs, (weights**2).sum(axis=1)
    variances = (weights * (logs - centers[:, None]) ** 2).sum(axis=1) / (1 - squares)
    return centers, np.sqrt(variances), squares
