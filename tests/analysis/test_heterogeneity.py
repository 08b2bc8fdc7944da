"""Heterogeneity of runs, checked with worked examples, Welch's t, and simulated runs with a known truth."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.analysis import heterogeneity as module
from harness.analysis.between import welch
from harness.analysis.heterogeneity import Heterogeneity, cochrans_q, heterogeneity, usual_run, widened
from harness.analysis.intervals import Moments, log_t_interval, moments, t_interval
from harness.model import Result
from harness.units import Unit
from tests.trials import GIN

NOTHING_BETWEEN = Heterogeneity(q=9.0, freedom=9, p_chi2=0.4, p=0.5, between=0.0, share=0.0)
TWO_RUNS = (Moments(1.0, math.sqrt(0.01 / 3), 2), Moments(1.2, math.sqrt(0.01 / 3), 2))

means = st.lists(st.integers(-100, 100).map(lambda percent: percent / 100), min_size=2, max_size=6)


def alike(values: list[float], error: float = 0.1) -> list[Moments]:
    """Return runs of five blocks with these means; one of them has half the error of the others."""
    return [Moments(value, error * (0.5 if place == 0 else 1.0), 4) for place, value in enumerate(values)]


@pytest.fixture
def few_draws(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    return lambda count: monkeypatch.setattr(module, "_DRAWS", count)


def test_q_equals_that_of_a_textbook_example_of_six_studies() -> None:
    # M. Borenstein and others, Introduction to Meta-Analysis, 2009, chapter 14; the effects have three decimals there
    effects = [0.095, 0.277, 0.367, 0.664, 0.462, 0.185]
    weights = [30.352, 32.568, 20.048, 95.111, 23.439, 42.698]
    assert float(cochrans_q(effects, [1 / weight for weight in weights])) == pytest.approx(12.003, abs=0.03)
    found = heterogeneity([Moments(y, w**-0.5, 100) for y, w in zip(effects, weights, strict=True)])
    assert found.freedom == 5
    assert found.p_chi2 == pytest.approx(0.035, abs=5e-4)


def test_two_runs_have_these_values() -> None:
    found = heterogeneity(TWO_RUNS)
    assert found.q == pytest.approx(0.2**2 / (2 * 0.01 / 3))  # 6
    assert found.p_chi2 == pytest.approx(0.0143, abs=5e-5)
    assert found.between == pytest.approx(math.sqrt(0.02 - 0.01 / 3))
    assert found.share == pytest.approx(5 / 6)


def test_the_last_axis_counts_runs() -> None:
    assert cochrans_q(np.zeros((3, 4)), np.ones((3, 4))).tolist() == [0.0, 0.0, 0.0]


def test_equal_runs_have_no_difference_between_them() -> None:
    found = heterogeneity([Moments(0.5, 0.25, 4)] * 3)
    assert (found.q, found.p_chi2, found.p, found.between, found.share) == (0, 1, 1, 0, 0)
    assert not found.is_rejected


@pytest.mark.parametrize("apart", [0.02, 0.04, 0.08])
def test_for_two_runs_the_probability_is_close_to_that_of_welchs_t(apart: float) -> None:
    def result(values: list[float]) -> Result:
        made = log_t_interval(values)
        numbers = (made.estimate, made.low, made.high)
        return Result(GIN, "hello", "throughput.peak", Unit.PER_SECOND, len(values), 0.95, *numbers)

    one = result([100.0, 101.0, 99.0, 103.0, 97.0])
    other = result([value * math.exp(apart) for value in (101.0, 102.0, 98.0, 100.0, 99.0)])
    runs = [moments(log_t_interval([100.0, 101.0, 99.0, 103.0, 97.0]), 5)]
    runs.append(moments(log_t_interval([value * math.exp(apart) for value in (101.0, 102.0, 98.0, 100.0, 99.0)]), 5))
    assert heterogeneity(runs).p == pytest.approx(welch(one, other)[1], abs=0.02)


@settings(max_examples=20)  # each example draws its own distribution
@given(values=means, shift=st.integers(-5, 5))
def test_a_common_shift_of_all_runs_changes_nothing(values: list[float], shift: int) -> None:
    before, after = heterogeneity(alike(values)), heterogeneity(alike([value + shift for value in values]))
    assert after.q == pytest.approx(before.q, abs=1e-9)
    assert after.between == pytest.approx(before.between, abs=1e-9)


@settings(max_examples=20)
@given(values=means, factor=st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_scaling_all_log_ratios_scales_the_spread_and_not_q_or_the_share(values: list[float], factor: float) -> None:
    before = heterogeneity(alike(values))
    after = heterogeneity(alike([value * factor for value in values], 0.1 * factor))
    assert (after.q, after.p, after.share) == pytest.approx((before.q, before.p, before.share))
    assert after.between == pytest.approx(before.between * factor)


@settings(max_examples=20)
@given(values=means)
def test_every_value_is_in_its_range(values: list[float]) -> None:
    found = heterogeneity(alike(values))
    assert found.q >= 0
    assert 0 < found.p <= 1
    assert 0 <= found.share < 1
    assert (found.between == 0) == (found.share == 0)


@pytest.fixture
def simulated() -> list[list[Moments]]:
    """Return 400 sets of ten runs of five blocks with the same truth; some runs are noisier than others."""
    spread = np.linspace(0.01, 0.05, 10)[:, None]
    drawn = np.exp(np.random.default_rng(20260131).standard_normal((400, 10, 5)) * spread)
    return [[moments(log_t_interval(values), 5) for values in runs.tolist()] for runs in drawn]


def test_runs_without_a_difference_are_rejected_at_the_nominal_rate_and_by_chi_squared_far_more_often(
    simulated: list[list[Moments]], few_draws: Callable[[int], None]
) -> None:
    few_draws(1000)
    found = [heterogeneity(runs) for runs in simulated]
    assert 0.025 <= np.mean([one.p < 0.05 for one in found]) <= 0.075
    assert np.mean([one.is_rejected for one in found]) <= 0.02
    assert np.mean([one.p_chi2 < 0.01 for one in found]) >= 0.10


def test_runs_with_a_difference_are_found_and_widened_intervals_of_other_runs_contain_the_truth(
    simulated: list[list[Moments]], few_draws: Callable[[int], None]
) -> None:
    few_draws(500)
    between, rng = 0.04, np.random.default_rng(7)
    moved = [[Moments(run.mean + between * rng.standard_normal(), run.error, 4) for run in runs] for runs in simulated]
    found = [heterogeneity(runs) for runs in moved]
    assert np.mean([one.is_rejected for one in found]) >= 0.8
    assert math.sqrt(np.mean([one.between**2 for one in found])) == pytest.approx(between, rel=0.05)
    others = [runs[4] for runs in moved[1:]]  # not from the ten runs whose spread widens the interval
    wide = [widened(run, one) for run, one in zip(others, found[:-1], strict=True)]
    assert np.mean([one.low <= 1 <= one.high for one in map(t_interval, others)]) < 0.7
    assert 0.93 <= np.mean([one.low <= 1 <= one.high for one in wide]) <= 0.97


def test_without_a_difference_between_runs_the_interval_does_not_change() -> None:
    run = Moments(2.0, 0.03, 4)
    assert widened(run, NOTHING_BETWEEN) == t_interval(run)


def test_the_interval_of_a_run_without_an_error_has_the_degrees_of_freedom_between_runs() -> None:
    found = Heterogeneity(q=90.0, freedom=9, p_chi2=0.0, p=0.0, between=0.04, share=1.0)
    half = math.log1p(widened(Moments(0.0, 0.0, 4), found).half_width)
    assert half == pytest.approx(2.2622 * 0.04, rel=1e-4)  # Student's t of 9 degrees, from a printed table
    assert math.log1p(widened(Moments(0.0, 0.03, 4), found).half_width) == pytest.approx(2.163 * 0.05, rel=1e-3)


def test_a_typical_run_has_the_mean_variance_and_the_fewest_degrees_of_freedom() -> None:
    usual = usual_run([Moments(1.0, 0.1, 4), Moments(2.0, 0.7, 9)])
    assert (usual.mean, usual.error, usual.freedom) == pytest.approx((1.5, 0.5, 4))


@pytest.mark.parametrize("runs", [[], [Moments(1.0, 0.1, 4)]])
def test_one_run_has_no_spread(runs: list[Moments]) -> None:
    with pytest.raises(ValueError, match=f"{len(runs)} runs, but a spread needs 2"):
        heterogeneity(runs)


def test_a_run_without_an_error_is_refused() -> None:
    with pytest.raises(ValueError, match="a run without a standard error"):
        heterogeneity([Moments(1.0, 0.0, 4), Moments(1.0, 0.1, 4)])
