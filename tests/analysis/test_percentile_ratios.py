"""The ratio of a percentile of two targets, where the values of the blocks do not tell it."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.analysis.comparison import ratio_interval
from harness.analysis.intervals import Interval
from harness.analysis.latencies import Estimator
from harness.analysis.percentile_ratios import ratio
from harness.analysis.percentiles import Pooled, percentile, pool
from harness.metrics.names import Quantile
from tests.analysis.test_percentiles import histogram, spread_ms

SPEEDS = (0.8, 0.9, 0.95, 1.05, 1.1, 1.2)


def estimator(width: float, speeds: tuple[float, ...], quantile: Quantile) -> Estimator:
    """Return the estimator of a target whose blocks have these speeds."""
    blocks = {block: histogram(spread_ms(1_000, speed, width)) for block, speed in enumerate(speeds)}
    return Estimator.of(pool(blocks), quantile)


def found(low: float, estimate: float, high: float) -> Pooled:
    return Pooled(Interval(estimate, low, high), dict.fromkeys(range(6), estimate), 1_000, 100.0, is_nearly_open=True)


def test_of_blocks_of_one_speed_the_values_of_the_blocks_tell_the_ratio() -> None:
    one, other = (estimator(width, (1.0, 1.001, 1.002, 1.0, 1.001, 1.003), Quantile.P50) for width in (0.3, 0.5))
    assert one.ratio(other, range(6)) is None


def test_of_two_blocks_too() -> None:
    one, other = (estimator(width, SPEEDS[:2], Quantile.P50) for width in (0.05, 0.1))
    assert one.ratio(other, range(2)) is None


def test_unlike_shapes_of_unlike_blocks_are_as_uncertain_as_their_common_spread() -> None:
    """The blocks' values have a symmetric interval, and the spread of six blocks may be 2.45 times the observed one."""
    one, other = estimator(0.05, SPEEDS, Quantile.P99), estimator(0.6, SPEEDS, Quantile.P99)
    own = one.ratio(other, range(6))
    assert own is not None
    assert math.log(own.high / own.estimate) > 1.5 * math.log(own.estimate / own.low)
    back = other.ratio(one, range(6))
    assert back is not None
    assert (back.low, back.high) == pytest.approx((1 / own.high, 1 / own.low), rel=1e-3)


def test_equal_shapes_of_unlike_blocks_differ_by_their_starts_only() -> None:
    one, other = (estimator(0.05, SPEEDS, Quantile.P99) for _ in range(2))
    ratio_of_both, own = one.ratio(other, range(6)), percentile(one.pool, Quantile.P99)
    assert ratio_of_both is not None
    assert isinstance(own, Pooled)
    assert ratio_of_both.low <= 1 <= ratio_of_both.high
    assert math.log(ratio_of_both.high / ratio_of_both.low) < math.log(own.interval.high / own.interval.low) / 5


def test_without_limits_of_a_shape_both_percentiles_count_as_independent() -> None:
    own = ratio((found(1.0, 2.0, 2.5), found(1.0, 1.0, 1.0)), (None, None))
    assert own is not None
    assert (own.estimate, own.low, own.high) == pytest.approx((2.0, 1.0, 2.5))
    back = ratio((found(1.0, 1.0, 1.0), found(1.0, 2.0, 2.5)), (None, None))
    assert back is not None
    assert (back.estimate, back.low, back.high) == pytest.approx((0.5, 0.4, 1.0))


SHARES = (0.40, 0.55, 0.45, 0.50, 0.43, 0.49)  # of fast answers: 47 % in all, so the median is a slow one


def two_modes(shares: tuple[float, ...]) -> Estimator:
    """Return the estimator of the median of answers of 1 ms and of 40 ms; shares of the former by block."""
    fast = {block: round(1_000 * share) for block, share in enumerate(shares)}
    blocks = {block: histogram([1.0] * count + [40.0] * (1_000 - count)) for block, count in fast.items()}
    return Estimator.of(pool(blocks), Quantile.P50)


def of_blocks(estimator: Estimator) -> list[float]:
    found = estimator.over()
    assert isinstance(found, Pooled)
    return list(found.by_block.values())


def test_at_a_gap_the_ratio_is_any_that_both_intervals_allow() -> None:
    """Without any one block the medians are 40 ms and 1 ms as with it, so the values of the blocks show no error."""
    one, other = two_modes(SHARES), two_modes(tuple(1 - share for share in SHARES))
    assert list(one.of_each_block.values()) == pytest.approx([0.04, 0.001, 0.04, 0.001, 0.04, 0.04], rel=1e-3)
    assert ratio_interval(of_blocks(one), of_blocks(other)).low > 38
    at_gap = one.ratio(other, range(6))
    assert at_gap is not None
    assert (at_gap.low, at_gap.estimate, at_gap.high) == pytest.approx((1 / 40, 40.0, 40.0), rel=1e-3)
    back = other.ratio(one, range(6))
    assert back is not None
    assert (back.low, back.high) == pytest.approx((1 / at_gap.high, 1 / at_gap.low))


def test_two_targets_of_which_half_of_the_answers_are_slow_are_seldom_called_different() -> None:
    """By the values of the blocks one in seven is."""
    random, claims, runs = np.random.default_rng(17), 0, 200
    for _ in range(runs):
        one, other = (two_modes(tuple(random.binomial(1_000, 0.5, 6) / 1_000)) for _ in range(2))
        found = one.ratio(other, range(6))
        assert found is not None
        claims += not found.low <= 1 <= found.high
    assert claims <= 0.06 * runs


def test_of_two_blocks_at_a_gap_the_values_of_the_blocks_tell_the_ratio() -> None:
    one, other = two_modes((0.45, 0.451)), two_modes((0.55, 0.549))
    assert one.ratio(other, range(2)) is None


def is_called_different(one: Estimator, other: Estimator) -> bool | None:
    """Return whether the interval of the ratio excludes 1, as a comparison has it; None if one has no number."""
    of_both = one.over(), other.over()
    if any(isinstance(found, str) for found in of_both):
        return None
    found = one.ratio(other, one.pool.blocks) or ratio_interval(of_blocks(one), of_blocks(other))
    return not found.low <= 1 <= found.high


def with_slow_answers(slow: NDArray[np.int64], speeds: NDArray[np.float64]) -> Estimator:
    """Return the estimator of the p99 of blocks with so many slow answers of 1,000."""
    blocks = {
        block: histogram([speed] * (1_000 - count) + [10 * speed] * count)
        for block, (count, speed) in enumerate(zip(slow.tolist(), speeds.tolist(), strict=True))
    }
    return Estimator.of(pool(blocks), Quantile.P99)


@pytest.mark.parametrize("blocks", [3, 4])
def test_two_targets_with_one_slow_answer_in_a_hundred_are_seldom_called_different(blocks: int) -> None:
    """Their p99 lies at the edge of the slow ones. The limits of three blocks ended short of the other edge."""
    random, runs = np.random.default_rng(5), 100
    called = []
    for _ in range(runs):
        drawn = [(random.binomial(1_000, 0.01, blocks), random.lognormal(0, 0.05, blocks)) for _ in range(2)]
        called.append(is_called_different(*(with_slow_answers(slow, speeds) for slow, speeds in drawn)))
    numbers = runs - called.count(None)
    assert numbers >= 0.5 * runs
    assert called.count(True) <= 0.06 * numbers


def test_equal_durations_that_are_read_from_unlike_ends_of_a_bin_are_no_difference() -> None:
    """The longest durations of a run are exact, all others are read as the middle of their bin: 8 ms and 8.0015 ms."""
    fast = (905, 860, 907, 890)  # of 1,000 answers within a tick of 4 ms
    one = {block: histogram([4.0] * 800 + [8.0] * 190 + [12.0] * 10) for block in range(4)}
    other = {block: histogram([4.0] * count + [8.0] * (1_000 - count)) for block, count in enumerate(fast)}
    estimators = [Estimator.of(pool(blocks), Quantile.P90) for blocks in (one, other)]
    for subject, reference in (estimators, estimators[::-1]):
        assert reference.over() != subject.over()
        assert is_called_different(subject, reference) is False
