"""A summary exactly at its limits: the ceiling, clean trials, footprints, peaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.analysis.summary import summarise
from harness.model import (
    Bound,
    Failure,
    Flag,
    FlagKind,
    Footprint,
    Measurement,
    Plan,
    Result,
    Stage,
    StoredRun,
    Subject,
    Trial,
)
from harness.units import Unit
from tests.trials import FLASK, GIN, NULL, a_plan, a_stored_run, a_trial

RATE = "throughput.closed.c32"
CONTROL = replace(FLASK, is_control=True)
PLAN = replace(a_plan(FLASK, GIN), ceiling=NULL)


def at(block: int, subject: Subject, value: float, metric: str = RATE, *, disturbed: bool = False) -> Trial:
    flags = (Flag(FlagKind.STEAL, "it was stolen"),) if disturbed else ()
    one = Measurement(metric, Unit.PER_SECOND, value, "hello", Bound.TARGET)
    return replace(a_trial(block, subject, one), flags=flags)


def result_of(plan: Plan, *trials: Trial, metric: str = RATE, subject: Subject = FLASK) -> Result:
    found = summarise(a_stored_run(plan, *trials)).results
    (one,) = (one for one in found if (one.subject, one.metric) == (subject, metric))
    return one


@pytest.mark.parametrize(
    ("rate_per_s", "bound"), [(800.0, Bound.TARGET), (801.0, Bound.GENERATOR), (200.0, Bound.TARGET)]
)
def test_a_throughput_above_four_fifths_of_the_ceiling_is_a_lower_bound(rate_per_s: float, bound: Bound) -> None:
    trials = [at(block, one, value) for block in range(2) for one, value in ((FLASK, rate_per_s), (NULL, 1000.0))]
    found = result_of(PLAN, *trials)
    assert found.bound is bound
    assert found.ceiling_share == pytest.approx(rate_per_s / 1000)


def test_the_ceiling_itself_and_a_level_without_one_have_no_share() -> None:
    alone = [at(block, FLASK, 90.0, "throughput.closed.c8") for block in range(2)]
    ceiling = [at(block, NULL, 100.0) for block in range(2)]
    assert result_of(PLAN, *alone, *ceiling, metric="throughput.closed.c8").ceiling_share is None
    assert result_of(PLAN, *alone, *ceiling, subject=NULL).ceiling_share is None


class TestCleanTrials:
    @pytest.mark.parametrize("clean", [0, 1, 2, 3])
    def test_the_estimate_of_undisturbed_trials_needs_two_of_them(self, clean: int) -> None:
        values = (100.0, 110.0, 120.0, 130.0)
        found = result_of(PLAN, *(at(n, FLASK, value, disturbed=n >= clean) for n, value in enumerate(values)))
        assert (found.trials, found.clean_trials) == (4, clean)
        expected = None if clean < 2 else {2: (100 * 110) ** 0.5, 3: (100 * 110 * 120) ** (1 / 3)}[clean]
        assert found.clean_estimate == (None if expected is None else pytest.approx(expected))

    def test_a_run_without_disturbances_has_no_count_of_undisturbed_trials(self) -> None:
        found = result_of(PLAN, *(at(n, FLASK, 100.0 + n) for n in range(3)))
        assert (found.clean_trials, found.clean_estimate) == (None, None)


class TestFootprints:
    def of(self, *, failed: bool) -> dict[Subject, Result]:
        stored = a_stored_run(PLAN, *(at(n, one, 10.0 + n) for n in range(2) for one in (FLASK, GIN)))
        size = Footprint("flask_app", "footprint.image", Unit.BYTE, 1e6, "by hand")
        failures = (Failure(FLASK, Stage.LOAD, "it died"),) if failed else ()
        run = replace(stored.run, footprint=(size, replace(size, target="gin_app", value=2e6)), failures=failures)
        found = summarise(StoredRun(run, stored.trials)).results
        return {one.subject: one for one in found if one.metric == "footprint.image"}

    def test_a_footprint_is_exact_and_that_of_its_own_target(self) -> None:
        found = self.of(failed=False)
        assert {subject: one.estimate for subject, one in found.items()} == {FLASK: 1e6, GIN: 2e6}
        assert [(one.trials, one.confidence, one.low, one.high) for one in found.values()] == [
            (1, 1.0, 1e6, 1e6),
            (1, 1.0, 2e6, 2e6),
        ]
        assert found[FLASK].detail == "by hand"

    def test_a_failed_target_has_no_footprint(self) -> None:
        found = self.of(failed=True)
        assert (found[FLASK].trials, found[FLASK].estimate) == (0, None)
        assert (found[FLASK].reason, found[GIN].estimate) == ("the target failed (load)", 2e6)


def test_the_noise_floor_is_the_half_width_of_the_controls_ratio() -> None:
    """For ratios of 1 and 1.1 it is half the distance of the logarithms times 12.706."""
    plan = replace(PLAN, control=CONTROL)
    trials = [at(n, FLASK, 100.0) for n in range(2)] + [at(0, CONTROL, 100.0), at(1, CONTROL, 110.0)]
    floor = summarise(a_stored_run(plan, *trials)).noise_floor
    assert floor[RATE] == pytest.approx(1.1 ** (12.7062 / 2) - 1, rel=1e-4)


class TestPeaks:
    def test_the_peak_is_the_level_with_the_largest_rate_under_its_own_name(self) -> None:
        levels = {"throughput.closed.c1": 10.0, "throughput.closed.c8": 40.0, "throughput.closed.c32": 30.0}
        trials = [
            a_trial(n, FLASK, *(Measurement(name, Unit.PER_SECOND, rate + n, "hello") for name, rate in levels.items()))
            for n in range(2)
        ]
        found = result_of(PLAN, *trials, metric="throughput.peak")
        assert found.estimate == pytest.approx((40 * 41) ** 0.5)
        assert found.detail == "at 8 connections"

    def test_one_level_has_no_peak(self) -> None:
        found = summarise(a_stored_run(PLAN, *(at(n, FLASK, 10.0 + n) for n in range(2))))
        assert "throughput.peak" not in {one.metric for one in found.results}
