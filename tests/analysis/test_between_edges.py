"""The gates of a comparison of two runs, exactly at their limits: clean trials, thresholds, missing numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.analysis.between import compare_runs, failed_thresholds, read_thresholds
from harness.analysis.intervals import log_t_interval
from harness.errors import UsageError
from harness.model import BetweenRuns, Difference, Result, Summary
from harness.units import Unit
from tests.trials import GIN, a_run

RATE = "throughput.closed.c32"
MOSTLY = "inconclusive: the machine was disturbed in most trials of a run"
BEFORE, AFTER = [100.0, 101.0, 99.0, 100.0], [90.0, 90.9, 89.1, 90.0]


def a_result(of: list[float], *warnings: str) -> Result:
    made = log_t_interval(of)
    numbers = (made.estimate, made.low, made.high)
    return Result(GIN, "hello", RATE, Unit.PER_SECOND, len(of), 0.95, *numbers, None, warnings)


def a_summary(*results: Result, name: str = "a") -> Summary:
    return Summary(a_run(name=name), results, ())


def with_clean(of: list[float], clean: list[float]) -> Result:
    made = log_t_interval(clean)
    return replace(
        a_result(of), clean_trials=len(clean), clean_estimate=made.estimate, clean_low=made.low, clean_high=made.high
    )


class TestCleanTrials:
    def test_half_of_the_trials_are_enough_to_confirm_a_claim(self) -> None:
        after = with_clean(AFTER, AFTER[:2])
        [found] = compare_runs(a_summary(a_result(BEFORE)), a_summary(after, name="b"))
        assert MOSTLY not in found.warnings

    def test_fewer_than_half_of_the_trials_are_not_enough(self) -> None:
        after = replace(with_clean(AFTER, AFTER[:2]), trials=5)
        [found] = compare_runs(a_summary(a_result(BEFORE)), a_summary(after, name="b"))
        assert (found.verdict, found.warnings) == (Difference.INCONCLUSIVE, (MOSTLY,))

    def test_clean_trials_count_for_both_runs(self) -> None:
        before = replace(with_clean(BEFORE, BEFORE[:2]), trials=5)
        [found] = compare_runs(a_summary(before), a_summary(a_result(AFTER), name="b"))
        assert (found.verdict, found.warnings) == (Difference.INCONCLUSIVE, (MOSTLY,))

    def test_a_single_clean_trial_of_two_has_no_interval_and_confirms_nothing(self) -> None:
        after = replace(a_result(AFTER[:2]), clean_trials=1)
        [found] = compare_runs(a_summary(a_result(BEFORE)), a_summary(after, name="b"))
        assert (found.verdict, found.warnings) == (Difference.INCONCLUSIVE, (MOSTLY,))

    def test_clean_trials_that_agree_confirm_the_claim_of_all(self) -> None:
        [found] = compare_runs(a_summary(a_result(BEFORE)), a_summary(with_clean(AFTER, AFTER[:3]), name="b"))
        assert (found.verdict, found.warnings) == (Difference.LOWER, ())


class TestThresholds:
    def crossed(self, text: str, low: float, high: float, verdict: Difference = Difference.NO_DIFFERENCE_SHOWN) -> bool:
        [threshold] = read_thresholds(text)
        ratio = math.sqrt(low * high)
        return threshold.is_crossed(BetweenRuns(GIN, RATE, None, "b", "a", ratio, low, high, 0.5, verdict))

    def test_an_interval_that_touches_the_threshold_does_not_cross_it(self) -> None:
        assert not self.crossed("throughput<-50%", 0.25, 0.5)
        assert self.crossed("throughput<-50%", 0.25, 0.499)
        assert not self.crossed("throughput>50%", 1.5, 3.0)
        assert self.crossed("throughput>50%", 1.501, 3.0)

    def test_only_the_end_on_the_side_of_the_threshold_matters(self) -> None:
        assert not self.crossed("throughput<-50%", 0.1, 0.9)
        assert not self.crossed("throughput>50%", 1.1, 9.0)

    def test_an_inconclusive_comparison_crosses_nothing(self) -> None:
        assert not self.crossed("throughput<-50%", 0.1, 0.2, Difference.INCONCLUSIVE)

    def test_a_percentage_of_a_threshold_becomes_a_ratio(self) -> None:
        assert [one.ratio for one in read_thresholds("a<-99.9%,a<-5%,a>0%,a>+150%")] == pytest.approx(
            [0.001, 0.95, 1.0, 2.5]
        )

    def test_a_point_at_the_end_of_the_metric_is_not_part_of_it(self) -> None:
        [threshold] = read_thresholds("throughput.<-5%")
        assert (threshold.metric, threshold.text) == ("throughput", "throughput.<-5%")
        assert threshold.concerns("throughput")
        assert threshold.concerns("throughput.closed.c32")
        assert not threshold.concerns("throughput_per_core.closed.c32")
        assert not threshold.concerns("memory.throughput")

    @pytest.mark.parametrize(
        ("text", "cause"),
        [("a<-5%,", "it is empty"), ("a=5%", "not a metric, < or >, and a percentage above -100")],
    )
    def test_an_empty_threshold_and_a_malformed_one_have_different_causes(self, text: str, cause: str) -> None:
        with pytest.raises(UsageError, match="bad threshold") as caught:
            read_thresholds(text)
        assert cause in str(caught.value)

    def test_the_reason_of_a_metric_without_a_scenario_names_no_scenario(self) -> None:
        before, after = (replace(a_result(of), scenario=None) for of in (BEFORE, AFTER))
        [reason] = failed_thresholds(read_thresholds("throughput<-5%"), a_summary(before), a_summary(after, name="b"))
        assert reason.startswith("throughput<-5%: gin_app:release, throughput.closed.c32 changed by -10.0% [")

    def test_a_missing_number_of_another_metric_is_not_a_reason(self) -> None:
        lost = replace(a_result(AFTER), metric="memory.idle", estimate=None, low=None, high=None, reason="it died")
        had = replace(a_result(BEFORE), metric="memory.idle")
        summaries = a_summary(a_result(BEFORE), had), a_summary(a_result(BEFORE), lost, name="b")
        assert failed_thresholds(read_thresholds("throughput<-5%"), *summaries) == ()
        assert [
            reason.rpartition(": ")[2] for reason in failed_thresholds(read_thresholds("memory>5%"), *summaries)
        ] == [
            "no such metric has numbers in both runs",
            "it died",
        ]


def test_a_run_compared_with_itself_has_its_warnings_once() -> None:
    summary = a_summary(a_result(BEFORE, "busy"))
    [found] = compare_runs(summary, summary)
    assert found.warnings == ("a: busy",)
