"""The interval of a percentile where blocks differ in speed: the quantile of the mixture, and three uncertainties."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.unlike_blocks import (
    Mixture,
    Scales,
    Shape,
    cells,
    mixture,
    quantiles,
    ratio,
    together,
    without_each,
)

NORMAL = NormalDist()
Z99 = NORMAL.inv_cdf(0.99)
# Of 5 degrees of freedom, 95 %, from printed tables.
STUDENT = 2.5706
CHI_SQUARED = 0.8312, 12.8325


def normal_shape(width: float) -> np.ndarray:
    """Return the cells of lognormal durations whose logarithm has this standard deviation."""
    count = 100_000
    logs = np.array([width * NORMAL.inv_cdf((place + 0.5) / count) for place in range(count)])
    return cells(logs, np.arange(1, count + 1))


def scales(*logs: float, samples: int = 1_000) -> Scales:
    return Scales(np.array(logs), np.full(len(logs), samples))


def of_spread(spread: float) -> Scales:
    """Return six scales with this standard deviation, and with the mean 0."""
    return scales(*(spread * sign for sign in (1, -1) for _ in range(2)), spread / math.sqrt(2), -spread / math.sqrt(2))


class TestTheQuantileOfAllBlocks:
    @pytest.mark.parametrize("q", [0.5, 0.9, 0.99, 0.999])
    def test_normal_logarithms_add_their_variances(self, q: float) -> None:
        spreads = np.array([0.0, 0.02, 0.1, 0.5])
        found = quantiles(normal_shape(0.05), q, spreads)
        assert found == pytest.approx(NORMAL.inv_cdf(q) * np.hypot(0.05, spreads), abs=0.0015)

    def test_without_a_spread_of_blocks_it_is_that_of_the_shape(self) -> None:
        logs = np.array([0.0, 1.0, 2.0])
        shape = cells(logs, np.array([900, 980, 1000]))
        found = [float(quantiles(shape, q, np.zeros(1))[0]) for q in (0.5, 0.95, 0.99)]
        assert found == pytest.approx([0, 1, 2], abs=1e-5)


def limits(scales: Scales, shape: Shape, q: float) -> tuple[float, float, float]:
    """Return the estimate and its limits."""
    found = mixture(scales, shape, q)
    ends = found.limits()
    assert ends is not None
    return found.middle, *ends


class TestSeveralErrors:
    def test_one_alone_stays_as_it_is(self) -> None:
        assert together(5, 0.3, 0.0) == pytest.approx(0.3)
        assert together(5, 0.0, 0.0) == 0.0

    def test_two_of_one_size_have_twice_the_degrees_of_freedom(self) -> None:
        assert together(5, 0.3, 0.3) == pytest.approx(0.3 * math.sqrt(2) * 2.2281 / STUDENT, rel=1e-4)

    @given(st.integers(1, 30), st.lists(st.floats(0, 5), min_size=1, max_size=3))
    def test_they_reach_as_far_as_each_alone(self, freedom: int, distances: list[float]) -> None:
        """Two equal ones of two degrees of freedom would reach 9 % less far than one of them."""
        assert together(freedom, *distances) >= max(distances)


class TestTheLimits:
    def test_each_side_is_the_sum_of_three_errors(self) -> None:
        spread, width = 0.2, 0.05
        of_blocks = of_spread(spread)
        spread = float(of_blocks.logs.std(ddof=1))
        found = limits(of_blocks, Shape(normal_shape(width), below=0.03, above=0.04), 0.99)
        middle = Z99 * math.hypot(width, spread)
        most, least = (Z99 * math.hypot(width, spread * math.sqrt(5 / one)) for one in CHI_SQUARED)
        of_center = STUDENT * spread / math.sqrt(6)
        assert found[1] == pytest.approx(middle - together(5, of_center, 0.03, middle - least), abs=0.003)
        assert found[2] == pytest.approx(middle + together(5, of_center, 0.04, most - middle), abs=0.003)

    def test_equal_blocks_leave_only_the_shape(self) -> None:
        found = limits(scales(0.5, 0.5, 0.5), Shape(normal_shape(0.1), below=0.02, above=0.07), 0.99)
        assert found == pytest.approx((0.5 + 0.1 * Z99, 0.5 + 0.1 * Z99 - 0.02, 0.5 + 0.1 * Z99 + 0.07), abs=0.002)

    def test_a_median_depends_on_the_mean_of_the_scales_only(self) -> None:
        found = limits(of_spread(0.1), Shape(normal_shape(0.1), 0.0, 0.0), 0.5)
        half = STUDENT * float(of_spread(0.1).logs.std(ddof=1)) / math.sqrt(6)
        assert found == pytest.approx((0, -half, half), abs=0.001)

    def test_a_block_counts_by_its_durations(self) -> None:
        shape = Shape(normal_shape(0.05), 0.01, 0.01)
        with_few = Scales(np.append(of_spread(0.1).logs, 3.0), np.array([1_000_000] * 6 + [1]))
        assert mixture(with_few, shape, 0.5).middle == pytest.approx(
            mixture(of_spread(0.1), shape, 0.5).middle, abs=0.001
        )

    def test_two_unlike_blocks_do_not_tell_a_high_percentile(self) -> None:
        """Their spread is known to a factor of 32."""
        unlike, shape = scales(-0.1, 0.1), Shape(normal_shape(0.05), 0.01, 0.01)
        assert mixture(unlike, shape, 0.999).limits() is None
        assert mixture(unlike, shape, 0.5).limits() is not None


def of_width(width: float, of: Scales, q: float = 0.99) -> Mixture:
    """Return the percentile of lognormal durations whose shape is known exactly."""
    return mixture(of, Shape(normal_shape(width), 0.0, 0.0), q)


class TestTheRatio:
    def test_targets_whose_blocks_have_the_same_scales_differ_by_their_shapes_only(self) -> None:
        own = Shape(normal_shape(0.1), below=0.02, above=0.03)
        found = ratio(mixture(of_spread(0.2), own, 0.99), mixture(of_spread(0.2), own, 0.99))
        assert found == pytest.approx((0, -together(5, 0.02, 0.03), together(5, 0.02, 0.03)), abs=1e-4)

    def test_the_ratio_of_unlike_shapes_is_as_uncertain_as_the_spread_that_they_have_in_common(self) -> None:
        """A wider spread of the blocks brings the percentiles of a narrow and of a wide shape closer together."""
        of_blocks = of_spread(0.2)
        spread = float(of_blocks.logs.std(ddof=1))
        found = ratio(of_width(0.05, of_blocks), of_width(0.25, of_blocks))
        most, least = (spread * math.sqrt(5 / one) for one in CHI_SQUARED)
        expected = [Z99 * (math.hypot(0.05, one) - math.hypot(0.25, one)) for one in (spread, least, most)]
        assert found == pytest.approx(expected, abs=0.003)
        exchanged = ratio(of_width(0.25, of_blocks), of_width(0.05, of_blocks))
        assert exchanged == pytest.approx((-found[0], -found[2], -found[1]), abs=1e-4)

    def test_a_median_has_students_interval_of_the_ratios_of_the_scales(self) -> None:
        one, other = scales(0.1, 0.3, -0.2, 0.0, 0.2), scales(0.0, 0.1, -0.1, -0.1, 0.1)
        apart = one.logs - other.logs
        half = 2.7764 * apart.std(ddof=1) / math.sqrt(5)
        found = ratio(of_width(0.1, one, 0.5), of_width(0.1, other, 0.5))
        assert found == pytest.approx((apart.mean(), apart.mean() - half, apart.mean() + half), abs=0.001)

    def test_spreads_that_differ_widen_the_interval_of_a_high_percentile(self) -> None:
        """With scales that have nothing in common, one spread over the other is known to a factor."""
        one, other = scales(0.1, -0.1, 0.1, -0.1, 0.1, -0.1), scales(0.1, 0.1, -0.1, -0.1, 0.1, -0.1)
        median, high = (ratio(of_width(0.05, one, q), of_width(0.05, other, q)) for q in (0.5, 0.99))
        assert high[2] - high[1] > 1.5 * (median[2] - median[1])


def test_the_estimate_without_each_block_is_that_of_the_others() -> None:
    of_all = Scales(np.array([0.0, 0.3, -0.1, 0.2]), np.array([500, 1_000, 2_000, 700]))
    shapes = np.array([normal_shape(width) for width in (0.05, 0.06, 0.07, 0.08)])
    found = without_each(of_all, shapes, 0.99)
    for block, shape in enumerate(shapes):
        others = Scales(np.delete(of_all.logs, block), np.delete(of_all.samples, block))
        alone = mixture(others, Shape(shape, 0.0, 0.0), 0.99)
        assert found[block] == pytest.approx(alone.middle, abs=1e-5)


@given(
    st.lists(st.floats(-20, 5), min_size=2, max_size=8),
    st.lists(st.floats(-20, 20), min_size=1, max_size=20),
    st.sampled_from([0.5, 0.9, 0.99, 0.999]),
)
def test_any_scales_and_shapes_have_finite_limits_in_order_or_none(
    logs: list[float], shape: list[float], q: float
) -> None:
    with np.errstate(all="raise", under="ignore"):
        found = mixture(scales(*logs), Shape(cells(np.sort(shape), np.arange(1, len(shape) + 1)), 0.0, 0.0), q)
        ends = found.limits()
        own = ratio(found, of_width(0.1, scales(*logs[::-1]), q)) if len(logs) > 2 else (0.0, 0.0, 0.0)
    assert ends is None or -math.inf < ends[0] <= found.middle <= ends[1] < math.inf
    assert -math.inf < own[1] <= own[0] <= own[2] < math.inf
