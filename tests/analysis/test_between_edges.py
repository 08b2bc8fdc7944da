"""The gates of a comparison of two runs, exactly at their limits: clean trials and their warnings."""

from __future__ import annotations

from dataclasses import replace

from harness.model import Difference
from tests.analysis.compared_runs import RATE, a_result, a_summary, compared, with_clean
from tests.trials import GIN

MOSTLY = "inconclusive: the machine was disturbed in most trials of a run"
BEFORE, AFTER = [100.0, 101.0, 99.0, 100.0], [90.0, 90.9, 89.1, 90.0]


class TestCleanTrials:
    def test_half_of_the_trials_are_enough_to_confirm_a_claim(self) -> None:
        after = with_clean(AFTER, AFTER[:2])
        [found] = compared(a_summary(a_result(BEFORE)), a_summary(after, name="b"))
        assert MOSTLY not in found.warnings

    def test_fewer_than_half_of_the_trials_are_not_enough(self) -> None:
        after = replace(with_clean(AFTER, AFTER[:2]), trials=5)
        [found] = compared(a_summary(a_result(BEFORE)), a_summary(after, name="b"))
        assert (found.verdict, found.warnings) == (Difference.INCONCLUSIVE, (MOSTLY,))

    def test_clean_trials_count_for_both_runs(self) -> None:
        before = replace(with_clean(BEFORE, BEFORE[:2]), trials=5)
        [found] = compared(a_summary(before), a_summary(a_result(AFTER), name="b"))
        assert (found.verdict, found.warnings) == (Difference.INCONCLUSIVE, (MOSTLY,))

    def test_a_single_clean_trial_of_two_has_no_interval_and_confirms_nothing(self) -> None:
        after = replace(a_result(AFTER[:2]), clean_trials=1)
        [found] = compared(a_summary(a_result(BEFORE)), a_summary(after, name="b"))
        assert (found.verdict, found.warnings) == (Difference.INCONCLUSIVE, (MOSTLY,))

    def test_clean_trials_without_a_number_confirm_nothing(self) -> None:
        after = replace(a_result(AFTER), clean_trials=2)  # they lie too far apart for an interval
        [found] = compared(a_summary(a_result(BEFORE)), a_summary(after, name="b"))
        assert (found.verdict, found.warnings) == (Difference.INCONCLUSIVE, (MOSTLY,))

    def test_clean_trials_that_agree_confirm_the_claim_of_all(self) -> None:
        [found] = compared(a_summary(a_result(BEFORE)), a_summary(with_clean(AFTER, AFTER[:3]), name="b"))
        assert (found.verdict, found.warnings) == (Difference.LOWER, ())


def test_a_run_compared_with_itself_has_its_warnings_once() -> None:
    summary = a_summary(a_result(BEFORE, GIN, RATE, None, "busy"))
    [found] = compared(summary, summary)
    assert found.warnings == ("a: busy",)
