"""Percentiles of the durations pooled over blocks: the estimate, its interval, and the value of each block."""

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from harness.analysis.intervals import log_t_interval
from harness.analysis.percentiles import Pool, Pooled, mean, mixture_of, own_values, percentile, pool
from harness.histogram import Histogram
from harness.metrics.names import Quantile

MS = 1_000_000
P50, P99, P999 = Quantile.P50, Quantile.P99, Quantile.P999


def histogram(samples_ms: Sequence[float]) -> Histogram:
    made = Histogram()
    made.record(np.array([round(one * MS) for one in samples_ms], dtype=np.int64))
    return made


def pooled(blocks: Mapping[int, Sequence[float]], quantile: Quantile | None) -> Pooled:
    of = pool({block: histogram(samples_ms) for block, samples_ms in blocks.items()})
    found = mean(of) if quantile is None else percentile(of, quantile)
    assert isinstance(found, Pooled), found
    return found


def reason(blocks: Mapping[int, Sequence[float]], quantile: Quantile | None) -> str:
    of = pool({block: histogram(samples_ms) for block, samples_ms in blocks.items()})
    found = mean(of) if quantile is None else percentile(of, quantile)
    assert isinstance(found, str), found
    return found


def spread_ms(count: int, center_ms: float, width: float = 0.5) -> list[float]:
    """Return so many durations at equal steps around a center."""
    return [center_ms * (1 + width * (2 * (step + 0.5) / count - 1)) for step in range(count)]


class TestTheEstimate:
    def test_stalls_of_half_of_the_blocks_are_in_the_percentile_of_the_run(self) -> None:
        """In ten of twenty blocks 30 of 10,000 requests wait for 11.9 ms, in the others none waits longer than 4 ms.

        The geometric mean of the blocks' own p99.9 is 6.9 ms, which no request took.
        """
        calm = spread_ms(9_980, 2.0) + [4.0] * 20
        stalled = spread_ms(9_970, 2.0) + [11.9] * 30
        blocks = {block: stalled if block % 2 else calm for block in range(20)}
        own_ms = [histogram(samples).quantile_s(0.999) * 1e3 for samples in blocks.values()]
        assert math.exp(np.log(own_ms).mean()) == pytest.approx(6.9, rel=1e-3)
        assert pooled(blocks, P999).interval.estimate * 1e3 == pytest.approx(11.9, rel=1e-3)

    @given(st.lists(st.lists(st.integers(1, 10**9), min_size=30, max_size=60), min_size=3, max_size=6))
    def test_it_is_the_quantile_of_all_durations_together(self, blocks_ns: list[list[int]]) -> None:
        of_blocks = {}
        merged = Histogram()
        for block, samples_ns in enumerate(blocks_ns):
            of_blocks[block] = Histogram()
            of_blocks[block].record(np.array(samples_ns, dtype=np.int64))
            merged.add(of_blocks[block])
        found = percentile(pool(of_blocks), P50)
        if isinstance(found, Pooled):
            assert found.interval.estimate == pytest.approx(merged.quantile_s(0.5), rel=1e-3)
            assert found.interval.low <= found.interval.estimate <= found.interval.high
            center = math.exp(np.log(list(found.by_block.values())).mean())
            assert found.interval.low * 0.999 <= center <= found.interval.high * 1.001

    def test_the_mean_is_that_of_all_durations_together_and_exact(self) -> None:
        found = pooled({0: [1.0] * 10, 1: [2.0] * 30}, None)
        assert found.interval.estimate == pytest.approx(1.75e-3)
        assert found.samples == 40

    def test_a_block_without_durations_does_not_count(self) -> None:
        blocks = {0: spread_ms(500, 2.0), 1: spread_ms(500, 2.1), 2: spread_ms(500, 2.2)}
        assert pooled({**blocks, 7: []}, P50) == pooled(blocks, P50)


class TestTheInterval:
    def test_it_comes_from_the_share_of_slower_durations_in_each_block(self) -> None:
        """The shares above the pooled median are 0.4, 0.5 and 0.6, and durations are spread evenly.

        Student's t of three blocks is 4.303, and the standard error of the mean share 0.0577: so the limits are the
        quantiles 0.252 and 0.748.
        """
        low, high = spread_ms(1000, 1.0, 0.9), spread_ms(1000, 3.0, 0.3)
        blocks = {0: low[:600] + high[:400], 1: low[:500] + high[:500], 2: low[:400] + high[:600]}
        every = np.sort(np.concatenate(list(blocks.values())))
        half = special.stdtrit(2, 0.975) * 0.1 / math.sqrt(3)
        found = pooled(blocks, P50).interval
        assert found.low * 1e3 == pytest.approx(np.quantile(every, 0.5 - half), rel=0.01)
        assert found.high * 1e3 == pytest.approx(np.quantile(every, 0.5 + half), rel=0.01)

    def test_blocks_with_more_requests_weigh_more(self) -> None:
        blocks = {0: spread_ms(100, 1.0), 1: spread_ms(5000, 2.0), 2: spread_ms(5000, 2.1)}
        assert pooled(blocks, P50).interval.estimate * 1e3 == pytest.approx(2.03, abs=0.03)

    def test_equal_blocks_give_an_interval_without_width(self) -> None:
        found = pooled({block: spread_ms(1000, 2.0) for block in range(4)}, P50)
        assert found.interval.low == found.interval.estimate == found.interval.high
        assert found.effective == found.samples == 4000


class TestTheValuesOfBlocks:
    def test_a_slower_block_has_a_larger_value_and_their_geometric_mean_is_the_estimate(self) -> None:
        found = pooled({block: spread_ms(1000, 2.0 + 0.1 * block) for block in range(5)}, P50)
        values = list(found.by_block.values())
        assert values == sorted(values)
        assert log_t_interval(values).estimate == pytest.approx(found.interval.estimate)

    def test_they_are_far_apart_and_still_finite_numbers_where_one_block_decides(self) -> None:
        blocks = {block: spread_ms(100, 0.001) for block in range(80)} | {80: spread_ms(9000, 5000.0)}
        values = pooled(blocks, None).by_block.values()
        assert all(0 < value < math.inf for value in values)


class TestOwnValues:
    def test_a_block_has_its_own_percentile_if_it_has_enough_samples(self) -> None:
        of = pool({0: histogram(spread_ms(400, 2.0)), 1: histogram(spread_ms(399, 3.0)), 2: histogram([])})
        assert own_values(of, P99) == {0: pytest.approx(2.9875e-3, rel=0.01)}
        assert own_values(of, P50) == {0: pytest.approx(2e-3, rel=0.01), 1: pytest.approx(3e-3, rel=0.01)}
        assert own_values(of, None) == {0: pytest.approx(2e-3), 1: pytest.approx(3e-3)}
        assert own_values(pool({}), P50) == own_values(pool({}), None) == {}


class TestTheEffectiveNumber:
    def test_durations_in_bursts_count_as_few(self) -> None:
        """A hundred slow durations lie in two of ten blocks."""
        calm, stalled = spread_ms(1000, 1.0), spread_ms(950, 1.0) + spread_ms(50, 20.0)
        of = pool({block: histogram(stalled if block in (2, 7) else calm) for block in range(10)})
        found = percentile(of, Quantile.P99)
        assert isinstance(found, str)
        assert found == (
            "not enough independent requests (the 100 above the p99 come in bursts or from few blocks and count as "
            "2.2; with 10 blocks it needs 6)"
        )


class TestAbsence:
    def test_one_sample_or_one_block_or_none_gives_no_interval(self) -> None:
        assert reason({}, P50) == "an interval needs 2 blocks with answers, and there is none"
        assert reason({0: [2.0]}, P50) == "an interval needs 2 blocks with answers, and there is one"
        assert reason({0: spread_ms(5000, 2.0), 1: []}, None) == (
            "an interval needs 2 blocks with answers, and there is one"
        )

    @pytest.mark.parametrize(("quantile", "least"), [(P50, 20), (Quantile.P90, 60), (P99, 655), (P999, 6602)])
    def test_a_percentile_needs_so_many_samples_in_six_blocks(self, quantile: Quantile, least: int) -> None:
        """With fewer there is no upper limit, even if all samples are independent."""
        few = {block: spread_ms(least // 6, 2.0 + 0.0001 * block) for block in range(6)}
        count = 6 * (least // 6)
        assert count < least or quantile in (P50, Quantile.P90)
        if count < least:
            name = "p99.9" if quantile is P999 else str(quantile)
            assert reason(few, quantile) == (
                f"not enough requests ({count:,} of the {least:,} that a {name} needs with 6 blocks)"
            )
        assert pooled({block: [*of, 2.0] for block, of in few.items()}, quantile).samples == count + 6

    def test_the_least_samples_hold_for_all_blocks_together(self) -> None:
        few = {block: spread_ms(19, 2.0 + 0.0001 * block) for block in range(21)}
        assert pooled(few, P50).samples == 399
        assert reason(few, P99) == "not enough requests (399 of the 431 that a p99 needs with 21 blocks)"

    def test_equal_samples_tell_nothing_about_the_uncertainty(self) -> None:
        why = "all 1,000 samples are equal, so nothing tells how far the estimate can be off"
        assert reason({0: [2.0] * 400, 1: [2.0] * 600}, P50) == reason({0: [2.0] * 400, 1: [2.0] * 600}, None) == why

    def test_a_percentile_of_zero_has_no_number_and_others_of_the_same_pool_have_theirs(self) -> None:
        blocks = {block: [0.0] * 400 + spread_ms(400, 2.0 + 0.01 * block) for block in range(6)}
        assert reason(blocks, P50) == "the p50 may be below 1 ns, and the clock shows no shorter durations"
        few = {block: [0.0] * 4 + spread_ms(400, 2.0 + 0.01 * block) for block in range(6)}
        without = {block: spread_ms(404, 2.0 + 0.01 * block) for block in range(6)}
        assert pooled(few, P50).interval.estimate == pytest.approx(pooled(without, P50).interval.estimate, rel=0.05)
        assert pooled(few, P50).samples == 6 * 404

    def test_a_mean_of_zero_without_one_block_is_absent(self) -> None:
        why = "the durations of all blocks but one read 0 s, and an interval needs positive numbers"
        assert reason({0: [0.0] * 5, 1: [0.0, 1.0]}, None) == why


def drawn_ns(seed: int, count: int) -> list[int]:
    return [int(one) for one in np.random.default_rng(seed).lognormal(14, 2, count)]


samples_ns = st.one_of(
    st.lists(st.integers(0, 2**37), max_size=50),
    st.builds(lambda value, count: [value] * count, st.integers(0, 10**9), st.integers(0, 5000)),
    st.builds(drawn_ns, st.integers(0, 99), st.integers(0, 5000)),
)


@given(st.lists(samples_ns, max_size=7), st.sampled_from([*Quantile, None]))
def test_any_distributions_give_a_number_in_its_interval_or_a_sentence(
    blocks_ns: list[list[int]], quantile: Quantile | None
) -> None:
    of_blocks = {}
    for block, of_block in enumerate(blocks_ns):
        of_blocks[block] = Histogram()
        of_blocks[block].record(np.array(of_block, dtype=np.int64))
    with np.errstate(all="raise", under="ignore"):
        found = mean(pool(of_blocks)) if quantile is None else percentile(pool(of_blocks), quantile)
    if isinstance(found, str):
        assert found[0].islower()
        assert "nan" not in found
    else:
        assert 0 < found.interval.low <= found.interval.estimate <= found.interval.high < math.inf
        assert all(0 < value < math.inf for value in found.by_block.values())
        assert 0 < found.effective <= found.samples


class TestBlocksOfUnlikeSpeed:
    """The whole machine is faster in some blocks than in others; within a block durations differ little."""

    SPEEDS = (0.8, 0.9, 0.95, 1.05, 1.1, 1.2)

    @pytest.mark.parametrize("quantile", [P50, Quantile.P90, P99])
    def test_a_percentile_has_a_number(self, quantile: Quantile) -> None:
        blocks = {block: spread_ms(1_000, speed, 0.05) for block, speed in enumerate(self.SPEEDS)}
        found = pooled(blocks, quantile).interval
        medians = log_t_interval([histogram(samples).quantile_s(0.5) for samples in blocks.values()])
        assert found.low < found.estimate < found.high
        assert math.log(found.high / found.low) >= math.log(medians.high / medians.low) * 0.99

    def test_the_interval_of_the_median_is_that_of_the_blocks_medians(self) -> None:
        blocks = {block: spread_ms(1_000, speed, 0.05) for block, speed in enumerate(self.SPEEDS)}
        found = pooled(blocks, P50).interval
        medians = log_t_interval([histogram(samples).quantile_s(0.5) for samples in blocks.values()])
        assert (found.low, found.high) == pytest.approx((medians.low, medians.high), rel=0.01)

    def test_a_high_percentile_is_as_uncertain_as_the_spread_of_the_blocks(self) -> None:
        """The p99 is that of the slowest block in a hundred, and the spread of blocks may be 2.45 times as large.

        This factor is the root of 5 over 0.8312, the 2.5 % quantile of chi-squared with 5 degrees of freedom.
        """
        blocks = {block: spread_ms(1_000, speed, 0.05) for block, speed in enumerate(self.SPEEDS)}
        found = pooled(blocks, P99).interval
        medians = np.log([histogram(samples).quantile_s(0.5) for samples in blocks.values()])
        slowest = medians.mean() + special.ndtri(0.99) * medians.std(ddof=1) * math.sqrt(5 / 0.8312)
        assert slowest <= math.log(found.high) <= slowest + 0.1
        assert found.low < found.estimate

    def test_the_values_of_the_blocks_have_the_mean_of_scales_and_shape(self) -> None:
        """The pooled p99 is the slowest block's own p95 or so: a ratio of two such is one of two single blocks."""
        blocks = {block: spread_ms(1_000, speed, 0.05) for block, speed in enumerate(self.SPEEDS)}
        values = np.log(list(pooled(blocks, P99).by_block.values()))
        medians = np.log([histogram(samples).quantile_s(0.5) for samples in blocks.values()])
        slowest = medians.mean() + special.ndtri(0.99) * medians.std(ddof=1)
        assert slowest <= values.mean() <= slowest + 0.02

    def test_two_blocks_have_the_pseudo_values_of_the_pool(self) -> None:
        blocks = {block: spread_ms(1_000, 1.0 + 0.03 * block, 0.05) for block in range(2)}
        found = pooled(blocks, P50)
        assert math.exp(np.log(list(found.by_block.values())).mean()) == pytest.approx(found.interval.estimate)

    def test_the_interval_contains_that_of_the_medians_where_woodruffs_is_nearly_open(self) -> None:
        """Woodruff's interval of this p90 is closed, and shorter than that of the medians."""
        of_one = np.random.default_rng(5).lognormal(0, 0.25, 5_000)
        blocks = {block: list(2.0 * speed * of_one) for block, speed in enumerate((0.8, 0.9, 0.95, 1.05, 1.1, 1.15))}
        found = pooled(blocks, Quantile.P90)
        assert found.effective * 0.1 > special.stdtrit(5, 0.975) ** 2
        medians = log_t_interval([histogram(samples).quantile_s(0.5) for samples in blocks.values()])
        assert found.interval.high / found.interval.low >= medians.high / medians.low * 0.999

    def test_the_interval_is_that_of_scales_and_shape_if_speeds_explain_it(self) -> None:
        """Woodruff's interval of this median is closed and wider: durations of few blocks lie beside its limits."""
        blocks = {block: spread_ms(1_000, speed, 0.05) for block, speed in enumerate((0.7, 0.8, 1.0, 1.02, 1.2, 1.3))}
        found = pooled(blocks, P50).interval
        medians = log_t_interval([histogram(samples).quantile_s(0.5) for samples in blocks.values()])
        assert found.high / found.low == pytest.approx(medians.high / medians.low, rel=0.02)

    def test_stalls_of_few_blocks_still_give_no_number(self) -> None:
        """The shape, too, is known from one block only."""
        blocks = {block: spread_ms(1_000, speed, 0.05) for block, speed in enumerate(self.SPEEDS)}
        blocks[3] = blocks[3][:930] + spread_ms(70, 20.0)
        assert "not enough independent requests" in reason(blocks, P99)


def two_modes(random: np.random.Generator, *shares: float) -> Pool:
    """Return blocks that differ by 5 %, each with a share of answers of about 1 ms, and others of about 40 ms."""
    blocks = {}
    for block, share in enumerate(shares):
        modes_ms = np.where(random.random(2_000) < share, 1.0, 40.0) * random.lognormal(0, 0.1, 2_000)
        blocks[block] = Histogram()
        blocks[block].record((MS * modes_ms * random.lognormal(0, 0.05)).astype(np.int64))
    return pool(blocks)


class TestScalesWithTwoModes:
    """A block's median at a gap is of one mode or of the other by chance, so it does not tell the block's speed."""

    @pytest.mark.parametrize(("share", "scales"), [(0.25, 2), (0.4, 3), (0.5, 2), (0.75, 2)])
    def test_each_quantile_at_no_gap_is_one(self, share: float, scales: int) -> None:
        of = two_modes(np.random.default_rng(4), *[share] * 10)
        assert len(of.by_scales) == scales
        assert all(np.ptp(one.logs) < 0.3 for one, _ in of.by_scales)
        assert mixture_of(of, P99) is not None

    def test_ticks_of_a_timer_between_which_no_median_lies_leave_the_medians(self) -> None:
        assert pool({block: histogram([1.0] * 30 + [2.0] * 40 + [3.0] * 30) for block in range(3)}).by_scales
        assert pool({block: histogram([1.0] * 99 + [2.0]) for block in range(3)}).by_scales

    def test_none_without_a_quantile_at_no_gap(self) -> None:
        of = pool({block: histogram([1.0] * 24 + [2.0] * 26 + [4.0] * 26 + [8.0] * 24) for block in range(3)})
        assert of.by_scales == ()
        assert mixture_of(of, P50) is None

    def test_a_p99_has_a_number_and_is_seldom_wrong(self) -> None:
        """By the medians one in seven runs had a wrong interval, and without scales most have none."""
        random, runs = np.random.default_rng(9), 60
        true_s = 0.04 * math.exp(NormalDist().inv_cdf(0.98) * math.hypot(0.1, 0.05))
        found = [percentile(two_modes(random, *[0.5] * 10), P99) for _ in range(runs)]
        intervals = [one.interval for one in found if isinstance(one, Pooled)]
        assert len(intervals) >= 0.98 * runs
        assert sum(not one.low <= true_s <= one.high for one in intervals) <= 0.07 * runs

    def test_medians_of_unlike_modes_tell_no_speed(self) -> None:
        """None of them is at a gap. By them blocks differ by a factor of 40, and the limit of a p99 was over 10 s."""
        of = two_modes(np.random.default_rng(4), *((0.4, 0.6) * 5))
        assert len(of.by_scales) == 3
        found = percentile(of, P99)
        assert isinstance(found, Pooled), found
        assert found.interval.high < 0.1
        assert max(found.by_block.values()) < 0.1
