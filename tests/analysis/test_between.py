"""The comparison of two runs: Welch's t checked with scipy's, and thresholds that only a whole interval crosses."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.analysis.between import (
    compare_runs,
    condition_differences,
    failed_thresholds,
    read_thresholds,
    welch,
)
from harness.analysis.intervals import log_t_interval
from harness.errors import UsageError
from harness.model import BetweenRuns, Bound, Difference, EnvironmentDifference, Result, Subject, Summary
from harness.units import Unit
from tests.trials import FLASK, GIN, a_plan, a_run

RATE = "throughput.closed.c32"
STEADY = [100.0, 101.0, 99.0, 100.5, 99.5]
values = st.lists(st.integers(1, 10_000), min_size=2, max_size=12, unique=True)


def a_result(
    of: Sequence[float], subject: Subject = GIN, metric: str = RATE, bound: Bound | None = None, *warnings: str
) -> Result:
    made = log_t_interval(of)
    numbers = (made.estimate, made.low, made.high)
    return Result(subject, "hello", metric, Unit.PER_SECOND, len(of), 0.95, *numbers, bound, warnings)


def absent(metric: str = RATE) -> Result:
    return Result(GIN, "hello", metric, Unit.PER_SECOND, 0, 0.95, reason="the target failed (load)")


def a_summary(*results: Result, name: str = "a") -> Summary:
    return Summary(a_run(name=name), results, ())


def scaled(by: float) -> list[float]:
    return [value * by for value in STEADY]


class TestWelch:
    @given(mine=values, theirs=values)
    def test_it_equals_scipys_on_the_logarithms_of_the_trials(self, mine: list[int], theirs: list[int]) -> None:
        logs = [math.log(value) for value in mine], [math.log(value) for value in theirs]
        expected = stats.ttest_ind(*logs, equal_var=False)
        limits = expected.confidence_interval(0.95)
        ratio, p = welch(a_result(mine), a_result(theirs))
        assert p == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-9)
        assert (math.log(ratio.low), math.log(ratio.high)) == pytest.approx(
            (limits.low, limits.high), rel=1e-6, abs=1e-6
        )

    def test_without_any_spread_the_ratio_has_no_error(self) -> None:
        ratio, p = welch(a_result([200.0] * 3), a_result([100.0] * 3))
        assert (ratio.low, ratio.estimate, ratio.high) == pytest.approx((2.0, 2.0, 2.0))
        assert p == 0.0
        assert welch(a_result([200.0] * 3), a_result([200.0] * 3))[1] == 1.0

    def test_a_result_without_an_estimate_has_no_ratio(self) -> None:
        with pytest.raises(ValueError, match=r"throughput.closed.c32 of gin_app:release has no estimate"):
            welch(absent(), a_result(STEADY))


class TestComparing:
    @given(of=values)
    def test_a_run_compared_with_itself_shows_no_difference(self, of: list[int]) -> None:
        summary = a_summary(a_result(of))
        [compared] = compare_runs(summary, summary)
        assert compared.verdict in {Difference.EQUIVALENT, Difference.NO_DIFFERENCE_SHOWN}
        assert compared.ratio == 1.0
        assert compared.p == pytest.approx(1.0)

    def test_the_ratio_is_the_second_run_over_the_first_and_both_are_named(self) -> None:
        [compared] = compare_runs(a_summary(a_result(STEADY)), a_summary(a_result(scaled(1.1)), name="b"))
        assert compared.ratio == pytest.approx(1.1)
        assert compared.verdict is Difference.HIGHER
        assert (compared.subject, compared.reference) == ("b gin_app:release", "a gin_app:release")

    def test_only_results_with_a_number_in_both_runs_are_compared(self) -> None:
        a = a_summary(a_result(STEADY), a_result(STEADY, FLASK), a_result(STEADY, metric="memory.idle"))
        b = a_summary(a_result(STEADY), absent("memory.idle"), a_result(STEADY, metric="memory.peak"))
        assert [(one.of, one.metric) for one in compare_runs(a, b)] == [(GIN, RATE)]

    @pytest.mark.parametrize(("by", "verdict"), [(1.1, Difference.HIGHER), (0.9, Difference.INCONCLUSIVE)])
    def test_a_lower_bound_over_a_number_can_only_be_higher(self, by: float, verdict: Difference) -> None:
        b = a_summary(a_result(scaled(by), bound=Bound.GENERATOR))
        [compared] = compare_runs(a_summary(a_result(STEADY)), b)
        assert compared.verdict is verdict

    def test_each_warning_names_its_run(self) -> None:
        a, b = a_result(STEADY, GIN, RATE, None, "busy"), a_result(STEADY, GIN, RATE, None, "late")
        [compared] = compare_runs(a_summary(a), a_summary(b, name="b"))
        assert compared.warnings == ("a: busy", "b: late")


def disturbed(of: Sequence[float], clean: Sequence[float]) -> Result:
    """Return the result of trials, with the result of the undisturbed ones among them."""
    found, without = a_result(of), log_t_interval(clean) if len(clean) > 1 else None
    if without is None:
        return replace(found, clean_trials=len(clean))
    return replace(
        found,
        clean_trials=len(clean),
        clean_estimate=without.estimate,
        clean_low=without.low,
        clean_high=without.high,
    )


DISAGREE = "inconclusive: the undisturbed trials alone would say something else"
MOSTLY = "inconclusive: the machine was disturbed in most trials of a run"


class TestADisturbedRun:
    SLOWER = scaled(0.9)

    @pytest.mark.parametrize(
        ("clean", "verdict", "warnings"),
        [
            (SLOWER[:3], Difference.LOWER, ()),
            (STEADY[:3], Difference.INCONCLUSIVE, (DISAGREE,)),
            (SLOWER[:2], Difference.INCONCLUSIVE, (MOSTLY,)),
            (SLOWER[:1], Difference.INCONCLUSIVE, (MOSTLY,)),
            ([], Difference.INCONCLUSIVE, (MOSTLY,)),
        ],
    )
    def test_it_claims_only_what_its_undisturbed_trials_also_claim(
        self, clean: list[float], verdict: Difference, warnings: tuple[str, ...]
    ) -> None:
        before, after = a_summary(a_result(STEADY)), a_summary(disturbed(self.SLOWER, clean), name="b")
        [compared] = compare_runs(before, after)
        assert (compared.verdict, compared.warnings) == (verdict, warnings)
        assert compared.ratio == pytest.approx(0.9), "the ratio is that of all trials"

    def test_a_disturbance_of_either_run_has_the_same_effect(self) -> None:
        before, after = a_summary(disturbed(STEADY, self.SLOWER[:3])), a_summary(a_result(self.SLOWER), name="b")
        [compared] = compare_runs(before, after)
        assert (compared.verdict, compared.warnings) == (Difference.INCONCLUSIVE, (DISAGREE,))

    def test_a_threshold_with_only_inconclusive_comparisons_does_not_hold(self) -> None:
        after = a_summary(disturbed(self.SLOWER, STEADY[:3]), name="b")
        [reason] = failed_thresholds(read_thresholds("throughput<-50%"), a_summary(a_result(STEADY)), after)
        assert reason == "throughput<-50%: only lower bounds, or numbers of a disturbed machine"


class TestSeveralHeadlines:
    BEFORE, AFTER = (90.0, 100.0, 110.0, 101.0), (112.0, 121.0, 133.0, 119.0)
    ALIKE = ("memory.loaded", "cold_start.ready")

    def compared(self, *beside: str) -> dict[str, BetweenRuns]:
        before, after = (
            a_summary(
                a_result(of), *(replace(a_result(STEADY, metric=one), scenario=None) for one in beside), name=name
            )
            for of, name in ((self.BEFORE, "a"), (self.AFTER, "b"))
        )
        return {one.metric: one for one in compare_runs(before, after)}

    def test_a_claim_that_is_not_significant_after_holms_adjustment_is_taken_back(self) -> None:
        alone = self.compared()[RATE]
        assert (alone.verdict, alone.p_holm) == (Difference.HIGHER, alone.p)
        among = self.compared(*self.ALIKE, "memory_pss.loaded", "process_start.ready", "memory.idle")
        taken = among[RATE]
        assert taken.p_holm == pytest.approx(5 * alone.p)
        assert taken.verdict is Difference.NO_DIFFERENCE_SHOWN
        assert "not rare enough among 5 headline comparisons" in taken.warnings[0]

    def test_a_metric_that_is_not_a_headline_has_no_holm_p_and_does_not_count(self) -> None:
        among = self.compared("memory.idle", "memory.peak")
        assert among["memory.idle"].p_holm is None
        assert (among[RATE].verdict, among[RATE].p_holm) == (Difference.HIGHER, among[RATE].p)


class TestThresholds:
    def reasons(self, text: str, by: float, bound: Bound | None = None) -> tuple[str, ...]:
        b = a_summary(a_result(scaled(by), bound=bound), name="b")
        return failed_thresholds(read_thresholds(text), a_summary(a_result(STEADY)), b)

    @pytest.mark.parametrize(
        ("text", "by", "crossed"),
        [
            ("throughput<-5%", 0.90, True),
            ("throughput<-5%", 0.95, False),
            ("throughput<-5%", 0.945, False),  # only a part of the interval lies beyond the threshold
            ("throughput<-5%", 1.0, False),
            ("throughput>10%", 1.2, True),
            ("throughput>+10 %", 1.05, False),
            ("throughput.closed.c32 < -5%", 0.8, True),
        ],
    )
    def test_a_threshold_is_crossed_only_if_the_whole_interval_lies_beyond_it(
        self, text: str, by: float, *, crossed: bool
    ) -> None:
        assert bool(self.reasons(text, by)) == crossed

    def test_the_reason_has_the_change_and_its_interval(self) -> None:
        [reason] = self.reasons("throughput<-5%", 0.9)
        expected = "throughput<-5%: gin_app:release, throughput.closed.c32 of hello changed by -10.0% [-11.0%, -9.0%]"
        assert reason == expected

    @pytest.mark.parametrize("text", ["memory<-5%", "throughput.closed.c3<-5%", "through<-5%"])
    def test_a_threshold_that_matches_no_metric_does_not_hold(self, text: str) -> None:
        assert self.reasons(text, 1.0) == (f"{text}: no such metric has numbers in both runs",)

    def test_a_threshold_with_only_lower_bounds_does_not_hold(self) -> None:
        assert self.reasons("throughput<-5%", 0.8, Bound.GENERATOR) == (
            "throughput<-5%: only lower bounds, or numbers of a disturbed machine",
        )

    def test_a_missing_number_is_a_reason_even_if_other_numbers_exist(self) -> None:
        a = a_summary(a_result(STEADY), a_result(STEADY, FLASK))
        b = a_summary(absent(), a_result(STEADY, FLASK))
        [reason] = failed_thresholds(read_thresholds("throughput<-5%"), a, b)
        assert reason.endswith(
            "gin_app:release, throughput.closed.c32 of hello has no number: the target failed (load)"
        )

    def test_several_thresholds_are_checked(self) -> None:
        assert [one.text for one in read_thresholds("throughput<-5%, memory>3.5%")] == ["throughput<-5%", "memory>3.5%"]
        assert len(self.reasons("throughput<-5%,throughput<-8%,throughput<-20%", 0.9)) == 2

    @pytest.mark.parametrize(
        "text", ["throughput", "throughput<5", "<-5%", "throughput<-100%", "a<-5%,", "a=5%", "a<x%"]
    )
    def test_a_malformed_threshold_is_a_usage_error(self, text: str) -> None:
        with pytest.raises(UsageError, match="bad threshold"):
            read_thresholds(text)


class TestEnvironments:
    def test_a_run_has_no_differences_from_itself(self) -> None:
        assert condition_differences(a_run(), a_run()) == ()

    @pytest.mark.parametrize(("key", "changed"), [("cpu", "B"), ("cpus", 4), ("kernel", "5.4.0"), ("cgroup", "v2")])
    def test_another_machine_is_a_difference(self, key: str, changed: object) -> None:
        machine = {"cpu": "A", "cpus": 2, "kernel": "6.1.0", "cgroup": "v1"}
        a, b = (replace(a_run(), environment={"machine": values}) for values in (machine, machine | {key: changed}))
        [found] = condition_differences(a, b)
        assert found.key == key

    def test_a_minor_version_of_the_kernel_is_not_a_difference(self) -> None:
        a, b = (replace(a_run(), environment={"machine": {"kernel": of}}) for of in ("6.1.0", "6.18.44"))
        assert condition_differences(a, b) == ()

    def test_another_runtime_and_another_profile_are_differences(self) -> None:
        plan = a_plan(FLASK, GIN)
        other = replace(plan, runtime="process", profile=replace(plan.profile, name="quick"))
        assert condition_differences(a_run(plan), a_run(other)) == (
            EnvironmentDifference("runtime", "docker", "process"),
            EnvironmentDifference("profile", "smoke", "quick"),
        )


@pytest.mark.parametrize(("now", "p", "verdict"), [(8.0, 1.0, Difference.EQUIVALENT), (9.0, 0.0, Difference.HIGHER)])
def test_exact_numbers_are_compared_exactly(now: float, p: float, verdict: Difference) -> None:
    before, after = (
        Result(FLASK, None, "footprint.dependencies", Unit.ONE, 1, 1.0, value, value, value) for value in (8.0, now)
    )
    (one,) = compare_runs(a_summary(before), a_summary(after, name="b"))
    assert (one.ratio, one.low, one.high) == pytest.approx((now / 8, now / 8, now / 8))
    assert (one.p, one.verdict) == (p, verdict)
