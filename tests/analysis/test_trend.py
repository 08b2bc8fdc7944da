"""Values that drift from block to block, and values that do not."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.analysis.intervals import log_t_interval
from harness.analysis.trend import drifts, slope, trend_p


def are_drifting(values: Sequence[float]) -> bool:
    return drifts(values, log_t_interval(values))


@pytest.mark.parametrize("step", [0.03, -0.03])
def test_values_that_rise_or_fall_block_after_block_drift(step: float) -> None:
    assert are_drifting([math.exp(step * block) for block in range(6)])
    assert are_drifting([math.exp(step * (block + 0.7 * (block % 2))) for block in range(10)])


@pytest.mark.parametrize(
    "values",
    [
        [1.0, 1.1, 1.2, 1.3, 1.4],  # five blocks are too few
        [1.0] * 8,
        [1.0, 1.1, 1.2, 1.3, 1.5, 1.4],  # one exchange of six: p = 0.017
        [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0],
    ],
)
def test_values_without_a_clear_trend_do_not_drift(values: list[float]) -> None:
    assert not are_drifting(values)


def test_a_trend_smaller_than_the_interval_is_no_drift() -> None:
    values = [1.0, 1.001, 1.002, 1.003, 1.004, 9.0]  # the last block makes the interval wide
    assert not are_drifting(values)


@pytest.mark.parametrize("blocks", [6, 7, 8, 10, 20])
def test_blocks_that_differ_by_chance_seldom_drift(blocks: int) -> None:
    random = np.random.default_rng(blocks)
    found = [are_drifting(np.exp(0.05 * random.standard_normal(blocks)).tolist()) for _ in range(1500)]
    assert sum(found) <= 15  # 1 %; the docstring says 0.5 %


@given(st.lists(st.integers(-4, 4) | st.floats(-700, 700), min_size=2, max_size=60))
def test_trend_and_slope_are_those_of_scipy(drawn: list[float]) -> None:
    values, places = np.array(drawn, dtype=float), np.arange(len(drawn))
    expected = float(stats.kendalltau(places, values).pvalue)
    assert trend_p(values) == pytest.approx(1.0 if math.isnan(expected) else expected, rel=1e-12)
    assert slope(values) == float(stats.theilslopes(values, places).slope)


@pytest.mark.parametrize("blocks", [6, 20, 33, 34, 250])
def test_the_trend_of_many_distinct_values_is_that_of_scipy(blocks: int) -> None:
    random = np.random.default_rng(blocks)
    for rise in (0.0, 0.02, 0.1, 1.0):
        values = random.standard_normal(blocks) + rise * np.arange(blocks)
        expected = stats.kendalltau(np.arange(blocks), values).pvalue
        assert trend_p(values) == pytest.approx(float(expected), rel=1e-12, abs=1e-300)
