"""Percentiles of a run: quantiles of the durations pooled over its blocks, with intervals from the spread of blocks.

- The estimate is the quantile of the pooled durations. A mean of the blocks' own percentiles hides a rare stall: most
  blocks do not have it.
- The interval is Woodruff's (J. Amer. Statist. Assoc. 47, 1952), with the block as the cluster: Student's t gives the
  limits of the share of durations below the quantile, from the variation of this share between blocks. The pooled
  quantile function turns both limits into durations. Durations in one stall are not independent, but blocks are.
- Woodruff's interval has an open side where the machine's speed differs much between blocks: few blocks then have
  nearly all of the slowest durations. There the interval comes from the blocks' scales and the shape within them: see
  `unlike_blocks`.
- Woodruff's interval is too short where a side is nearly open. So from half of the share beyond the percentile on, both
  intervals are computed. If the scales explain three quarters of the variance of the share, the result is the interval
  from scales and shape. If stalls have a larger part in it, the result contains both intervals, as far as closed.
- A block's scale is its median. Between two modes medians tell no speed: they are at a gap, or some are of one mode and
  some of the other. So upper and lower quartiles are tried next, and the first scales that explain the share are taken.
- If this interval has an open side, too, there is no result: the slowest durations come from too few stalls.
- Ratios and probabilities need a value of each block. It is the pseudo-value of the jackknife that leaves out one block
  at a time (Tukey 1958), on the logarithm. The mean of these values is the logarithm of the estimate. The estimate is
  the pooled quantile, or where blocks differ the quantile of scales and shape. There, the pooled quantile is that of
  the slowest block, so a ratio of two such quantiles would be one of two single blocks.
- At a gap in the durations, such as between two modes, the pseudo-values say nothing: all of them may be of one mode,
  and Woodruff's interval has both. A ratio does not rest on them there: see `percentile_ratios`.

`docs/decisions.md` has the coverage of this interval and of the rejected ones. This module does not know metrics.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.analysis.intervals import LEAST_TRIALS, Interval, log_t_interval, standard_error, student
from harness.analysis.marks import NOT_ENOUGH
from harness.analysis.unlike_blocks import Mixture, Scales, Shape, cells, mixture, without_each
from harness.histogram import BIN_COUNT, seconds_of
from harness.metrics.words import percentile as in_words

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from harness.histogram import Histogram
    from harness.metrics.names import Quantile

LARGEST_LOG = 690.0  # its exponential is still a finite number
_ROUNDING = 1e-9
_CLOCK_S = 1e-9  # resolution of the clock: a duration that reads 0 s lies below, and counts as half of it
_NEARLY_OPEN = 0.5  # uncertainty of the share beyond a percentile, over this share
_EXPLAINED = 0.25  # of the variance of the share beyond a percentile: more than the rest is from the blocks' scales
_SCALES = 0.5, 0.75, 0.25  # quantiles of a block that are its scale, the first one that lies at no gap
_OFF = 1.0  # a quantile is off by chance by this over the root of its durations: two standard errors, as a share
_MOST_OFF = 0.1
READ_TO = 0.001  # width of a bin, as a logarithm: of a histogram, and of durations over their block's scale
_UNLIKE_WIDTHS = 3.0  # of Woodruff's interval and of that of the blocks' values: without a gap up to 2.6, at a gap 9


@dataclass(frozen=True, eq=False)  # without slots: what all percentiles of a pool have in common is computed once
class Pool:
    """Durations of one load in all blocks that have any, as counts of bins.

    Attributes:
        blocks: The numbers of the blocks.
        values_s: The duration of each bin, ascending; above 0.
        counts: One row for each block, one column for each bin.
        sums_s: The exact sum of the durations of each block.
    """

    blocks: tuple[int, ...]
    values_s: NDArray[np.float64]
    counts: NDArray[np.int64]
    sums_s: NDArray[np.float64]

    def over(self, blocks: Collection[int]) -> Pool:
        """Return the pool of some of its blocks."""
        rows = [row for row, block in enumerate(self.blocks) if block in blocks]
        if len(rows) == len(self.blocks):
            return self
        counts = self.counts[rows]
        used = counts.any(axis=0)
        kept = tuple(self.blocks[row] for row in rows)
        return Pool(kept, self.values_s[used], counts[:, used], self.sums_s[rows])

    @cached_property
    def cumulated(self) -> NDArray[np.int64]:
        """The number of durations of each block up to each bin."""
        return self.counts.cumsum(axis=1)

    @cached_property
    def pooled(self) -> NDArray[np.int64]:
        """The number of durations of all blocks up to each bin."""
        found: NDArray[np.int64] = self.cumulated.sum(axis=0)
        return found

    @cached_property
    def by_scales(self) -> tuple[tuple[Scales, Pool], ...]:
        """The scales of the blocks and the durations over them: by medians first, then by upper and lower quartiles.

        All durations of a block follow its speed, so each quantile tells it. But not one at a gap in the durations:
        between two modes of about half of the durations each, a median is of one or the other by chance. So as far as
        the quantile may be off by chance, no step may be longer than half of the block's middle half of durations.
        """
        logs = np.log(self.values_s)
        off = np.minimum(_OFF / np.sqrt(self.cumulated[:, -1:]), _MOST_OFF)
        first, third = (logs[_place(self.cumulated, q)] for q in (0.25, 0.75))
        found = []
        for share in _SCALES:
            low, high = (logs[_place(self.cumulated, share + side * off)] for side in (-1, 1))
            if (high - low <= np.maximum((third - first) / 2, READ_TO)).all():
                scales = Scales(logs[_place(self.cumulated, share)], self.cumulated[:, -1])
                found.append((scales, self._over(scales)))
        return tuple(found)

    def _over(self, scales: Scales) -> Pool:
        """Return the durations over their block's scale, in bins of equal width."""
        rows, columns = np.nonzero(self.counts)
        steps = np.rint((np.log(self.values_s)[columns] - scales.logs[rows]) / READ_TO).astype(np.int64)
        least = int(steps.min())
        width = int(steps.max()) - least + 1
        flat = np.bincount(rows * width + steps - least, self.counts[rows, columns], len(self.blocks) * width)
        counts = np.rint(flat).astype(np.int64).reshape(-1, width)
        used = np.flatnonzero(counts.any(axis=0))
        return replace(self, values_s=np.exp((used + least) * READ_TO), counts=counts[:, used])

    @cached_property
    def cells(self) -> NDArray[np.float64]:
        """The cells of the durations of all blocks."""
        return cells(np.log(self.values_s), self.pooled)

    @cached_property
    def cells_without_each(self) -> NDArray[np.float64]:
        """The cells of the durations without each block in turn: one row for each block."""
        logs = np.log(self.values_s)
        return np.array([cells(logs, others) for others in self.pooled - self.cumulated])

    def forget(self) -> None:
        """Drop what all percentiles have in common, several times the counts; it is computed anew when one needs it."""
        for name in tuple(vars(self).keys() - self.__dataclass_fields__.keys()):
            del self.__dict__[name]


@dataclass(frozen=True, slots=True)
class Pooled:
    """A percentile or a mean of a pool.

    Attributes:
        interval: The estimate in seconds, and its interval.
        by_block: A value for each block, for ratios. It is not the block's own percentile.
        samples: The number of durations.
        effective: The number of independent durations with which the estimate would be as uncertain as it is.
        mixture: The percentile from the blocks' scales and the shape; only where Woodruff's interval is nearly open.
        is_nearly_open: Whether Woodruff's interval is nearly open: blocks differ in speed, or few stalls decide.
    """

    interval: Interval
    by_block: Mapping[int, float]
    samples: int
    effective: float
    mixture: Mixture | None = None
    is_nearly_open: bool = False

    @property
    def is_at_a_gap(self) -> bool:
        """Whether the percentile lies at a gap in the durations, which the values of the blocks do not show.

        Woodruff's interval and that of the values are then unlike: the values of all blocks may lie on one side.
        """
        logs = [math.log(value) for value in self.by_block.values()]
        widths = math.log(self.interval.high / self.interval.low), 2 * student(len(logs) - 1) * standard_error(logs)
        return max(widths) > _UNLIKE_WIDTHS * min(widths)


def pool(by_block: Mapping[int, Histogram]) -> Pool:
    """Return the pool of the durations of several blocks; a block without durations is left out."""
    kept = {block: histogram for block, histogram in sorted(by_block.items()) if histogram.count}
    filled = [histogram.filled() for histogram in kept.values()]
    is_filled = np.zeros(BIN_COUNT, dtype=bool)  # a mask of all bins is thirty times as fast as np.unique
    for of_block, _ in filled:
        is_filled[of_block] = True
    bins = np.flatnonzero(is_filled)
    counts = np.zeros((len(kept), len(bins)), dtype=np.int64)
    for row, (of_block, own) in enumerate(filled):
        counts[row, np.searchsorted(bins, of_block)] = own
    values_s = seconds_of(bins)
    if kept:
        ends_ns = [end for one in kept.values() for end in (one.min_ns, one.max_ns) if end is not None]
        values_s = np.clip(values_s, max(min(ends_ns) / 1e9, _CLOCK_S / 2), max(max(ends_ns) / 1e9, _CLOCK_S / 2))
    return Pool(tuple(kept), values_s, counts, np.array([one.sum_ns / 1e9 for one in kept.values()]))


def percentile(of: Pool, quantile: Quantile) -> Pooled | str:
    """Return a percentile of a pool; if it can't be given, return the reason."""
    blocks, samples, q = len(of.blocks), int(of.counts.sum()), quantile.share
    reason = _too_few(of) or _too_few_samples(blocks, samples, quantile)
    if reason:
        return reason
    place = _place(of.pooled, q)
    error = _error_of_share(of, place, q)
    effective = min(float(samples), q * (1 - q) / error**2) if error else float(samples)
    estimate_s, without_s = float(of.values_s[place]), of.values_s[_place(of.pooled - of.cumulated, q)]
    half = student(blocks - 1) * error
    interval = _limits(of, q, half)
    by_block = _pseudo_values(of.blocks, estimate_s, without_s)
    is_nearly_open = half >= _NEARLY_OPEN * min(q, 1 - q)
    found = _mixed(of, q) if is_nearly_open else None
    if found is not None:
        from_scales = found.interval(estimate_s)
        if from_scales is not None:
            is_explained = found.error**2 <= _EXPLAINED * error**2
            interval = from_scales if is_explained else _both(interval, from_scales)
            by_block = found.by_block(of.blocks) or by_block
    if interval is None:
        return _too_dependent(blocks, round((1 - q) * samples), (1 - q) * effective, quantile)
    if interval.low < _CLOCK_S:
        return f"the {in_words(quantile)} may be below 1 ns, and the clock shows no shorter durations"
    return Pooled(interval, by_block, samples, effective, found.whole if found else None, is_nearly_open)


def _limits(of: Pool, q: float, half: float) -> Interval | None:
    """Return Woodruff's interval of a quantile; None if a side is open.

    Args:
        of: The durations.
        q: The share of durations below the quantile.
        half: The half-width of the interval of this share.
    """
    if half >= min(q, 1 - q):
        return None
    low_s, estimate_s, high_s = (float(of.values_s[_place(of.pooled, q + side * half)]) for side in (-1, 0, 1))
    return Interval(estimate_s, low_s, high_s)


class _Mixed(NamedTuple):
    """A quantile from the blocks' scales and the shape.

    Attributes:
        whole: The quantile of all durations.
        shape: The durations over their block's scale.
        error: The standard error of the share of durations above the quantile of the shape.
    """

    whole: Mixture
    shape: Pool
    error: float

    def interval(self, estimate_s: float) -> Interval | None:
        """Return the interval around the pooled quantile; None if it has an open side."""
        limits = self.whole.limits()
        if limits is None:
            return None
        low_s, high_s = (math.exp(one) for one in limits)
        return Interval(estimate_s, min(low_s, estimate_s), max(high_s, estimate_s))

    def by_block(self, blocks: tuple[int, ...]) -> dict[int, float]:
        """Return the pseudo-values of the blocks; none of two blocks, because one alone has no spread of scales."""
        if len(blocks) <= LEAST_TRIALS:
            return {}
        without_s = np.exp(without_each(self.whole.scales, self.shape.cells_without_each, self.whole.q))
        return _pseudo_values(blocks, math.exp(self.whole.middle), without_s)


def mixture_of(of: Pool, quantile: Quantile) -> Mixture | None:
    """Return a percentile of a pool from the blocks' scales and the shape; None if that of the shape has an open side.

    Args:
        of: Durations of at least two blocks.
        quantile: The percentile.
    """
    found = _mixed(of, quantile.share)
    return found.whole if found else None


def _mixed(of: Pool, q: float) -> _Mixed | None:
    """Return a quantile from the first scales that explain its uncertainty, or else from the first that give one."""
    most = _EXPLAINED * _error_of_share(of, _place(of.pooled, q), q) ** 2
    first = None
    for scales, shape in of.by_scales:
        found = _of_scales(scales, shape, q)
        if found is not None and found.error**2 <= most:
            return found
        first = first or found
    return first


def _of_scales(scales: Scales, shape: Pool, q: float) -> _Mixed | None:
    error = _error_of_share(shape, _place(shape.pooled, q), q)
    found = _limits(shape, q, student(len(shape.blocks) - 1) * error)
    if found is None:
        return None
    below, above = math.log(found.estimate / found.low), math.log(found.high / found.estimate)
    return _Mixed(mixture(scales, Shape(shape.cells, below, above), q), shape, error)


def _both(one: Interval | None, other: Interval | None) -> Interval | None:
    """Return the interval that contains both; None, an interval with an open side, does not count."""
    if one is None or other is None:
        return one or other
    return Interval(one.estimate, min(one.low, other.low), max(one.high, other.high))


def mean(of: Pool) -> Pooled | str:
    """Return the mean of a pool; if it can't be given, return the reason."""
    reason = _too_few(of)
    if reason:
        return reason
    samples = of.counts.sum(axis=1)
    total_s, count = float(of.sums_s.sum()), int(samples.sum())
    without_s = (total_s - of.sums_s) / (count - samples)
    if total_s <= 0 or without_s.min() <= 0:
        return "the durations of all blocks but one read 0 s, and an interval needs positive numbers"
    estimate_s = total_s / count
    by_block = _pseudo_values(of.blocks, estimate_s, without_s)
    interval = log_t_interval(list(by_block.values()))
    variance = float(of.counts.sum(axis=0) @ (of.values_s - estimate_s) ** 2) / count
    error_s = estimate_s * math.log(interval.high / interval.low) / 2 / student(len(of.blocks) - 1)
    effective = min(float(count), variance / error_s**2) if error_s else float(count)
    return Pooled(interval, by_block, count, effective)


def own_values(of: Pool, quantile: Quantile | None) -> dict[int, float]:
    """Return the own percentile of each block with enough samples for it, or with None the own mean of each block."""
    samples = of.counts.sum(axis=1)
    if quantile is None:
        return dict(zip(of.blocks, (of.sums_s / samples).tolist(), strict=True))
    own_s = of.values_s[_place(of.cumulated, quantile.share)].tolist() if of.blocks else []
    enough = (samples >= quantile.least_samples).tolist()
    return {block: value_s for block, value_s, is_enough in zip(of.blocks, own_s, enough, strict=True) if is_enough}


def _too_few(of: Pool) -> str | None:
    if len(of.blocks) < LEAST_TRIALS:
        found = "one" if of.blocks else "none"
        return f"an interval needs {LEAST_TRIALS} blocks with answers, and there is {found}"
    if len(of.values_s) == 1:
        return f"all {int(of.counts.sum()):,} samples are equal, so nothing tells how far the estimate can be off"
    return None


def _too_few_samples(blocks: int, samples: int, quantile: Quantile) -> str | None:
    """Return why there are too few samples, even if all were independent; None if there are enough."""
    q = quantile.share
    least = max(quantile.least_samples, math.floor(student(blocks - 1) ** 2 * max(q, 1 - q) / min(q, 1 - q)) + 1)
    if samples >= least:
        return None
    return (
        f"{NOT_ENOUGH} requests ({samples:,} of the {least:,} that a {in_words(quantile)} needs with {blocks} blocks)"
    )


def _too_dependent(blocks: int, beyond: int, effective: float, quantile: Quantile) -> str:
    least = math.ceil(student(blocks - 1) ** 2)
    return (
        f"{NOT_ENOUGH} independent requests (the {beyond:,} above the {in_words(quantile)} come in bursts or from few "
        f"blocks and count as {effective:.2g}; with {blocks} blocks it needs {least})"
    )


def _place(cumulated: NDArray[np.int64], q: float | NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of the smallest duration with at least the share q at or below it; the last axis counts bins."""
    rank = np.maximum(1, np.ceil(q * cumulated[..., -1:] - _ROUNDING))
    place: NDArray[np.int64] = (cumulated < rank).sum(axis=-1)
    return place


def _error_of_share(of: Pool, place: NDArray[np.int64], q: float) -> float:
    """Return the standard error of the share of durations above a quantile, from its variation between blocks.

    The share is a ratio of two sums over blocks: durations above the quantile, and all durations. The bin of the
    quantile is divided, so that the pooled share is exactly 1 - q.
    """
    at = int(place)
    samples, up_to, inside = of.cumulated[:, -1], of.cumulated[:, at], of.counts[:, at]
    count = int(samples.sum())
    part = (int(up_to.sum()) - q * count) / int(inside.sum())
    surplus = samples - up_to + part * inside - (1 - q) * samples
    blocks = len(of.blocks)
    return float(np.sqrt(blocks / (blocks - 1) * (surplus**2).sum()) / count)


def _pseudo_values(blocks: tuple[int, ...], estimate_s: float, without_s: NDArray[np.float64]) -> dict[int, float]:
    """Return the jackknife's value of each block, from the estimates without it; the geometric mean is the estimate."""
    logs = np.log(without_s)
    values = math.log(estimate_s) + (len(blocks) - 1) * (logs.mean() - logs)
    exponentials = np.exp(np.clip(values, -LARGEST_LOG, LARGEST_LOG))
    return dict(zip(blocks, exponentials.tolist(), strict=True))
