"""The comparison of two runs: Welch's t checked with scipy's, and the spread between runs that widens it."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.analysis.between import compare_runs, condition_differences, no_ratio_spread, welch
from harness.analysis.run_spread import MachineSpread, RunSpread, key_of_ratio
from harness.model import (
    BetweenRuns,
    Bound,
    ChangeKind,
    Comparison,
    ContractPart,
    Difference,
    EnvironmentDifference,
    Result,
)
from harness.units import Unit
from tests.analysis.compared_runs import (
    RATE,
    STEADY,
    a_ratio,
    a_result,
    a_spread,
    a_summary,
    absent,
    compared,
    scaled,
    with_clean,
)
from tests.trials import FLASK, GIN, NULL, a_plan, a_run

NO_RATIO_SPREAD = no_ratio_spread(RunSpread(0, 0.0, 0.0))
values = st.lists(st.integers(1, 10_000), min_size=2, max_size=12, unique=True)


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
    def test_numbers_under_another_contract_are_not_compared(self) -> None:
        own = replace(a_plan(FLASK, GIN), contracts={"gin_app": {"hello": ContractPart("/hi", text="hi")}})
        before, flask = a_summary(a_result(STEADY), a_result(STEADY, FLASK)), a_result(STEADY, FLASK)
        after = replace(a_summary(a_result(scaled(2.0)), flask), run=a_run(own, "b"))
        assert [one.of for one in compared(before, after)] == [FLASK]
        assert [one.of for one in compared(replace(before, run=a_run(own)), after)] == [GIN, FLASK]

    def test_memory_after_other_loads_is_not_judged(self) -> None:
        """Loaded memory depends on all that was driven before it was read; idle memory does not."""
        results = [
            replace(a_result(of), scenario=None, metric=metric, unit=Unit.BYTE)
            for metric, of in (("memory.loaded", STEADY), ("memory.idle", STEADY))
        ]
        halves = [
            replace(one, estimate=(one.estimate or 0) / 2, low=(one.low or 0) / 2, high=(one.high or 0) / 2)
            for one in results
        ]
        before, after = a_summary(*results), a_summary(*halves, name="b")
        assert [one.verdict for one in compared(before, after)] == [Difference.LOWER] * 2
        plan = replace(after.run.plan, scenarios=("shop",))
        loaded, idle = compared(before, replace(after, run=replace(after.run, plan=plan)))
        assert (loaded.verdict, idle.verdict) == (Difference.INCONCLUSIVE, Difference.LOWER)
        scenarios = ", ".join(sorted(before.run.plan.scenarios))
        assert loaded.warnings[-1] == (
            f"inconclusive: it was read after other loads, {scenarios} in the first run and shop in the second"
        )

    @given(of=values)
    def test_a_run_compared_with_itself_shows_no_difference(self, of: list[int]) -> None:
        summary = a_summary(a_result(of))
        [found] = compared(summary, summary)
        assert found.verdict in {Difference.EQUIVALENT, Difference.NO_DIFFERENCE_SHOWN}
        assert found.ratio == 1.0
        assert found.p == pytest.approx(1.0)

    def test_the_ratio_is_the_second_run_over_the_first_and_both_are_named(self) -> None:
        [found] = compared(a_summary(a_result(STEADY)), a_summary(a_result(scaled(1.1)), name="b"))
        assert found.ratio == pytest.approx(1.1)
        assert found.verdict is Difference.HIGHER
        assert (found.subject, found.reference) == ("b gin_app:release", "a gin_app:release")

    def test_only_results_with_a_number_in_both_runs_are_compared(self) -> None:
        a = a_summary(a_result(STEADY), a_result(STEADY, FLASK), a_result(STEADY, metric="memory.idle"))
        b = a_summary(a_result(STEADY), absent("memory.idle"), a_result(STEADY, metric="memory.peak"))
        assert [(one.of, one.metric) for one in compared(a, b)] == [(GIN, RATE)]

    @pytest.mark.parametrize(("by", "verdict"), [(1.1, Difference.HIGHER), (0.9, Difference.INCONCLUSIVE)])
    def test_a_lower_bound_over_a_number_can_only_be_higher(self, by: float, verdict: Difference) -> None:
        b = a_summary(a_result(scaled(by), bound=Bound.GENERATOR))
        [found] = compared(a_summary(a_result(STEADY)), b)
        assert found.verdict is verdict

    def test_each_warning_names_its_run(self) -> None:
        a, b = a_result(STEADY, GIN, RATE, None, "busy"), a_result(STEADY, GIN, RATE, None, "late")
        [found] = compared(a_summary(a), a_summary(b, name="b"))
        assert found.warnings == ("a: busy", "b: late")


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
        before, after = a_summary(a_result(STEADY)), a_summary(with_clean(self.SLOWER, clean), name="b")
        [found] = compared(before, after)
        assert (found.verdict, found.warnings) == (verdict, warnings)
        assert found.ratio == pytest.approx(0.9), "the ratio is that of all trials"

    def test_a_disturbance_of_either_run_has_the_same_effect(self) -> None:
        before, after = a_summary(with_clean(STEADY, self.SLOWER[:3])), a_summary(a_result(self.SLOWER), name="b")
        [found] = compared(before, after)
        assert (found.verdict, found.warnings) == (Difference.INCONCLUSIVE, (DISAGREE,))


class TestSeveralHeadlines:
    BEFORE, AFTER = (90.0, 100.0, 110.0, 101.0), (112.0, 121.0, 133.0, 119.0)
    ALIKE = ("memory.loaded", "cold_start.ready")

    def among(self, *beside: str) -> dict[str, BetweenRuns]:
        before, after = (
            a_summary(
                a_result(of), *(replace(a_result(STEADY, metric=one), scenario=None) for one in beside), name=name
            )
            for of, name in ((self.BEFORE, "a"), (self.AFTER, "b"))
        )
        return {one.metric: one for one in compared(before, after)}

    def test_a_claim_that_is_not_significant_after_holms_adjustment_is_taken_back(self) -> None:
        alone = self.among()[RATE]
        assert (alone.verdict, alone.p_holm) == (Difference.HIGHER, alone.p)
        among = self.among(*self.ALIKE, "memory_pss.loaded", "process_start.ready", "memory.idle")
        taken = among[RATE]
        assert taken.p_holm == pytest.approx(5 * alone.p)
        assert taken.verdict is Difference.NO_DIFFERENCE_SHOWN
        assert "may be chance: one of 5 headline comparisons" in taken.warnings[0]

    def test_a_metric_that_is_not_a_headline_has_no_holm_p_and_does_not_count(self) -> None:
        among = self.among("memory.idle", "memory.peak")
        assert among["memory.idle"].p_holm is None
        assert (among[RATE].verdict, among[RATE].p_holm) == (Difference.HIGHER, among[RATE].p)


def is_called(found: BetweenRuns) -> tuple[bool, Difference]:
    return found.is_called, found.verdict


class TestAMachineWhoseRunsDiffer:
    """The same code some minutes later: 1.35 times the rate, far outside Welch's interval."""

    BEFORE = a_summary(a_result(STEADY), ratios=[a_ratio([10.0, 10.1, 9.9, 10.0, 10.05])])
    AFTER = a_summary(a_result(scaled(1.35)), name="b", ratios=[a_ratio([10.02, 10.1, 9.95, 9.98, 10.0])])

    def test_without_stored_runs_an_absolute_change_is_shown_but_not_called(self) -> None:
        absolute, ratio = compare_runs(self.BEFORE, self.AFTER, MachineSpread()).comparisons
        assert absolute.ratio == pytest.approx(1.35)
        assert is_called(absolute) == (False, Difference.INCONCLUSIVE)
        assert absolute.warnings == ("fewer than 5 other runs of this machine (0 of 5)",)
        assert (absolute.p_holm, absolute.between) == (None, None)
        assert is_called(ratio) == (True, Difference.EQUIVALENT)

    @pytest.mark.parametrize("runs", [1, 4])
    def test_the_reason_has_the_number_of_stored_runs(self, runs: int) -> None:
        absolute, _ = compared(self.BEFORE, self.AFTER, deviation=0.1, runs=runs)
        assert not absolute.is_called
        assert absolute.warnings[-1].endswith(f"({runs} of 5)")

    def test_a_known_spread_widens_the_interval_to_what_two_runs_of_one_code_differ_by(self) -> None:
        [found] = compared(self.BEFORE, self.AFTER, deviation=0.12)
        half = float(stats.t.ppf(0.975, 4)) * math.sqrt(2) * 0.12
        assert (found.low, found.high) == pytest.approx((1.35 / math.exp(half), 1.35 * math.exp(half)))
        assert found.p == pytest.approx(2 * stats.t.sf(math.log(1.35) / (math.sqrt(2) * 0.12), 4))
        assert (is_called(found), found.between) == ((True, Difference.NO_DIFFERENCE_SHOWN), 0.12)

    def test_a_change_beyond_the_spread_is_called(self) -> None:
        [found] = compared(self.BEFORE, self.AFTER, deviation=0.02)
        assert is_called(found) == (True, Difference.HIGHER)

    def test_a_spread_smaller_than_the_runs_own_intervals_narrows_nothing(self) -> None:
        [found] = compared(self.BEFORE, self.AFTER, deviation=0.0001)
        ratio, p = welch(self.AFTER.results[0], self.BEFORE.results[0])
        assert (found.low, found.high, found.p) == (ratio.low, ratio.high, p)

    def test_a_run_compared_with_itself_needs_no_spread(self) -> None:
        [found] = compare_runs(self.BEFORE, self.BEFORE, MachineSpread()).comparisons
        assert is_called(found) == (True, Difference.EQUIVALENT)

    def test_an_exact_number_needs_no_spread(self) -> None:
        exact = Result(FLASK, None, "footprint.dependencies", Unit.ONE, 1, 1.0, 8.0, 8.0, 8.0)
        [found] = compare_runs(a_summary(exact), a_summary(exact, name="b"), MachineSpread()).comparisons
        assert is_called(found) == (True, Difference.EQUIVALENT)


class TestRatios:
    """Without a known spread, the ratio to another target of the same run is what is called."""

    OF = (10.0, 10.1, 9.9, 10.0, 10.05)

    def ratio(self, before: Comparison, after: Comparison, spread: RunSpread | None = None) -> BetweenRuns:
        summaries = a_summary(a_result(STEADY), ratios=[before]), a_summary(a_result(STEADY), name="b", ratios=[after])
        known = {key_of_ratio(before): spread} if spread else {}
        return compare_runs(*summaries, MachineSpread(ratios=known)).comparisons[1]

    def test_it_is_the_ratio_of_the_second_run_over_that_of_the_first_by_welchs_t(self) -> None:
        after = [8.0, 8.1, 8.05]
        found = self.ratio(a_ratio(self.OF), a_ratio(after))
        assert (found.of, found.over, found.kind) == (GIN, FLASK, ChangeKind.RATIO)
        assert found.ratio == pytest.approx(a_ratio(after).ratio / a_ratio(self.OF).ratio)
        assert found.verdict is Difference.LOWER
        assert (found.subject, found.reference) == (
            "b gin_app:release / flask_app:gthread",
            "a gin_app:release / flask_app:gthread",
        )

    def test_its_interval_is_that_of_scipys_welch_test(self) -> None:
        after = [8.0, 8.1, 8.05, 8.2, 7.9]
        expected = stats.ttest_ind(*([math.log(one) for one in of] for of in (after, self.OF)), equal_var=False)
        limits = expected.confidence_interval(0.95)
        found = self.ratio(a_ratio(self.OF), a_ratio(after))
        assert (math.log(found.low), math.log(found.high)) == pytest.approx((limits.low, limits.high))
        assert found.p == pytest.approx(expected.pvalue)

    def test_a_ratio_that_is_inconclusive_in_one_run_is_inconclusive_between_them(self) -> None:
        open_ended = a_ratio(self.OF, Difference.INCONCLUSIVE, "the ratio is a lower bound")
        found = self.ratio(open_ended, a_ratio([8.0, 8.1, 8.05, 8.2, 7.9]))
        assert (found.verdict, found.warnings) == (
            Difference.INCONCLUSIVE,
            ("a: the ratio is a lower bound", NO_RATIO_SPREAD),
        )

    def test_a_called_ratio_says_that_its_interval_has_no_spread_between_runs(self) -> None:
        pair = a_ratio(self.OF), a_ratio([8.0, 8.1, 8.05])
        assert self.ratio(*pair).warnings == (NO_RATIO_SPREAD,)
        few = self.ratio(*pair, RunSpread(4, 0.1, 0.1))
        assert few.warnings == (NO_RATIO_SPREAD.replace("0 of 5", "4 of 5"),)
        assert (few.low, few.high, few.between) == (self.ratio(*pair).low, self.ratio(*pair).high, None)

    def test_a_known_spread_of_the_ratio_widens_its_interval_like_that_of_a_number(self) -> None:
        found = self.ratio(a_ratio(self.OF), a_ratio([8.0, 8.1, 8.05]), RunSpread(5, 0.12, 0.1))
        half = float(stats.t.ppf(0.975, 4)) * math.sqrt(2) * 0.12
        assert (found.low, found.high) == pytest.approx((found.ratio / math.exp(half), found.ratio * math.exp(half)))
        assert (found.verdict, found.between, found.warnings) == (Difference.NO_DIFFERENCE_SHOWN, 0.1, ())
        assert self.ratio(a_ratio(self.OF), a_ratio([8.0, 8.1, 8.05]), RunSpread(5, 0.02, 0.0)).verdict is (
            Difference.LOWER
        )

    @pytest.mark.parametrize(("runs", "kinds"), [(5, ["absolute", "ratio"]), (4, ["absolute"])])
    def test_a_ratio_of_known_spread_stands_beside_a_number_that_is_called(self, runs: int, kinds: list[str]) -> None:
        pair = [a_ratio(self.OF), a_ratio([8.0, 8.1, 8.05])]
        before, after = (
            a_summary(a_result(STEADY), name=name, ratios=[one]) for name, one in zip("ab", pair, strict=True)
        )
        spread = replace(a_spread(before, after), ratios={key_of_ratio(pair[0]): RunSpread(runs, 0.02, 0.02)})
        assert [str(one.kind) for one in compare_runs(before, after, spread).comparisons] == kinds

    def test_the_reference_has_its_ratio_to_the_null_target(self) -> None:
        over_null = replace(a_ratio(self.OF), subject=FLASK, reference=NULL)
        a, b = (replace(a_summary(a_result(STEADY, FLASK), name=name), over_null=(over_null,)) for name in ("a", "b"))
        found = compare_runs(a, b, MachineSpread()).comparisons[1]
        assert (found.of, found.over, found.verdict) == (FLASK, NULL, Difference.EQUIVALENT)

    def test_a_ratio_to_another_target_is_not_compared(self) -> None:
        other = replace(a_ratio(self.OF), reference=NULL)
        summaries = (
            a_summary(a_result(STEADY), ratios=[a_ratio(self.OF)]),
            a_summary(a_result(STEADY), name="b", ratios=[other]),
        )
        assert [one.kind for one in compare_runs(*summaries, MachineSpread()).comparisons] == [ChangeKind.ABSOLUTE]


class TestTargetsOfOneRunOnly:
    def test_they_are_gone_or_new(self) -> None:
        both, one = (replace(a_summary(a_result(STEADY)), run=a_run(a_plan(*of))) for of in ((FLASK, GIN), (FLASK,)))
        found = compare_runs(both, one, MachineSpread())
        assert (found.gone, found.new) == ((GIN,), ())
        found = compare_runs(one, both, MachineSpread())
        assert (found.gone, found.new) == ((), (GIN,))


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
    (one,) = compared(a_summary(before), a_summary(after, name="b"))
    assert (one.ratio, one.low, one.high) == pytest.approx((now / 8, now / 8, now / 8))
    assert (one.p, one.verdict) == (p, verdict)
