"""Thresholds as test cases: one for each threshold and target, which fails where the command fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.analysis.between import compare_runs
from harness.analysis.threshold_cases import CaseOutcome, cases_between, threshold_cases
from harness.analysis.thresholds import evidence_between, evidence_within, holds, read_fail_on, read_thresholds
from harness.model import Difference, Revision, Summary
from tests.analysis.compared_runs import RATE, STEADY, a_ratio, a_result, a_spread, a_summary, absent, scaled
from tests.trials import FLASK, GIN, a_plan, a_run

if TYPE_CHECKING:
    from harness.model import Comparison, Result

REVISION = Revision("main", "0123abcdef", "the working tree")
OLD = {one: REVISION.of(one) for one in (FLASK, GIN)}


def against(*changes: Comparison, results: tuple[Result, ...] = ()) -> Summary:
    plan = replace(a_plan(FLASK, GIN, *OLD.values()), against=REVISION)
    return Summary(a_run(plan), results, changes)


def a_change(subject: object, by: float, verdict: Difference) -> Comparison:
    return replace(a_ratio(scaled(by / 100), verdict), subject=subject, reference=OLD[subject])  # type: ignore[index, arg-type]


def outcomes(text: str, summary: Summary) -> dict[object, tuple[CaseOutcome, bool]]:
    cases = threshold_cases(read_thresholds(text), evidence_within(summary), summary.run.plan.older)
    return {(one.threshold, one.subject): (one.outcome, one.fails) for one in cases}


def test_each_threshold_has_a_case_for_each_target() -> None:
    summary = against(a_change(FLASK, 0.8, Difference.LOWER), a_change(GIN, 1.0, Difference.EQUIVALENT))
    assert outcomes("throughput<-5%,throughput<-50%", summary) == {
        ("throughput<-5%", FLASK): (CaseOutcome.FAILED, True),
        ("throughput<-5%", GIN): (CaseOutcome.HOLDS, False),
        ("throughput<-50%", FLASK): (CaseOutcome.HOLDS, False),
        ("throughput<-50%", GIN): (CaseOutcome.HOLDS, False),
    }


def test_a_case_that_could_not_be_judged_fails_only_where_the_threshold_does() -> None:
    unclear = a_change(FLASK, 0.8, Difference.INCONCLUSIVE)
    not_judged = CaseOutcome.NOT_JUDGED
    summary = against(unclear, a_change(GIN, 1.0, Difference.EQUIVALENT))
    assert outcomes("throughput<-5%", summary)["throughput<-5%", FLASK] == (not_judged, False)
    alone = outcomes("throughput<-5%", against(unclear))
    assert set(alone.values()) == {(not_judged, True)}
    assert len(alone) == 2


def test_a_lost_number_could_not_be_judged_and_fails() -> None:
    lost = against(a_change(FLASK, 1.0, Difference.EQUIVALENT), results=(absent(), a_result(STEADY, OLD[GIN])))
    assert outcomes("throughput<-5%", lost)["throughput<-5%", GIN] == (CaseOutcome.NOT_JUDGED, True)


def test_the_reason_of_a_case_has_the_change_or_how_many_changes_it_holds_for() -> None:
    summary = against(a_change(FLASK, 0.8, Difference.LOWER), a_change(GIN, 1.0, Difference.EQUIVALENT))
    cases = threshold_cases(read_thresholds("throughput<-5%"), evidence_within(summary), summary.run.plan.older)
    failed, held = (one.reason for one in cases)
    assert failed.startswith(f"throughput<-5%: {FLASK} / {OLD[FLASK]}, {RATE} of hello changed by -20.0% [")
    assert held == "holds for 1 of 1 change"


def test_the_changes_that_are_not_judged_are_counted() -> None:
    changes = [a_change(FLASK, 1.0, Difference.EQUIVALENT), *[a_change(FLASK, 0.8, Difference.INCONCLUSIVE)] * 2]
    [threshold] = read_thresholds("throughput<-5%")
    said = [holds(threshold, evidence_within(against(*changes[:count]))) for count in (2, 3)]
    assert said == [
        "holds for 1 of 2 changes; the other one is not judged",
        "holds for 1 of 3 changes; the other 2 are not judged",
    ]


def test_two_runs_have_cases_of_targets_and_words() -> None:
    before = a_summary(a_result(STEADY, FLASK), a_result(STEADY))
    after = a_summary(a_result(scaled(0.8), FLASK), name="b")
    after = replace(after, run=a_run(a_plan(FLASK), name="b"))
    compared = compare_runs(before, after, a_spread(before, after))
    wanted = read_fail_on("throughput<-5%,reversed")
    cases = list(cases_between(wanted, compared, evidence_between(before, after, compared), ["it is reversed"]))
    assert [(one.threshold, one.subject, one.outcome) for one in cases] == [
        ("throughput<-5%", FLASK, CaseOutcome.FAILED),
        ("gone", GIN, CaseOutcome.FAILED),
        ("reversed", None, CaseOutcome.FAILED),
    ]
    assert cases[1].reason == "it was measured in a only"
    held = list(cases_between(read_fail_on("reversed"), compared, evidence_between(before, after, compared), []))
    assert [(one.outcome, one.fails, one.reason) for one in held] == [
        (CaseOutcome.HOLDS, False, "no conclusion is reversed")
    ]


def test_a_threshold_without_any_target_has_one_case() -> None:
    summary = against()
    cases = list(threshold_cases(read_thresholds("memory>5%"), evidence_within(summary), ()))
    assert [(one.subject, one.outcome, one.fails) for one in cases] == [(None, CaseOutcome.NOT_JUDGED, True)]
