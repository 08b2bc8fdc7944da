"""Percentiles with stalls: the real interval covers the truth, and narrower ones and the blocks' own ones do not."""

from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.intervals import Interval
from harness.analysis.percentiles import Pool, Pooled, percentile
from harness.metrics.names import Quantile
from harness.selftest import percentile_coverage
from harness.selftest.percentile_coverage import Cell, cells, judge
from harness.selftest.simulated_latencies import StalledLoad, draw, pool_of, quantiles_of_blocks_s, true_quantiles_s
from tests.selftest.made import broken

SMALL = Cell("mine", (6,), StalledLoad(2_000, 4.0, 10.0))


def test_the_cells_have_the_blocks_and_requests_of_the_profiles() -> None:
    assert [(cell.blocks, cell.load.requests, cell.load.connections) for cell in cells()] == [
        ((6,), 1_000, None),
        ((6,), 10_000, 32),
        *[((6,), 10_000, 32)] * 4,
        ((10, 20), 2_100, None),
        ((10, 20), 2_100, None),
        ((10, 20), 100_000, 32),
        *[((10,), 100_000, 32)] * 4,
    ]


def test_a_cell_has_a_check_for_each_percentile_and_the_control() -> None:
    checks = judge([SMALL], 1, runs=60)
    assert [check.what for check in checks][:2] == [
        "6 blocks, mine, p50: contains the truth",
        next(check.what for check in checks if "p99" in check.what),
    ]
    assert len(checks) == len(percentile_coverage.QUANTILES) + 1


def test_an_interval_of_half_the_width_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def narrow(pool: Pool, quantile: Quantile) -> Pooled | str:
        found = percentile(pool, quantile)
        if isinstance(found, str):
            return found
        estimate, low, high = found.interval.estimate, found.interval.low, found.interval.high
        return replace(found, interval=Interval(estimate, (estimate * low) ** 0.5, (estimate * high) ** 0.5))

    monkeypatch.setattr(percentile_coverage, "percentile", narrow)
    assert "6 blocks, mine, p50: contains the truth" in broken(judge([SMALL], 1, runs=200))


def test_nearly_all_runs_have_a_number_and_it_is_right_where_blocks_differ_only_in_speed() -> None:
    unlike = Cell("mine", (6,), StalledLoad(10_000, 0.0, 10.0, block_spread=0.2, spread=0.05), unlike=True)
    checks = judge([unlike], 1, runs=150)
    assert [check.what for check in checks][:2] == [
        "6 blocks, mine, p50: has a number",
        "6 blocks, mine, p50: contains the truth",
    ]
    assert not [what for what in broken(checks) if "control" not in what]


def test_every_block_has_its_requests_and_a_stall_makes_some_slow() -> None:
    random = np.random.default_rng(3)
    (calm,), (stalled,) = (draw(random, 1, 50, StalledLoad(1_000, stalls, 10.0)) for stalls in (0.0, 5.0))
    assert calm.sum(axis=1).mean() == pytest.approx(1_000, rel=0.03)
    pools = [pool_of(counts) for counts in (calm, stalled)]
    assert all(isinstance(percentile(one, Quantile.P99), Pooled) for one in pools)
    of_calm, of_stalled = (np.median(quantiles_of_blocks_s(one, 0.99)) for one in pools)
    assert of_stalled > 3 * of_calm


@pytest.mark.parametrize(("spread", "block_spread"), [(0.25, 0.04), (0.05, 0.2)])
def test_the_truth_of_a_load_without_stalls_is_that_of_a_lognormal(spread: float, block_spread: float) -> None:
    load = StalledLoad(1_000, 0.0, 10.0, block_spread=block_spread, spread=spread)
    median_s, p99_s = true_quantiles_s(np.random.default_rng(1), load, [0.5, 0.99])
    assert median_s == pytest.approx(1e-3, rel=0.003)
    assert p99_s == pytest.approx(1e-3 * np.exp(2.3263 * np.hypot(spread, block_spread)), rel=0.003)


def test_very_many_blocks_have_the_truth_of_exponential_durations() -> None:
    random, load = np.random.default_rng(1), StalledLoad(2_000, 0.0, 10.0, spread=None)
    pooled = pool_of(draw(random, 1, 400, load)[0])
    found = [percentile(pooled, one) for one in (Quantile.P50, Quantile.P99)]
    truths_s = true_quantiles_s(random, load, [0.5, 0.99])
    assert truths_s == pytest.approx([1e-3, 1e-3 * np.log2(100)], rel=0.01)
    assert [one.interval.estimate for one in found if isinstance(one, Pooled)] == pytest.approx(truths_s, rel=0.02)
