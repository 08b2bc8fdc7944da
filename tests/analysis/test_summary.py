"""The summary of runs made by hand, with exact numbers."""

import math
from dataclasses import replace
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.comparison import sign_flip_p
from harness.analysis.summary import summarise, summarise_each
from harness.model import (
    Absence,
    Bound,
    Comparison,
    Difference,
    Failure,
    Measurement,
    Plan,
    Result,
    ScenarioTraits,
    Stage,
    StoredRun,
    Subject,
    Summary,
    Trial,
)
from harness.units import Unit
from tests.trials import FLASK, GIN, NULL, a_plan, a_run, a_stored_run, a_trial

PLAN = a_plan(FLASK, GIN)
WITH_CEILING = replace(PLAN, ceiling=NULL)
T_2 = 4.30265  # the 97.5 % point of Student's t with 2 degrees of freedom, from a printed table


def rate(value: float, level: int = 16, bound: Bound = Bound.TARGET, scenario: str = "hello") -> Measurement:
    return Measurement(f"throughput.closed.c{level}", Unit.PER_SECOND, value, scenario, bound)


def memory(value: float, *warnings: str) -> Measurement:
    return Measurement("memory.idle", Unit.BYTE, value, warnings=warnings)


def blocks_of(subject: Subject, *found_by_block: tuple[Measurement | Absence, ...]) -> tuple[Trial, ...]:
    return tuple(a_trial(block, subject, *found) for block, found in enumerate(found_by_block))


def summary_of(plan: Plan, *trials: Trial) -> Summary:
    return summarise(a_stored_run(plan, *trials))


def result_of(summary: Summary, subject: Subject, metric: str, scenario: str | None = "hello") -> Result:
    [found] = [r for r in summary.results if (r.subject, r.metric, r.scenario) == (subject, metric, scenario)]
    return found


def comparison_of(summary: Summary, metric: str, scenario: str | None = "hello") -> Comparison:
    [found] = [c for c in summary.comparisons if (c.metric, c.scenario) == (metric, scenario)]
    return found


# Results.


def test_a_result_is_the_exact_interval_over_trials() -> None:
    logs = (8.0, 8.5, 9.0)
    summary = summary_of(PLAN, *blocks_of(FLASK, *((rate(math.exp(log)),) for log in logs)))
    half = T_2 * 0.5 / math.sqrt(3)
    [result] = summary.results
    assert (result.subject, result.scenario, result.metric) == (FLASK, "hello", "throughput.closed.c16")
    assert (result.unit, result.trials, result.confidence) == (Unit.PER_SECOND, 3, 0.95)
    assert result.estimate == pytest.approx(math.exp(8.5))
    assert result.low == pytest.approx(math.exp(8.5 - half), rel=1e-5)
    assert result.high == pytest.approx(math.exp(8.5 + half), rel=1e-5)
    assert (result.bound, result.warnings, result.reason, result.detail) == (Bound.TARGET, (), None, None)
    assert summary.run == a_run(PLAN)


def test_several_measurements_of_one_block_count_as_their_mean() -> None:
    ready = [
        (Measurement("cold_start.ready", Unit.SECOND, first), Measurement("cold_start.ready", Unit.SECOND, second))
        for first, second in ((0.1, 0.3), (0.2, 0.2), (0.05, 0.35))
    ]
    [result] = summary_of(PLAN, *blocks_of(FLASK, *ready)).results
    assert result.trials == 3
    assert result.estimate == pytest.approx(0.2)
    assert result.low == pytest.approx(0.2)
    assert result.high == pytest.approx(0.2)


def test_results_are_in_the_order_of_the_plan_with_levels_by_number() -> None:
    plan = a_plan(GIN, FLASK, scenarios=("post_json", "hello"))
    found = (rate(5.0, 8), rate(5.0, 32), rate(5.0, 1), rate(5.0, 32, scenario="post_json"), memory(5.0))
    trials = blocks_of(FLASK, found, found) + blocks_of(GIN, found, found)
    order = [
        (None, "memory.idle"),
        ("post_json", "throughput.closed.c32"),
        ("hello", "throughput.closed.c1"),
        ("hello", "throughput.closed.c8"),
        ("hello", "throughput.closed.c32"),
    ]
    measured = [r for r in summary_of(plan, *trials).results if r.metric != "throughput.peak"]
    assert [(r.subject, r.scenario, r.metric) for r in measured] == [(s, *rest) for s in (GIN, FLASK) for rest in order]


@given(order=st.permutations(range(6)))
def test_the_order_in_which_trials_were_stored_does_not_matter(order: list[int]) -> None:
    values = ((100.0, 110.0, 120.0), (300.0, 310.0, 320.0))
    trials = [
        trial
        for subject, of_subject in zip((FLASK, GIN), values, strict=True)
        for trial in blocks_of(subject, *((rate(v), rate(v + 1, 8)) for v in of_subject))
    ]
    shuffled = summary_of(PLAN, *(trials[place] for place in order))
    assert shuffled == summary_of(PLAN, *trials)


def test_warnings_are_given_once() -> None:
    [result] = summary_of(PLAN, *blocks_of(FLASK, (memory(1.0, "a", "b"),), (memory(1.0, "b"),))).results
    assert result.warnings == ("a", "b")


@pytest.mark.parametrize(("bounds", "bound"), [("TTT", Bound.TARGET), ("TTG", Bound.GENERATOR), ("TN", Bound.NEITHER)])
def test_a_result_is_generator_bound_if_any_trial_is(bounds: str, bound: Bound) -> None:
    named = {"T": Bound.TARGET, "G": Bound.GENERATOR, "N": Bound.NEITHER}
    [result] = summary_of(PLAN, *blocks_of(FLASK, *((rate(5.0, bound=named[b]),) for b in bounds))).results
    assert result.bound is bound


def test_one_generator_bound_trial_takes_a_claim_back_and_is_counted() -> None:
    flask = [(rate(1000.0, bound=bound),) for bound in (Bound.TARGET, Bound.TARGET, Bound.GENERATOR)]
    summary = summary_of(PLAN, *blocks_of(FLASK, *flask), *blocks_of(GIN, *[(rate(2000.0),)] * 3))
    assert comparison_of(summary, "throughput.closed.c16").verdict is Difference.INCONCLUSIVE
    limited = result_of(summary, FLASK, "throughput.closed.c16")
    assert limited.warnings == ("the generator was the limit in 1 of 3 trials",)


# Absent numbers and their reasons.


def test_one_block_gives_no_number() -> None:
    [result] = summary_of(PLAN, *blocks_of(FLASK, (rate(100.0),))).results
    assert (result.estimate, result.low, result.high, result.bound) == (None, None, None, None)
    assert result.reason == "an interval needs 2 blocks with a number, and there is one"
    assert result.trials == 1


def test_a_p999_without_enough_samples_is_absent_with_the_reason() -> None:
    p99 = Measurement("latency.open.r500.p99", Unit.SECOND, 0.002, "hello")
    p999 = Absence("latency.open.r500.p999", Unit.SECOND, "too few samples: a p999 takes 4,000 a trial", "hello")
    summary = summary_of(PLAN, *blocks_of(FLASK, *[(p99, p999)] * 3))
    assert result_of(summary, FLASK, p99.metric).estimate == pytest.approx(0.002)
    absent = result_of(summary, FLASK, p999.metric)
    assert absent.reason == "too few samples: a p999 takes 4,000 a trial"
    assert (absent.estimate, absent.trials, absent.unit) == (None, 0, Unit.SECOND)


def test_an_absence_in_one_block_makes_the_result_absent() -> None:
    absence = Absence("throughput.closed.c16", Unit.PER_SECOND, "2 of 900 requests failed (2 timeout)", "hello")
    summary = summary_of(PLAN, *blocks_of(FLASK, (rate(100.0),), (absence,), (rate(100.0),)))
    [result] = summary.results
    assert (result.estimate, result.trials) == (None, 2)
    assert result.reason == "block 2: 2 of 900 requests failed (2 timeout)"


def test_different_reasons_are_each_given_once_with_their_blocks() -> None:
    reasons = ("one", "two", "one")
    absences = [(Absence("memory.peak", Unit.BYTE, reason),) for reason in reasons]
    [result] = summary_of(PLAN, *blocks_of(FLASK, *absences)).results
    assert result.reason == "blocks 1, 3: one; block 2: two"


def test_a_metric_without_measurements_has_a_reason() -> None:
    [result] = summary_of(PLAN, *blocks_of(FLASK, (memory(5.0),), (memory(0.0),), (memory(5.0),))).results
    assert (result.estimate, result.reason) == (None, "block 2: measured 0, and an estimate needs positive numbers")


# A target that fails.


def failing_in_block_2() -> tuple[Trial, ...]:
    """Return three blocks of Gin and two of Flask, which fails under load in the second one."""
    everything = (memory(100.0), rate(100.0))
    failure = Failure(FLASK, Stage.LOAD, "it gave a wrong answer")
    return (
        *blocks_of(GIN, everything, everything, everything),
        a_trial(0, FLASK, *everything),
        a_trial(1, FLASK, memory(100.0), failure=failure),
    )


def test_a_target_that_failed_in_one_block_has_no_numbers() -> None:
    summary = summary_of(PLAN, *failing_in_block_2())
    mine = [result for result in summary.results if result.subject == FLASK]
    assert [result.metric for result in mine] == ["memory.idle", "throughput.closed.c16"]
    for result in mine:
        assert (result.estimate, result.trials) == (None, 1)
        assert result.reason == "block 2: the target failed (load)"


def test_the_other_targets_keep_their_numbers_and_are_not_compared() -> None:
    summary = summary_of(PLAN, *failing_in_block_2())
    assert result_of(summary, GIN, "throughput.closed.c16").estimate == pytest.approx(100.0)
    assert summary.comparisons == ()


def test_metrics_that_a_failed_target_did_not_reach_are_absent_with_the_reason() -> None:
    failed = a_trial(0, FLASK, failure=Failure(FLASK, Stage.VERIFY, "it greets wrongly"))
    summary = summary_of(PLAN, failed, *blocks_of(GIN, *[(memory(5.0), rate(5.0, 1), rate(6.0, 8))] * 3))
    reasons = {result.metric: result.reason for result in summary.results if result.subject == FLASK}
    assert reasons == dict.fromkeys(
        ("memory.idle", "throughput.closed.c1", "throughput.closed.c8", "throughput.peak"),
        "block 1: the target failed (verify)",
    )


def test_a_target_that_did_not_build_is_absent_with_the_reason() -> None:
    run = a_run(PLAN, failures=[Failure(FLASK, Stage.BUILD, "no such base image")])
    stored = StoredRun(run, blocks_of(GIN, *[(memory(5.0),)] * 3))
    assert result_of(summarise(stored), FLASK, "memory.idle", None).reason == "the target failed (build)"


def test_a_failed_ceiling_removes_no_number_of_the_contestants() -> None:
    failed = a_trial(0, NULL, memory(1.0), failure=Failure(NULL, Stage.LOAD, "gone"))
    summary = summary_of(WITH_CEILING, failed, *blocks_of(FLASK, *[(memory(5.0), rate(5.0))] * 3))
    assert [(r.subject, r.metric, r.reason) for r in summary.results] == [
        (FLASK, "memory.idle", None),
        (FLASK, "throughput.closed.c16", None),
        (NULL, "memory.idle", "block 1: the target failed (load)"),
    ]


def test_a_run_without_measurements_has_no_results() -> None:
    failed = [a_trial(0, subject, failure=Failure(subject, Stage.START, "gone")) for subject in (FLASK, GIN)]
    summary = summary_of(PLAN, *failed)
    assert (summary.results, summary.comparisons) == ((), ())
    assert len(summary.run.failures) == 2


# The peak.


def test_the_peak_is_the_largest_level_with_its_interval_and_its_level() -> None:
    found = [(rate(100.0, 1), rate(300.0 + block, 8), rate(200.0, 32)) for block in range(3)]
    summary = summary_of(PLAN, *blocks_of(FLASK, *found))
    top, peak = result_of(summary, FLASK, "throughput.closed.c8"), result_of(summary, FLASK, "throughput.peak")
    assert peak == replace(top, metric="throughput.peak", detail="at 8 connections")


def test_one_level_has_no_peak() -> None:
    summary = summary_of(PLAN, *blocks_of(FLASK, *[(rate(100.0),)] * 3))
    assert [result.metric for result in summary.results] == ["throughput.closed.c16"]


def test_a_peak_is_picked_within_its_scenario() -> None:
    found = (rate(1.0, 1), rate(2.0, 8), rate(9.0, 8, scenario="json_body"))
    summary = summary_of(a_plan(FLASK, GIN, scenarios=("hello", "json_body")), *blocks_of(FLASK, *[found] * 3))
    [peak] = [result for result in summary.results if result.metric == "throughput.peak"]
    assert peak.scenario == "hello"
    assert peak.estimate == pytest.approx(2.0)


def test_a_peak_picked_without_all_levels_has_a_warning() -> None:
    absence = Absence("throughput.closed.c8", Unit.PER_SECOND, "3 of 9 requests failed (3 reset)", "hello")
    summary = summary_of(PLAN, *blocks_of(FLASK, *[(rate(100.0, 1), absence, rate(200.0, 32))] * 3))
    peak = result_of(summary, FLASK, "throughput.peak")
    assert peak.estimate == pytest.approx(200.0)
    assert peak.detail == "at 32 connections"
    assert peak.warnings == ("there is no number at 8 connections, so the peak may lie there",)
    assert result_of(summary, FLASK, "throughput.closed.c32").warnings == ()


# Comparisons.


def test_a_subject_is_compared_with_the_reference_block_by_block() -> None:
    flask = blocks_of(FLASK, *((rate(value),) for value in (100.0, 200.0, 400.0)))
    gin = blocks_of(GIN, *((rate(value),) for value in (100.0 * math.e, 200.0 * math.exp(1.1), 400.0 * math.exp(0.9))))
    [comparison] = summary_of(PLAN, *flask, *gin).comparisons
    half = T_2 * 0.1 / math.sqrt(3)
    assert (comparison.subject, comparison.reference) == (GIN, FLASK)
    assert (comparison.metric, comparison.scenario) == ("throughput.closed.c16", "hello")
    assert comparison.ratio == pytest.approx(math.e)
    assert comparison.low == pytest.approx(math.exp(1 - half), rel=1e-5)
    assert comparison.high == pytest.approx(math.exp(1 + half), rel=1e-5)
    assert comparison.p is None
    assert comparison.verdict is Difference.HIGHER
    assert comparison.warnings == ()


def test_views_of_one_run_share_their_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, judged = a_plan(FLASK, GIN), Mock(wraps=sign_flip_p)
    monkeypatch.setattr("harness.analysis.verdicts.sign_flip_p", judged)
    trials = (*blocks_of(FLASK, (rate(100.0),), (rate(110.0),)), *blocks_of(GIN, (rate(200.0),), (rate(230.0),)))
    stored = a_stored_run(plan, *trials)
    one, other, third = summarise_each(stored, [plan.pairs] * 3)
    assert one == other == third == summarise(stored)
    assert judged.call_count == 2  # by `summarise_each`, and by `summarise`


def test_every_subject_except_the_reference_and_the_ceiling_is_compared() -> None:
    sync = Subject("flask_app", "sync")
    plan = replace(a_plan(FLASK, GIN, sync), ceiling=NULL)
    trials = [trial for subject in (FLASK, GIN, sync, NULL) for trial in blocks_of(subject, *[(memory(5.0),)] * 3)]
    assert [(c.subject, c.reference) for c in summary_of(plan, *trials).comparisons] == [(GIN, FLASK), (sync, FLASK)]


def test_only_blocks_with_both_subjects_are_compared() -> None:
    flask = blocks_of(FLASK, *((memory(value),) for value in (1.0, 1.0, 1.0, 1000.0)))
    gin = blocks_of(GIN, *((memory(value),) for value in (2.0, 2.0, 2.0)))
    assert comparison_of(summary_of(PLAN, *flask, *gin), "memory.idle", None).ratio == pytest.approx(2.0)


def test_two_common_blocks_are_enough() -> None:
    flask, gin = (blocks_of(subject, *[(memory(value),)] * 2) for subject, value in ((FLASK, 1.0), (GIN, 2.0)))
    [comparison] = summary_of(PLAN, *flask, *gin).comparisons
    assert comparison.verdict is Difference.HIGHER


def test_one_common_block_gives_no_comparison() -> None:
    flask = (a_trial(0, FLASK, memory(1.0)), a_trial(1, FLASK, memory(1.0)))
    gin = (a_trial(1, GIN, memory(2.0)), a_trial(2, GIN, memory(2.0)))
    assert summary_of(PLAN, *flask, *gin).comparisons == ()


def test_each_peak_is_compared_at_its_own_level() -> None:
    flask = blocks_of(FLASK, *[(rate(100.0, 1), rate(50.0, 8))] * 3)
    gin = blocks_of(GIN, *[(rate(100.0, 1), rate(400.0, 8))] * 3)
    assert comparison_of(summary_of(PLAN, *flask, *gin), "throughput.peak").ratio == pytest.approx(4.0)


LOWER_BOUND = "the generator was the limit of the subject: the ratio is a lower bound"
UPPER_BOUND = "the generator was the limit of the reference: the ratio is an upper bound"


@pytest.mark.parametrize(
    ("flask", "gin", "ratio", "verdict", "warnings"),
    [
        (Bound.TARGET, Bound.GENERATOR, 2.0, Difference.HIGHER, (LOWER_BOUND,)),
        (Bound.TARGET, Bound.GENERATOR, 0.5, Difference.INCONCLUSIVE, (LOWER_BOUND,)),
        (Bound.TARGET, Bound.GENERATOR, 1.01, Difference.HIGHER, (LOWER_BOUND,)),
        (Bound.GENERATOR, Bound.TARGET, 2.0, Difference.INCONCLUSIVE, (UPPER_BOUND,)),
        (Bound.GENERATOR, Bound.NEITHER, 0.5, Difference.LOWER, (UPPER_BOUND,)),
        (Bound.GENERATOR, Bound.GENERATOR, 2.0, Difference.INCONCLUSIVE, (LOWER_BOUND, UPPER_BOUND)),
        (Bound.NEITHER, Bound.TARGET, 1.0, Difference.EQUIVALENT, ()),
    ],
)
def test_a_generator_bound_leaves_the_ratio_open_on_its_side(
    flask: Bound, gin: Bound, ratio: float, verdict: Difference, warnings: tuple[str, ...]
) -> None:
    trials = (
        *blocks_of(FLASK, *[(rate(1000.0, bound=flask),)] * 3),
        *blocks_of(GIN, *[(rate(1000.0 * ratio, bound=gin),)] * 3),
    )
    [comparison] = summary_of(PLAN, *trials).comparisons
    assert (comparison.verdict, comparison.warnings) == (verdict, warnings)
    assert comparison.ratio == pytest.approx(ratio)


def test_the_same_run_gives_the_same_summary() -> None:
    stored = a_stored_run(PLAN, *failing_in_block_2())
    assert summarise(stored) == summarise(stored)


def test_a_number_under_fewer_users_than_user_classes_has_a_warning() -> None:
    traits = ScenarioTraits("hello", (), drives_open=True, classes=("Browser", "Buyer"), first_users=(1, 4))
    found = (rate(100, 1), rate(400, 16), memory(1e6))
    summary = summary_of(replace(PLAN, traits=(traits,)), *blocks_of(FLASK, found, found, found))
    said = "1 user: only class Browser is driven, as Locust spawns them; Buyer only from 4 users on"
    assert [one.metric for one in summary.results if said in one.warnings] == ["throughput.closed.c1"]
