"""The rows on simulated rates pass with the real statistics, and fail with broken ones."""

from pathlib import Path

import numpy as np
import pytest

from harness.analysis.intervals import Interval, log_t_interval
from harness.experiment.environment import CpuPlan
from harness.model import Difference, Steadiness
from harness.selftest.checks import Row
from harness.selftest.designs import Design, headline_designs
from harness.selftest.disturbed_runs import Disturbance, Dose, Spread
from harness.selftest.rig import Lab
from harness.selftest.rows import a_a, interval_coverage, known_effect, steady_state
from harness.selftest.simulated_rates import NO_BURSTS, Machine, draw
from tests.selftest.made import broken

pytestmark = pytest.mark.program

SMALL = Design("mine", blocks=5, rounds=25, slice_s=0.1, counted_s=0.06)
LAB = Lab(CpuPlan(frozenset({0}), frozenset({0})), Path())


@pytest.mark.slow
@pytest.mark.parametrize("row", [steady_state.ROW, interval_coverage.ROW, a_a.ROW, known_effect.ROW])
def test_each_simulated_row_passes(row: Row) -> None:
    assert broken(row.run(LAB).checks) == []


def test_a_cut_of_no_rounds_fails_for_every_shape_with_a_warm_up() -> None:
    found = broken(steady_state.judge(steady_state.uncut, [25], 1))
    assert found == ["exponential, 25 rounds: bias", "step, 25 rounds: bias"]


def test_a_drift_that_is_never_detected_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady_state, "steadiness", lambda _rates: Steadiness.STEADY)
    found = broken(steady_state.judge_drift([25], 1))
    assert found == [
        f"drift of 10 %, 25 rounds, noise {noise}: called not steady, of those tested" for noise in ("1%", "2%", "4%")
    ]


def test_a_drift_is_not_looked_for_in_trials_that_cannot_be_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady_state, "steadiness", lambda _rates: Steadiness.NOT_TESTABLE)
    checks = steady_state.judge_drift([6], 1)
    assert broken(checks) == ["a drift can be tested"]
    assert not [check.what for check in checks if "drift of 10 %" in check.what]


def test_a_drift_that_is_found_in_flat_trials_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady_state, "steadiness", lambda _rates: Steadiness.NOT_STEADY)
    assert broken(steady_state.judge_drift([6], 1)) == [
        f"flat, 6 rounds, noise {noise}: called not steady" for noise in ("1%", "2%", "4%")
    ]


def test_intervals_that_are_too_narrow_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def narrow(values: list[float]) -> Interval:
        found = log_t_interval(values)
        return Interval(found.estimate, (found.low + found.estimate) / 2, (found.high + found.estimate) / 2)

    monkeypatch.setattr(interval_coverage, "log_t_interval", narrow)
    stopped = [f"full, stopped when precise, {of}" for of in ("value", "ratio")]
    assert broken(interval_coverage.judge([SMALL], 1)) == [f"{SMALL}, value", f"{SMALL}, ratio", *stopped]


def test_a_run_stops_at_the_first_number_of_blocks_with_a_narrow_interval_or_at_the_last() -> None:
    values = [1.0, 1.3, 1.0, 1.01, 1.02, 1.0, 1.01, 1.0]
    assert interval_coverage.blocks_until(values, 2, 0.2) == 5
    assert interval_coverage.blocks_until(values, 6, 0.2) == 6
    assert interval_coverage.blocks_until(values, 2, 0.0001) == 8


def test_rounds_treated_as_trials_call_equal_targets_different() -> None:
    drawn = draw(np.random.default_rng(1), 200, SMALL, Machine(bursts=NO_BURSTS))
    assert a_a.share_different((drawn.subject / drawn.reference).reshape(200, -1)) > a_a.LIMIT


def test_a_comparison_without_pairs_misses_the_effect() -> None:
    least, most = headline_designs("full")
    missed = broken(known_effect.judge(known_effect.unpaired, (least, most), 1))
    assert f"+5%, {least}, bursts in 10% of the time: found" in missed


def test_the_same_seed_draws_the_same_rates() -> None:
    first, again = (draw(np.random.default_rng(3), 2, SMALL, Machine()).subject for _ in range(2))
    assert (first == again).all()


def test_a_verdict_that_every_flag_takes_back_misses_twice_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_effect, "verdicts", lambda *_, **__: [Difference.INCONCLUSIVE] * 10)
    checks = known_effect.judge_disturbed([SMALL], 1)
    assert len(broken(checks)) == len(checks) > 0


def test_a_disturbance_of_one_target_in_one_block_is_told_from_an_effect_and_in_half_of_them_it_is_not() -> None:
    for kind in Disturbance:
        told = {spread for spread in Spread if known_effect.told_apart(Dose(kind, 0.5, spread))}
        assert told == ({Spread.ONE} if kind in (Disturbance.QUOTA, Disturbance.STOP) else set(Spread))
