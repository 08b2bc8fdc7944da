"""The interval of a percentile where whole blocks differ in speed: from the blocks' scales and the shape within them.

- The scale of a block is its median. The shape is the distribution of the durations over their block's scale.
- A percentile of a run estimates that of all blocks which such a machine would give. There a duration is one of the
  shape times one of the scales, and the logarithms of the scales are normal. The percentile is that of the convolution.
- Three numbers are uncertain: the mean of the scales (Student's t), the shape (Woodruff's interval, by the caller) and
  the spread of the scales (chi-squared). Few blocks tell the spread badly, and a high percentile depends on it.
- MOVER joins them (Zou and Donner, Statist. Med. 27, 2008): on each side the root of the sum of squares of the three
  distances from the estimate to the limit. The sides may differ, and the upper one is mostly the longer one.

Durations are logarithms here. This module knows neither pools nor metrics.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from harness.analysis.intervals import CONFIDENCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_SPREAD = 1e-9  # of equal scales: the quotient by it is finite
_FARTHEST = 10.0  # standard deviations within which all of a normal distribution lies
_HALVINGS = 24  # to less than a millionth of the span
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

    Args:
        shape: The values of the cells, in the last axis; one shape, or one for each spread.
        q: The share of durations below the quantile.
        spreads: Standard deviations of the logarithm of the scale, at least 0.
    """
    spreads = np.maximum(spreads, _LEAST_SPREAD)
    low, high = shape[..., 0] - _FARTHEST * spreads, shape[..., -1] + _FARTHEST * spreads
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_below = special.ndtr((middle[:, None] - shape) / spreads[:, None]) @ _SHARES < q
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return (low + high) / 2


def estimate(scales: Scales, shape: Shape, q: float) -> tuple[float, float, float] | None:
    """Return the logarithm of a quantile of all durations, and its limits; None if the spread of the scales is unknown.

    Args:
        scales: The scales of the blocks.
        shape: The shape within the blocks.
        q: The share of durations below the quantile.
    """
    freedom, tail = len(scales.logs) - 1, (1 - CONFIDENCE) / 2
    (center,), (spread,), (of_blocks,) = _moments(scales.logs, scales.samples[None, :])
    of_center = float(special.stdtrit(freedom, 1 - tail) * spread * math.sqrt(of_blocks))
    least, most = np.sqrt(freedom / special.chdtri(freedom, [tail, 1 - tail]))
    found = quantiles(shape.logs, q, spread * np.array([least, 1.0, most]))
    below, above = float(found[1] - found.min()), float(found.max() - found[1])
    if above > _TELLS_NOTHING:
        return None
    of_all = float(center + found[1])
    return (
        of_all,
        of_all - math.hypot(of_center, shape.below, below),
        of_all + math.hypot(of_center, shape.above, above),
    )


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
