"""Thresholds: only a whole interval crosses one, and one without a change to judge does not hold."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.analysis.between import compare_runs
from harness.analysis.run_spread import MachineSpread
from harness.analysis.thresholds import (
    evidence_between,
    evidence_within,
    failed,
    of_one_run_only,
    read_fail_on,
    read_thresholds,
)
from harness.errors import UsageError
from harness.model import BetweenRuns, Bound, Difference, Result, Revision, Subject, Summary
from harness.units import Unit
from tests.analysis.compared_runs import (
    RATE,
    STEADY,
    a_ratio,
    a_result,
    a_summary,
    absent,
    failures,
    scaled,
    with_clean,
)
from tests.trials import FLASK, GIN, a_plan, a_run

OPEN = "the load generator was the limit, so a change of the target could hide"
BEFORE, AFTER = [100.0, 101.0, 99.0, 100.0], [90.0, 90.9, 89.1, 90.0]


class TestOneThreshold:
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
        [reason] = failures("throughput<-5%", a_summary(before), a_summary(after, name="b"))
        assert reason.startswith("throughput<-5%: gin_app:release, throughput.closed.c32 changed by -10.0% [")

    def test_a_missing_number_of_another_metric_is_not_a_reason(self) -> None:
        lost = replace(a_result(AFTER), metric="memory.idle", estimate=None, low=None, high=None, reason="it died")
        had = replace(a_result(BEFORE), metric="memory.idle")
        summaries = a_summary(a_result(BEFORE), had), a_summary(a_result(BEFORE), lost, name="b")
        assert failures("throughput<-5%", *summaries) == ()
        assert [reason.rpartition(": ")[2] for reason in failures("memory>5%", *summaries)] == [
            "no such metric has numbers in both runs",
            "it died",
        ]


class TestBetweenRuns:
    def reasons(self, text: str, by: float, bound: Bound | None = None) -> tuple[str, ...]:
        b = a_summary(a_result(scaled(by), bound=bound), name="b")
        return failures(text, a_summary(a_result(STEADY)), b)

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
        assert self.reasons("throughput<-5%", 0.8, Bound.GENERATOR) == (f"throughput<-5%: in 1 of 1 change {OPEN}",)

    def test_a_missing_number_is_a_reason_even_if_other_numbers_exist(self) -> None:
        a = a_summary(a_result(STEADY), a_result(STEADY, FLASK))
        b = a_summary(absent(), a_result(STEADY, FLASK))
        [reason] = failures("throughput<-5%", a, b)
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

    def test_a_threshold_with_only_inconclusive_comparisons_does_not_hold(self) -> None:
        slower = scaled(0.9)
        [reason] = failures(
            "throughput<-50%", a_summary(a_result(STEADY)), a_summary(with_clean(slower, STEADY[:3]), name="b")
        )
        assert reason == "throughput<-50%: in 1 of 1 change the undisturbed trials alone would say something else"


class TestWithoutAKnownSpread:
    """Absolute changes are then not judged, and thresholds apply to the ratios."""

    def reasons(self, before: Summary, after: Summary) -> tuple[str, ...]:
        found = compare_runs(before, after, MachineSpread())
        return tuple(
            one.text for one in failed(read_thresholds("throughput<-5%"), evidence_between(before, after, found))
        )

    def a_run_with(self, by: float, ratio: float, name: str) -> Summary:
        return a_summary(a_result(scaled(by)), name=name, ratios=[a_ratio([one * ratio / 100 for one in STEADY])])

    def test_a_ratio_that_falls_crosses_a_threshold_and_is_named(self) -> None:
        [reason] = self.reasons(self.a_run_with(1.0, 10.0, "a"), self.a_run_with(1.0, 9.0, "b"))
        assert reason.startswith(
            "throughput<-5%: gin_app:release / flask_app:gthread, throughput.closed.c32 of hello changed by -10.0% ["
        )

    def test_a_rate_that_falls_with_an_equal_ratio_crosses_nothing(self) -> None:
        assert self.reasons(self.a_run_with(1.0, 10.0, "a"), self.a_run_with(0.7, 10.0, "b")) == ()

    def test_without_a_ratio_it_evaluates_nothing_and_does_not_hold(self) -> None:
        a, b = a_summary(a_result(STEADY)), a_summary(a_result(scaled(0.7)), name="b")
        [reason] = self.reasons(a, b)
        assert reason == (
            "throughput<-5%: fewer than 5 other runs of this machine (0 of 5), and there is no ratio to another target"
        )


class TestATargetOfOneRunOnly:
    """One run has Flask and Gin, the other only Flask. Flask's numbers are exact, so that they need no spread."""

    def a_run_of(self, name: str, *subjects: Subject) -> Summary:
        exact = Result(FLASK, None, "footprint.binary", Unit.BYTE, 1, 1.0, 8.0, 8.0, 8.0)
        return replace(a_summary(exact), run=a_run(a_plan(*subjects), name))

    def reasons(self, text: str, before: Summary, after: Summary) -> tuple[str, ...]:
        found = compare_runs(before, after, MachineSpread())
        return tuple(one.text for one in of_one_run_only(read_fail_on(text), found))

    def test_a_target_that_is_gone_fails_any_threshold(self) -> None:
        runs = self.a_run_of("a", FLASK, GIN), self.a_run_of("b", FLASK)
        assert self.reasons("footprint>5%,memory>1%", *runs) == (
            "gin_app:release was measured in a and not in b, so footprint>5%, memory>1% can't be judged for it",
        )

    def test_one_that_is_gone_can_be_accepted(self) -> None:
        wanted = read_fail_on("footprint>5%,reversed", accepts_gone=True)
        assert (wanted.gone, wanted.reversed, len(wanted.thresholds)) == (False, True, 1)
        with pytest.raises(
            UsageError, match=r"contradictory options \('gone,new'\): --accept-gone accepts targets for which gone of"
        ):
            read_fail_on("gone,new", accepts_gone=True)

    @pytest.mark.parametrize(
        ("text", "fails"), [("gone", True), ("new,gone", True), ("new", False), ("reversed", False)]
    )
    def test_a_word_asks_for_one_that_is_gone(self, text: str, *, fails: bool) -> None:
        runs = self.a_run_of("a", FLASK, GIN), self.a_run_of("b", FLASK)
        assert self.reasons(text, *runs) == (("gin_app:release was measured in a and not in b",) if fails else ())

    def test_a_word_asks_for_one_that_is_new(self) -> None:
        runs = self.a_run_of("a", FLASK), self.a_run_of("b", FLASK, GIN)
        assert self.reasons("new", *runs) == ("gin_app:release was measured in b and not in a",)
        assert self.reasons("gone", *runs) == ()

    def test_without_thresholds_nothing_fails(self) -> None:
        assert self.reasons("", self.a_run_of("a", FLASK, GIN), self.a_run_of("b", FLASK)) == ()

    def test_a_new_target_fails_no_threshold(self) -> None:
        assert self.reasons("footprint>5%", self.a_run_of("a", FLASK), self.a_run_of("b", FLASK, GIN)) == ()


class TestBetweenRevisions:
    """A run of Flask and Gin and of their older builds."""

    REVISION = Revision("main", "0123abcdef", "the working tree")

    def a_run_with(self, by: float, verdict: Difference = Difference.LOWER, gin: Result | None = None) -> Summary:
        old_flask, old_gin = self.REVISION.of(FLASK), self.REVISION.of(GIN)
        plan = replace(a_plan(FLASK, GIN, old_flask, old_gin), against=self.REVISION)
        ratio = a_ratio(scaled(by / 100), verdict)
        flask_change = replace(ratio, subject=FLASK, reference=old_flask)
        among = replace(ratio, subject=GIN, reference=FLASK)
        results = (a_result(STEADY), a_result(STEADY, old_gin)) if gin is None else (gin, a_result(STEADY, old_gin))
        return Summary(a_run(plan), results, (flask_change, among))

    def reasons(self, text: str, summary: Summary) -> tuple[str, ...]:
        return tuple(one.text for one in failed(read_thresholds(text), evidence_within(summary)))

    def test_only_changes_from_the_older_build_are_judged(self) -> None:
        [reason] = self.reasons("throughput<-5%", self.a_run_with(0.8))
        assert reason.startswith(
            "throughput<-5%: flask_app:gthread / flask_app@0123abc:gthread, "
            "throughput.closed.c32 of hello changed by -20.0% ["
        )

    def test_a_change_within_the_threshold_fails_nothing(self) -> None:
        assert self.reasons("throughput<-50%", self.a_run_with(0.8)) == ()

    def test_without_numbers_in_both_revisions_a_threshold_does_not_hold(self) -> None:
        assert self.reasons("memory>5%", self.a_run_with(0.8)) == (
            "memory>5%: no such metric has numbers in both revisions",
        )

    def test_only_inconclusive_changes_do_not_hold_either(self) -> None:
        [reason] = self.reasons("throughput<-5%", self.a_run_with(0.8, Difference.INCONCLUSIVE))
        assert reason == f"throughput<-5%: in 1 of 1 change {OPEN}"
        why = "inconclusive: the machine was disturbed in 2 of 2 blocks (steal); the interval contains 1"
        summary = self.a_run_with(0.8, Difference.INCONCLUSIVE)
        disturbed = replace(summary, comparisons=tuple(replace(one, warnings=(why,)) for one in summary.comparisons))
        [reason] = self.reasons("throughput<-5%", disturbed)
        assert reason == "throughput<-5%: in 1 of 1 change the machine was disturbed in 2 of 2 blocks (steal)"

    @pytest.mark.parametrize(
        ("text", "floor", "is_kept"),
        [
            ("throughput<-50%", 0.2, True),
            ("throughput<-30%", 0.2, False),  # -20 % [-21, -19], widened by 20 %, is below -30 %
            ("throughput>10%", 0.2, True),
            ("throughput>-10%", 0.2, False),
            ("throughput<-50%", None, False),
        ],
    )
    def test_on_a_disturbed_machine_a_change_meets_a_threshold_beyond_the_noise_floor(
        self, text: str, floor: float | None, *, is_kept: bool
    ) -> None:
        floors = {} if floor is None else {RATE: floor}
        summary = replace(self.a_run_with(0.8, Difference.INCONCLUSIVE), noise_floor=floors)
        assert (self.reasons(text, summary) == ()) is is_kept

    def test_a_lower_bound_meets_no_threshold_so(self) -> None:
        bound = replace(a_result(STEADY, FLASK), bound=Bound.GENERATOR)
        summary = replace(self.a_run_with(0.8, Difference.INCONCLUSIVE, gin=bound), noise_floor={RATE: 0.01})
        assert len(self.reasons("throughput<-50%", summary)) == 1

    def test_where_the_generator_was_the_limit_the_true_ratio_must_cross_a_threshold(self) -> None:
        summary = self.a_run_with(0.8)
        changes = tuple(replace(one, at_most=0.93) for one in summary.comparisons)
        assert self.reasons("throughput<-10%", replace(summary, comparisons=changes)) == ()
        assert len(self.reasons("throughput<-5%", replace(summary, comparisons=changes))) == 1
        assert self.reasons("throughput>-30%", replace(summary, comparisons=changes)) == ()

    def test_a_number_that_only_the_older_build_has_is_a_reason(self) -> None:
        [reason] = self.reasons("throughput<-50%", self.a_run_with(0.8, gin=absent()))
        assert reason.endswith(
            "gin_app:release, throughput.closed.c32 of hello has no number: the target failed (load)"
        )
