"""Histograms compared with numpy's exact quantiles of the same samples."""

import base64
import math
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from harness.histogram import BIN_COUNT, DamagedHistogramError, Histogram

Samples = NDArray[np.int64]

MICROSECOND_NS, MINUTE_NS = 1_000, 60_000_000_000
HALF_A_BIN = 1 / 2048  # the module's own limit, about half of the required 0.1 %
QUANTILES = (0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0)
# numbers of samples for which quantile x count is exactly whole or clearly not: float rounding decides no rank
COUNTS = (1, 2, 3, 7, 10, 99, 100, 101, 1000, 9_973, 100_000)

samples_ns = arrays(np.int64, st.integers(0, 300), elements=st.integers(MICROSECOND_NS, MINUTE_NS))
any_samples_ns = arrays(np.int64, st.integers(0, 100), elements=st.integers(0, 2**40))


def histogram_of(samples: Samples) -> Histogram:
    histogram = Histogram()
    histogram.record(samples)
    return histogram


def exact_s(samples: Samples, q: float) -> float:
    return float(np.quantile(samples, q, method="inverted_cdf")) / 1e9


def assert_quantiles_hold(samples: Samples, quantiles: tuple[float, ...] = QUANTILES) -> None:
    histogram = histogram_of(samples)
    for q in quantiles:
        assert histogram.quantile_s(q) == pytest.approx(exact_s(samples, q), rel=HALF_A_BIN, abs=0), q


def lognormal(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    return rng.lognormal(math.log(2e6), 1.5, count)


def pareto(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    return 1e4 * (1 + rng.pareto(0.7, count))


def exponential(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    return rng.exponential(1e7, count)


def uniform(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    return rng.uniform(MICROSECOND_NS, MINUTE_NS, count)


def log_uniform(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    return np.exp(rng.uniform(math.log(MICROSECOND_NS), math.log(MINUTE_NS), count))


def stalls(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    return np.where(rng.random(count) < 0.01, rng.uniform(1e8, 1e9, count), rng.normal(2e6, 1e4, count))


def two_ends(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    return np.where(rng.random(count) < 0.5, float(MICROSECOND_NS), float(MINUTE_NS))


def one_value(_: np.random.Generator, count: int) -> NDArray[np.float64]:
    return np.full(count, 123_456_789.0)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(
    "draw",
    [lognormal, pareto, exponential, uniform, log_uniform, stalls, two_ends, one_value],
    ids=lambda d: d.__name__,
)
def test_every_quantile_is_within_half_a_bin(
    draw: Callable[[np.random.Generator, int], NDArray[np.float64]], count: int
) -> None:
    rng = np.random.default_rng(count)
    assert_quantiles_hold(np.clip(draw(rng, count), MICROSECOND_NS, MINUTE_NS).astype(np.int64))


@pytest.mark.parametrize("power", range(10, 36))
def test_quantiles_are_right_at_the_powers_of_two_where_bins_get_wider(power: int) -> None:
    edge = 1 << power
    around = np.array([edge - 1, edge, edge + 1, edge + edge // 1024, edge + edge // 1024 - 1], dtype=np.int64)
    for sample in around:
        assert_quantiles_hold(np.array([sample, sample, MINUTE_NS], dtype=np.int64))
    assert_quantiles_hold(around)


@given(samples=samples_ns.filter(len), q=st.integers(0, 1024).map(lambda k: k / 1024))
def test_any_quantile_of_any_samples_is_within_half_a_bin(samples: Samples, q: float) -> None:
    assert_quantiles_hold(samples, (q,))


def test_below_2048_nanoseconds_every_nanosecond_has_its_own_bin() -> None:
    samples = np.arange(2048, dtype=np.int64)
    histogram = histogram_of(samples)
    for rank in (1, 2, 500, 1024, 1025, 2047, 2048):
        assert histogram.quantile_s(rank / 2048) == (rank - 1) / 1e9


@pytest.mark.parametrize("percent", [1, 7, 14, 28, 29, 55, 56, 57, 58, 90, 95, 99])
def test_binary_rounding_of_a_quantile_does_not_change_a_whole_rank(percent: int) -> None:
    # 0.07 * 100 is 7.000000000000001 in binary, but the rank is 7
    assert histogram_of(np.arange(1, 101, dtype=np.int64)).quantile_s(percent / 100) == percent / 1e9


def test_minimum_and_maximum_are_exact() -> None:
    histogram = histogram_of(np.array([1_234_567_891, 7_654_321_987, 2_000_000_001], dtype=np.int64))
    assert (histogram.min_ns, histogram.max_ns) == (1_234_567_891, 7_654_321_987)
    assert histogram.quantile_s(1.0) == 7.654321987


def test_samples_beyond_the_last_bin_keep_count_mean_and_maximum_exact() -> None:
    hour_ns = 3_600_000_000_000
    histogram = histogram_of(np.array([MINUTE_NS, hour_ns, 2 * hour_ns], dtype=np.int64))
    assert histogram.count == 3
    assert histogram.quantile_s(1.0) == 7200.0
    assert histogram.mean_s == 3620.0
    assert histogram.quantile_s(0.0) == pytest.approx(60.0, rel=1e-3)
    assert 60.0 < histogram.quantile_s(0.5) <= 3600.0


@given(samples=any_samples_ns)
def test_count_sum_and_mean_are_exact(samples: Samples) -> None:
    histogram = histogram_of(samples)
    assert histogram.count == len(samples)
    assert histogram.sum_ns == sum(samples.tolist())
    if len(samples):
        assert histogram.mean_s == sum(samples.tolist()) / len(samples) / 1e9
    else:
        assert math.isnan(histogram.mean_s)


@given(parts=st.lists(any_samples_ns, max_size=5))
def test_a_merge_equals_one_histogram_of_all_samples(parts: list[Samples]) -> None:
    merged, together = Histogram(), Histogram()
    for part in parts:
        merged.add(histogram_of(part))
    together.record(np.concatenate([np.array([], dtype=np.int64), *parts]))
    assert merged == together


@given(first=any_samples_ns, second=any_samples_ns)
def test_the_order_of_a_merge_does_not_matter(first: Samples, second: Samples) -> None:
    one, other = histogram_of(first), histogram_of(second)
    one.add(histogram_of(second))
    other.add(histogram_of(first))
    assert one == other


def test_a_merge_does_not_change_the_added_histogram() -> None:
    other = histogram_of(np.array([5, 6], dtype=np.int64))
    Histogram().add(other)
    histogram_of(np.array([7], dtype=np.int64)).add(other)
    assert other == histogram_of(np.array([5, 6], dtype=np.int64))


@given(samples=any_samples_ns)
def test_a_histogram_read_from_its_text_form_is_equal(samples: Samples) -> None:
    histogram = histogram_of(samples)
    text = histogram.to_text()
    assert Histogram.from_text(text) == histogram
    assert Histogram.from_text(text).to_text() == text
    assert text.isascii()
    assert "\n" not in text


@settings(max_examples=30)
@given(first=any_samples_ns, second=any_samples_ns)
def test_a_histogram_read_from_text_can_record_more_samples(first: Samples, second: Samples) -> None:
    read = Histogram.from_text(histogram_of(first).to_text())
    read.record(second)
    assert read == histogram_of(np.concatenate([first, second]))


def packed(bins: list[int], counts: list[int]) -> str:
    pairs = np.array([bins, counts], dtype="<i8").tobytes()
    return base64.b64encode(zlib.compress(pairs)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "1:2:3",
        "1:2:3:4:5",
        f"x:1:1:{packed([1], [1])}",
        f"1:x:1:{packed([1], [1])}",
        "1:1:1:",
        "1:1:1:###",
        "1:1:1:AAAA",
        f"1:1:1:{base64.b64encode(zlib.compress(b'seven b')).decode()}",
        f"1:1:1:{base64.b64encode(zlib.compress(bytes(24))).decode()}",
        f"1:1:1:{packed([BIN_COUNT], [1])}",
        f"1:1:1:{packed([-1], [1])}",
        f"1:1:1:{packed([1], [0])}",
        f"1:1:1:{packed([1], [-1])}",
        f"0:::{packed([1], [1])}",
        f"1:1:1:{packed([], [])}",
        f"1:1::{packed([1], [1])}",
        f"1::1:{packed([1], [1])}",
        f"1:1:1:{packed([1], [1 << 60])}",
        f"1:1:{10**400}:{packed([1], [1])}",
        f"{'9' * 5_000}:1:1:{packed([1], [1])}",
        f"1:1:1:{base64.b64encode(zlib.compress(bytes(1 << 24))).decode()}",
        f"1:1:1:{base64.b64encode(zlib.compress(bytes(16))[:-4]).decode()}",
    ],
)
def test_text_that_is_not_a_histogram_is_damage_in_a_sentence(text: str) -> None:
    with pytest.raises(DamagedHistogramError) as caught:
        Histogram.from_text(text)
    assert isinstance(caught.value, ValueError)
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith(f"a histogram is damaged ({text[:40]}): ")
    assert len(str(caught.value)) < 300


def test_a_histogram_of_one_sample_is_read() -> None:
    assert Histogram.from_text(f"1:1:1:{packed([1], [1])}") == histogram_of(np.array([1], dtype=np.int64))


def test_an_array_with_a_negative_duration_is_refused_as_a_whole() -> None:
    histogram = Histogram()
    with pytest.raises(ValueError, match="negative duration: -1 ns"):
        histogram.record(np.array([5, -1], dtype=np.int64))
    assert histogram == Histogram()


@pytest.mark.parametrize("q", [-0.01, 1.01, math.nan])
def test_a_quantile_outside_0_to_1_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match=r"is not in 0\.\.1"):
        histogram_of(np.array([1], dtype=np.int64)).quantile_s(q)


def test_a_histogram_without_samples_has_no_quantile() -> None:
    with pytest.raises(ValueError, match="no samples, so no quantile"):
        Histogram().quantile_s(0.5)


@given(samples=samples_ns.filter(len))
def test_a_curve_never_falls_and_stays_between_minimum_and_maximum(samples: Samples) -> None:
    points = [q / 64 for q in range(65)]
    curve = histogram_of(samples).curve(points)
    values = [value_s for _, value_s in curve]
    assert [q for q, _ in curve] == points
    assert values == sorted(values)
    assert int(samples.min()) / 1e9 <= values[0]
    assert values[-1] == int(samples.max()) / 1e9


def test_histograms_with_different_bins_or_sums_are_not_equal() -> None:
    one = histogram_of(np.array([3_000_000], dtype=np.int64))
    assert one != histogram_of(np.array([3_000_001], dtype=np.int64))  # the same bin, another sum
    assert one != Histogram()
    assert one != "a histogram"


def test_a_histogram_is_mutable_and_so_not_hashable() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Histogram())


def test_the_total_of_histograms_has_all_their_samples_once() -> None:
    one, other = histogram_of(np.array([1, 5], dtype=np.int64)), histogram_of(np.array([7], dtype=np.int64))
    together = histogram_of(np.array([1, 5, 7], dtype=np.int64))
    assert Histogram.total([one, Histogram(), other]) == together
    assert Histogram.from_texts([one.to_text(), None, other.to_text()]) == together


def test_the_total_of_no_histograms_has_no_samples() -> None:
    assert Histogram.total([]) == Histogram.from_texts([None]) == Histogram()


@given(one=any_samples_ns, other=any_samples_ns)
def test_a_histogram_that_was_read_is_the_one_that_was_written(one: Samples, other: Samples) -> None:
    written, read = histogram_of(one), Histogram.from_text(histogram_of(one).to_text())
    assert read == written
    assert (read.count, read.to_text(), read.to_numbers()) == (written.count, written.to_text(), written.to_numbers())
    if len(one):
        assert [read.quantile_s(q) for q in QUANTILES] == [written.quantile_s(q) for q in QUANTILES]
    read.record(other)
    assert read == histogram_of(np.concatenate([one, other]))
    assert Histogram.from_text(read.to_text()) == read


def test_the_order_of_bins_in_a_text_does_not_matter() -> None:
    sum_ns, low, high, _ = histogram_of(np.array([5, 5, 9], dtype=np.int64)).to_text().split(":")
    pairs = np.array([[9, 5], [1, 2]], dtype="<i8").tobytes()
    text = f"{sum_ns}:{low}:{high}:{base64.b64encode(zlib.compress(pairs)).decode()}"
    assert Histogram.from_text(text) == histogram_of(np.array([5, 5, 9], dtype=np.int64))
