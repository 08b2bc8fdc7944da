"""Memory over the trials of a contestant: medians and ends at equal shares of the time from first load to the end."""

from dataclasses import replace

import pytest

from harness.analysis.memory_curves import NOT_LOADED, NOT_SAMPLED, STEPS, memory_curves
from harness.analysis.summary import summarise
from harness.model import Failure, Measurement, MemoryCurve, MemoryPoint, MemorySamples, Stage, Subject, Trial
from harness.units import Unit
from tests.trials import FLASK, GIN, NULL, a_plan, a_stored_run, a_trial

PLAN = a_plan(FLASK, GIN)
LOADED = Measurement("memory.loaded", Unit.BYTE, 40.0)


def a_sampled(
    block: int,
    at_s: tuple[float, ...],
    size_bytes: tuple[int, ...],
    subject: Subject = FLASK,
    metric: str = LOADED.metric,
) -> Trial:
    trial = a_trial(block, subject, replace(LOADED, metric=metric))
    return replace(trial, memory=MemorySamples(at_s, size_bytes))


def curve_of(*trials: Trial, subject: Subject = FLASK) -> MemoryCurve:
    [found] = [one for one in memory_curves(a_stored_run(PLAN, *trials)) if one.subject == subject]
    return found


THREE = (
    a_sampled(0, (-9.0, 0.0, 10.0), (10, 20, 40)),
    a_sampled(1, (-3.0, 0.0, 20.0), (12, 20, 60)),
    a_sampled(2, (-1.0, 0.0, 10.0, 40.0), (11, 22, 90, 30)),
)


def test_a_curve_has_the_median_and_the_ends_of_the_trials_at_shares_of_their_own_lengths() -> None:
    curve = curve_of(*THREE)
    assert (curve.trials, curve.reason, len(curve.points)) == (3, None, STEPS + 1)
    assert curve.points[0] == MemoryPoint(0.0, 20.0, 20.0, 22.0)
    assert curve.points[STEPS // 4] == MemoryPoint(5.0, 30.0, 25.0, 90.0)
    assert curve.points[STEPS // 2] == MemoryPoint(10.0, 40.0, 30.0, 70.0)
    assert curve.points[STEPS] == MemoryPoint(20.0, 40.0, 30.0, 60.0)


def test_what_was_read_before_load_is_the_memory_of_a_ready_target() -> None:
    assert curve_of(*THREE).ready == MemoryPoint(-3.0, 11.0, 10.0, 12.0)


def test_the_largest_sample_of_each_trial_stands_at_the_median_of_their_times() -> None:
    assert curve_of(*THREE).highest == MemoryPoint(10.0, 60.0, 40.0, 90.0)


def test_of_equal_samples_the_last_is_the_largest() -> None:
    assert curve_of(a_sampled(0, (0.0, 1.0, 2.0), (7, 7, 6))).highest == MemoryPoint(1.0, 7.0, 7.0, 7.0)


def test_a_single_sample_is_a_curve_without_length() -> None:
    curve = curve_of(a_sampled(0, (0.0,), (7,)))
    assert set(curve.points) == {MemoryPoint(0.0, 7.0, 7.0, 7.0)}


def test_trials_without_samples_and_those_of_other_subjects_are_left_out() -> None:
    others = (a_trial(1, FLASK, LOADED), a_sampled(0, (0.0,), (1000,), subject=GIN))
    curve = curve_of(THREE[0], *others)
    assert (curve.trials, curve.points[-1].largest_bytes) == (1, 40.0)


def test_a_trial_with_the_warm_up_alone_is_left_out() -> None:
    short = replace(THREE[1], measurements=(replace(LOADED, metric="memory.idle"),))
    assert curve_of(THREE[0], short).trials == 1


def test_processes_have_a_curve_of_their_own_memory() -> None:
    assert curve_of(a_sampled(0, (0.0,), (7,), metric="memory_pss.loaded")).trials == 1
    assert curve_of(a_sampled(0, (0.0,), (7,), metric="memory_rss.loaded")).reason == NOT_LOADED


@pytest.mark.parametrize(
    ("trials", "reason"),
    [((), NOT_LOADED), ((a_trial(0, FLASK),), NOT_LOADED), ((a_trial(0, FLASK, LOADED),), NOT_SAMPLED)],
)
def test_without_samples_the_reason_is_given(trials: tuple[Trial, ...], reason: str) -> None:
    assert curve_of(*trials) == MemoryCurve(FLASK, reason=reason)


def test_a_failed_target_has_no_curve() -> None:
    failure = Failure(FLASK, Stage.LOAD, "it ended")
    curve = curve_of(*THREE[:2], replace(THREE[2], failure=failure))
    assert curve == MemoryCurve(FLASK, reason="block 3: the target failed (load)")


def test_a_summary_has_the_curves_of_the_contestants_in_the_order_of_the_plan() -> None:
    plan = replace(PLAN, ceiling=NULL, control=replace(FLASK, is_control=True))
    trials = [a_sampled(0, (0.0,), (7,), subject=one) for one in (NULL, GIN, FLASK, replace(FLASK, is_control=True))]
    summary = summarise(a_stored_run(plan, *trials))
    assert [curve.subject for curve in summary.memory_curves] == [FLASK, GIN]
    assert summary.memory_curves == memory_curves(a_stored_run(plan, *trials))
