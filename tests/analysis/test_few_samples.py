"""Warnings about percentiles and means of which few samples decide."""

from collections.abc import Callable

import numpy as np
import pytest

from harness.analysis.few_samples import dependence, lone_request
from harness.analysis.intervals import log_t_interval
from harness.analysis.percentiles import Pooled, mean, pool
from harness.histogram import Histogram
from harness.metrics.names import Quantile
from tests.analysis.test_percentiles import histogram

P99 = Quantile.P99
Draw = Callable[[np.random.Generator], np.ndarray]


def test_few_independent_ones_are_a_warning_and_enough_are_none() -> None:
    few = Pooled(log_t_interval([1.0, 1.1]), {}, 10_000, 800.0)
    assert dependence(few, P99) == (
        "the 100 samples above the percentile come in bursts or from few blocks: they count as 8 independent samples"
    )
    one = dependence(Pooled(few.interval, {}, 10_000, 100.0), P99) or ""
    assert one.endswith("they count as 1 independent sample")
    assert dependence(Pooled(few.interval, {}, 10_000, 1_200.0), P99) is None
    assert dependence(Pooled(few.interval, {}, 1_000, 900.0), P99) is None  # ten samples, nine of them independent


def warning(blocks_ms: list[list[float]]) -> str | None:
    of = pool({block: histogram(samples_ms) for block, samples_ms in enumerate(blocks_ms)})
    found = mean(of)
    assert isinstance(found, Pooled)
    return lone_request(of, found)


def test_a_request_that_decides_about_a_mean_is_a_warning() -> None:
    calm = [[1.0] * 999 + [level] for level in (1.1, 1.2, 1.3)]
    assert warning(calm) is None
    assert warning([*calm[:2], [1.0] * 999 + [500.0]]) == (
        "the slowest request alone, of 500 ms, is 14 % of the mean: of times with so long a tail its interval may be "
        "too short"
    )


def test_it_is_none_where_whole_blocks_differ_by_more() -> None:
    assert warning([[1.0] * 999 + [50.0], [2.0] * 1_000, [4.0] * 1_000]) is None


def test_equal_blocks_whose_slowest_requests_are_of_one_time_have_no_lone_one() -> None:
    assert warning([[1.0] * 980 + [9.0] * 20] * 3) is None


def drawn_warnings(draw: Draw) -> float:
    """Return the share of runs with a warning, of six blocks that differ by 3 %."""
    random, runs, found = np.random.default_rng(3), 40, 0
    for _ in range(runs):
        blocks: dict[int, Histogram] = {block: Histogram() for block in range(6)}
        for one in blocks.values():
            one.record((1e6 * draw(random) * random.lognormal(0, 0.03)).astype(np.int64))
        of = pool(blocks)
        own = mean(of)
        assert isinstance(own, Pooled)
        found += lone_request(of, own) is not None
    return found / runs


@pytest.mark.parametrize("exponent", [1.2, 1.5])
def test_times_without_a_finite_variance_mostly_have_the_warning(exponent: float) -> None:
    """The interval of their mean contains the truth in 53 to 90 % of simulated runs."""
    assert drawn_warnings(lambda random: 1 + random.pareto(exponent, 5_000)) >= 0.8


@pytest.mark.parametrize(
    "draw",
    [
        lambda random: random.exponential(1, 5_000),
        lambda random: random.lognormal(0, 1, 5_000),
        lambda random: 1 + random.pareto(4, 5_000),
        lambda random: np.where(random.random(5_000) < 0.01, 40.0, 1.0),
    ],
    ids=["exponential", "lognormal", "pareto", "two modes"],
)
def test_times_with_a_finite_variance_hardly_ever_have_it(draw: Draw) -> None:
    assert drawn_warnings(draw) <= 0.05
