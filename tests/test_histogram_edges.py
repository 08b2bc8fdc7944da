"""The layout of the bins, exactly: how many, where one begins, what a quantile in its middle is."""

import numpy as np
import pytest

from harness.histogram import BIN_COUNT, Histogram

MINUTE_NS = 60_000_000_000


def histogram_of(*samples: int) -> Histogram:
    histogram = Histogram()
    histogram.record(np.array(samples, dtype=np.int64))
    return histogram


def bins_of(*samples: int) -> list[int]:
    return np.flatnonzero(histogram_of(*samples)._counts).tolist()


def test_there_are_1024_bins_a_power_of_two_from_2048_nanoseconds_to_137_seconds() -> None:
    assert BIN_COUNT == 2048 + 26 * 1024
    assert bins_of(0, 1, 2047) == [0, 1, 2047]
    assert bins_of(2048, 2049) == [2048]
    assert bins_of(2050, 4095) == [2049, 3071]
    assert bins_of(4096, 4099) == [3072]
    assert bins_of((1 << 37) - 1, 1 << 37, 1 << 40) == [BIN_COUNT - 1]
    assert bins_of((1 << 37) - (1 << 26) - 1) == [BIN_COUNT - 2]


@pytest.mark.parametrize(
    ("sample_ns", "middle_ns"),
    [
        (1000, 1000.0),
        (2047, 2047.0),
        (2048, 2048.5),  # two nanoseconds wide
        (4096, 4097.5),  # four
        (1_000_000, 999_936 + 255.5 + 0.0),  # 512: from 999 936 to 1 000 447
        (1_000_400, 999_936 + 255.5),
    ],
)
def test_a_quantile_is_the_middle_of_its_bin_but_not_below_the_minimum(sample_ns: int, middle_ns: float) -> None:
    expected = max(middle_ns, sample_ns) / 1e9
    assert histogram_of(sample_ns, sample_ns, MINUTE_NS).quantile_s(0.5) == pytest.approx(expected, rel=1e-12)


def test_a_quantile_is_not_above_the_maximum() -> None:
    # both are in the bin from 999 936 to 1 000 447, with the middle 1 000 191.5
    assert histogram_of(999_940, 999_950).quantile_s(0.5) == pytest.approx(999_950e-9, rel=1e-12)
    assert histogram_of(1_000_300, 1_000_400).quantile_s(0.5) == pytest.approx(1_000_300e-9, rel=1e-12)
    assert histogram_of(999_940, 1_000_400).quantile_s(0.5) == pytest.approx(1_000_191.5e-9, rel=1e-12)


def test_the_least_quantile_is_of_the_first_sample() -> None:
    assert histogram_of(10, 20, 30).quantile_s(0.0) == 10e-9
    assert histogram_of(999_940, 1_000_400).quantile_s(0.0) == pytest.approx(1_000_191.5e-9, rel=1e-12)


def test_a_sample_of_zero_is_a_sample() -> None:
    histogram = histogram_of(0, 0, 5)
    assert (histogram.count, histogram.min_ns, histogram.quantile_s(0.5)) == (3, 0, 0.0)
    assert histogram.mean_s == pytest.approx(5e-9 / 3, rel=1e-12)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [((1_000_000, 1_000_003), (1_000_001, 1_000_002)), ((5, 5, 8), (5, 6, 7)), ((5,), (5, 0))],
)
def test_histograms_that_differ_in_their_ends_their_counts_or_their_number_are_not_equal(
    mine: tuple[int, ...], theirs: tuple[int, ...]
) -> None:
    assert histogram_of(*mine) != histogram_of(*theirs)


def test_the_text_form_has_sum_minimum_and_maximum_in_front() -> None:
    assert histogram_of(3, 9, 4).to_text().startswith("16:3:9:")
    assert Histogram().to_text().startswith("0:::")


def test_a_text_form_with_a_foreign_character_in_it_is_refused() -> None:
    text = histogram_of(3, 9, 4).to_text()
    with pytest.raises(ValueError, match="base64"):
        Histogram.from_text(f"{text[:-4]}!{text[-4:]}")
