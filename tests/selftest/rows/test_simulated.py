"""The rows on simulated rates pass with the real statistics, and fail with broken ones."""

from pathlib import Path

import numpy as np
import pytest

from harness.analysis.intervals import Interval, log_t_interval
from harness.analysis.steady import warm_up_cut
from harness.experiment.environment import CpuPlan
from harness.selftest.checks import Row
from harness.selftest.rig import Lab
from harness.selftest.rows import a_a, interval_coverage, known_effect, steady_state
from harness.selftest.simulated_rates import draw
from tests.selftest.made import broken

pytestmark = pytest.mark.program

LAB = Lab(CpuPlan(frozenset({0}), frozenset({0})), Path())


@pytest.mark.parametrize("row", [steady_state.ROW, interval_coverage.ROW, a_a.ROW, known_effect.ROW])
def test_each_simulated_row_passes(row: Row) -> None:
    assert broken(row.run(LAB).checks) == []


def test_a_cut_of_no_rounds_fails_for_every_shape_with_a_warm_up() -> None:
    assert broken(steady_state.judge(steady_state.uncut, 1)) == ["exponential: bias", "step: bias"]


def test_a_drift_that_is_never_detected_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady_state, "is_steady", lambda _rates: True)
    assert broken(steady_state.judge(warm_up_cut, 1)) == ["drift of 10 %: called not steady"]


def test_intervals_that_are_too_narrow_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def narrow(values: list[float]) -> Interval:
        found = log_t_interval(values)
        return Interval(found.estimate, (found.low + found.estimate) / 2, (found.high + found.estimate) / 2)

    monkeypatch.setattr(interval_coverage, "log_t_interval", narrow)
    assert broken(interval_coverage.judge([5], 1)) == ["5 blocks, value", "5 blocks, ratio"]


def test_rounds_treated_as_trials_call_equal_targets_different() -> None:
    drawn = draw(np.random.default_rng(1), 200, 5)
    assert a_a.share_different((drawn.subject / drawn.reference).reshape(200, -1)) > a_a.LIMIT


def test_a_comparison_without_pairs_misses_the_effect() -> None:
    assert "+5%: found" in broken(known_effect.judge(known_effect.unpaired, 1))


def test_the_same_seed_draws_the_same_rates() -> None:
    first, again = (draw(np.random.default_rng(3), 2, 5).subject for _ in range(2))
    assert (first == again).all()
