"""The row fails for a histogram that loses a sample or has a wrong quantile."""

from pathlib import Path

import numpy as np
import pytest

from harness import histogram as under_test
from harness.experiment.environment import CpuPlan
from harness.histogram import Histogram
from harness.selftest.rig import Lab
from harness.selftest.rows.histogram import ROW, judge, merged_histogram, samples
from tests.selftest.made import broken

SAMPLES_NS = np.arange(1_000, 5_000_000, 1_000)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_row_passes_for_any_seed(seed: int) -> None:
    lab = Lab(CpuPlan(frozenset({0}), frozenset({0})), Path(), seed)
    assert broken(ROW.run(lab).checks) == []


def test_the_samples_cover_a_microsecond_to_a_minute() -> None:
    drawn = samples(1)
    assert min(of_shape.min() for of_shape in drawn.values()) < 1_100
    assert max(of_shape.max() for of_shape in drawn.values()) > 59_000_000_000


def test_a_lost_sample_of_the_histogram_fails() -> None:
    assert broken(judge("x", SAMPLES_NS, merged_histogram(SAMPLES_NS[:-1])))[:2] == ["x: samples", "x: sum in ns"]


def test_samples_that_are_two_thousandths_too_large_fail() -> None:
    scaled = merged_histogram(SAMPLES_NS * 1002 // 1000)
    assert any("worst quantile" in what for what in broken(judge("x", SAMPLES_NS, scaled)))


@pytest.mark.parametrize("factor", [1.002, 0.998])
def test_bins_with_wrong_values_fail(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    middle_of = under_test._middle_of
    monkeypatch.setattr(under_test, "_middle_of", lambda bins: middle_of(bins) * factor)
    found = [
        what for shape, drawn in samples(1).items() for what in broken(judge(shape, drawn, merged_histogram(drawn)))
    ]
    assert len(found) >= 3


def test_a_merge_that_counts_twice_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    add = Histogram.add

    def twice(self: Histogram, other: Histogram) -> None:
        add(self, other)
        add(self, other)

    monkeypatch.setattr(Histogram, "add", twice)
    assert broken(judge("x", SAMPLES_NS, merged_histogram(SAMPLES_NS))) == ["x: samples", "x: sum in ns"]
