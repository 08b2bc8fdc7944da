"""Ratios of percentiles where blocks differ or stalls decide: the interval covers the truth, a paired t does not."""

import pytest

from harness.analysis.latencies import Estimator
from harness.selftest.ratio_coverage import QUANTILES, RatioCell, judge, ratio_cells
from harness.selftest.simulated_latencies import StalledLoad
from tests.selftest.made import broken

NARROW, USUAL = (StalledLoad(5_000, 0.0, 10.0, spread=spread) for spread in (0.05, 0.25))
SMALL = RatioCell("mine", 6, 0.2, (NARROW, USUAL))


def test_the_cells_have_unlike_shapes_and_blocks_and_stalls() -> None:
    assert [cell.blocks for cell in ratio_cells()] == [6, 10, 20, 6, 10, 20, 20]
    assert {cell.loads[0] == cell.loads[1] for cell in ratio_cells()} == {True, False}


def test_the_ratio_of_unlike_shapes_contains_the_truth_with_unlike_blocks() -> None:
    checks = judge([SMALL], 1, runs=200)
    assert len(checks) == len(QUANTILES) + 1
    assert not broken(checks)


def test_values_of_the_blocks_alone_miss_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Estimator, "ratio", lambda *_: None)
    assert "6 blocks, mine, ratio of the p99.9: contains the truth" in broken(judge([SMALL], 1, runs=200))
