"""Verdicts of comparisons: the effect of the control, of disturbed trials, and of the number of headlines."""

import math
from dataclasses import replace

import pytest

from harness.analysis.summary import summarise
from harness.model import Comparison, ContractPart, Difference, Flag, FlagKind, Measurement, Subject, Summary, Trial
from harness.units import Unit
from tests.trials import FLASK, GIN, a_plan, a_stored_run, a_trial

COPY = replace(FLASK, is_control=True)
PLAN = replace(a_plan(FLASK, GIN, blocks=5), control=COPY)
METRIC = "throughput.closed.c32"
WOBBLE = (-1.0, 1.0, 0.0, 1.0, -1.0)


def trials(subject: Subject, rate: float, spread: float, flagged: tuple[int, ...] = ()) -> tuple[Trial, ...]:
    flag = Flag(FlagKind.STEAL, "another guest took 12 % of the core")
    return tuple(
        replace(
            a_trial(block, subject, Measurement(METRIC, Unit.PER_SECOND, rate * math.exp(spread * wobble), "hello")),
            flags=(flag,) if block in flagged else (),
        )
        for block, wobble in enumerate(WOBBLE)
    )


def summary_of(gin: float, copy: float = 100.0, copy_spread: float = 0.01, flagged: tuple[int, ...] = ()) -> Summary:
    found = (*trials(FLASK, 100.0, 0), *trials(GIN, gin, 0.002, flagged), *trials(COPY, copy, copy_spread))
    return summarise(a_stored_run(PLAN, *found))


def verdict_of(summary: Summary) -> Comparison:
    [comparison] = summary.comparisons
    return comparison


def test_the_noise_floor_is_the_half_width_of_the_controls_ratio() -> None:
    half = 2.77645 * 0.01 / math.sqrt(5)  # Student's t with 4 degrees of freedom; the wobble's deviation is 1
    assert summary_of(150).noise_floor == {METRIC: pytest.approx(math.expm1(half), rel=1e-4)}


def test_the_control_is_not_a_contestant() -> None:
    summary = summary_of(150)
    assert {result.subject for result in summary.results} == {FLASK, GIN}
    assert verdict_of(summary).subject == GIN


def test_a_clear_difference_is_claimed_with_a_quiet_control() -> None:
    assert (verdict_of(summary_of(150)).verdict, verdict_of(summary_of(150)).warnings) == (Difference.HIGHER, ())


def test_a_difference_below_the_noise_floor_is_not_shown() -> None:
    comparison = verdict_of(summary_of(103, copy_spread=0.05))
    assert comparison.low > 1
    assert comparison.verdict is Difference.NO_DIFFERENCE_SHOWN
    assert "noise floor" in comparison.warnings[0]


@pytest.mark.parametrize(("gin", "verdict"), [(103, Difference.INCONCLUSIVE), (150, Difference.HIGHER)])
def test_two_copies_that_differ_take_back_claims_within_their_reach(gin: float, verdict: Difference) -> None:
    assert verdict_of(summary_of(gin, copy=105, copy_spread=0.001)).verdict is verdict


@pytest.mark.parametrize("flagged", [(1,), (0, 1, 2), (0, 1, 2, 3, 4)])
def test_a_disturbed_run_claims_what_lies_beyond_its_controls_reach(flagged: tuple[int, ...]) -> None:
    comparison = verdict_of(summary_of(150, flagged=flagged))
    assert (comparison.verdict, comparison.warnings) == (Difference.HIGHER, ())
    near = verdict_of(summary_of(115, copy_spread=0.15, flagged=flagged))
    assert near.verdict is (Difference.NO_DIFFERENCE_SHOWN if len(flagged) == 1 else Difference.INCONCLUSIVE)


def test_a_claim_within_the_controls_reach_names_both() -> None:
    [warning] = verdict_of(summary_of(115, copy_spread=0.15, flagged=(0, 1, 2, 3, 4))).warnings
    assert warning == (
        "inconclusive: the machine was disturbed in 5 of 5 blocks (the hypervisor took the core); "
        "the effect is a factor of 1.15, and two copies of one target may differ by 1.17 in such blocks"
    )


def test_steal_does_not_touch_memory() -> None:
    def memory(subject: Subject, size: float) -> tuple[Trial, ...]:
        found = [Measurement("memory.idle", Unit.BYTE, size * (1 + 0.01 * block)) for block in range(5)]
        return tuple(
            replace(trial, measurements=(one,))
            for trial, one in zip(trials(subject, 1.0, 0, (0, 1, 2, 3, 4)), found, strict=True)
        )

    summary = summarise(a_stored_run(PLAN, *memory(FLASK, 100.0), *memory(GIN, 97.0)))
    assert verdict_of(summary).verdict is Difference.LOWER
    assert [(result.warnings, result.clean_trials) for result in summary.results] == [((), None)] * 2


def test_a_result_counts_its_disturbed_trials_and_has_the_estimate_of_the_others() -> None:
    [result] = [one for one in summary_of(150, flagged=(0, 4)).results if one.subject == GIN]
    assert result.warnings == ("the machine was disturbed in 2 of 5 blocks (the hypervisor took the core)",)
    assert result.clean_trials == 3
    assert result.disturbances == (FlagKind.STEAL,)
    assert result.clean_estimate == pytest.approx(150 * math.exp(0.002 * 2 / 3))


def test_only_headlines_have_holms_probability() -> None:
    assert verdict_of(summary_of(150)).p_holm == pytest.approx(0.0, abs=1e-6)
    other = tuple(
        replace(trial, measurements=tuple(replace(m, metric="throughput.closed.c1") for m in trial.measurements))
        for trial in (*trials(FLASK, 100.0, 0), *trials(GIN, 150, 0.002))
    )
    assert verdict_of(summarise(a_stored_run(PLAN, *other))).p_holm is None


def test_a_claim_that_is_significant_alone_but_not_among_many_is_taken_back() -> None:
    def with_memory(subject: Subject, rate: float, spread: float, size: float) -> tuple[Trial, ...]:
        made = trials(subject, rate, spread)
        memory = [Measurement("memory.loaded", Unit.BYTE, size * (1 + 0.01 * (b % 2))) for b in range(5)]
        return tuple(replace(t, measurements=(*t.measurements, m)) for t, m in zip(made, memory, strict=True))

    gin = with_memory(GIN, 114, 0.1, 10.0)
    summary = summarise(a_stored_run(PLAN, *with_memory(FLASK, 100, 0, 10.0), *gin))
    alone = summarise(a_stored_run(PLAN, *trials(FLASK, 100, 0), *trials(GIN, 114, 0.1)))
    [among] = [one for one in summary.comparisons if one.metric == METRIC]
    assert verdict_of(alone).verdict is Difference.HIGHER
    assert among.verdict is Difference.NO_DIFFERENCE_SHOWN
    assert among.p_holm == pytest.approx(2 * (verdict_of(alone).p_holm or 0))
    assert "one of 2 headline comparisons" in among.warnings[0]


def test_ratios_that_lie_too_far_apart_are_not_compared() -> None:
    flask, gin = ((1e-14, 1e-14, 1e17, 1e17, 1.0), (1e17, 1e17, 1e-14, 1e-14, 1.0))
    found = [
        a_trial(block, subject, Measurement(METRIC, Unit.PER_SECOND, value, "hello"))
        for subject, values in ((FLASK, flask), (GIN, gin), (COPY, gin))
        for block, value in enumerate(values)
    ]
    summary = summarise(a_stored_run(PLAN, *found))
    assert len([one for one in summary.results if one.estimate is not None]) == 2
    assert (summary.comparisons, summary.noise_floor) == ((), {})


def test_clean_ratios_that_lie_too_far_apart_confirm_no_claim() -> None:
    values = (1e-15, 1e18, 1.0, 1.0, 1.0)
    found = [
        replace(
            a_trial(block, subject, Measurement(METRIC, Unit.PER_SECOND, value if subject == GIN else 1.0, "hello")),
            flags=(Flag(FlagKind.STEAL, "another guest took 12 % of the core"),) if block in {3, 4} else (),
        )
        for subject in (FLASK, GIN, COPY)
        for block, value in enumerate(values)
    ]
    assert [one.verdict for one in summarise(a_stored_run(PLAN, *found)).comparisons] == [Difference.INCONCLUSIVE]


def test_subjects_with_different_contracts_are_not_compared() -> None:
    contracts = {"gin_app": {"hello": ContractPart("/hi", text="hi")}}
    found = (*trials(FLASK, 100, 0), *trials(GIN, 150, 0.002), *trials(COPY, 100, 0.01))
    summary = summarise(a_stored_run(replace(PLAN, contracts=contracts), *found))
    assert [one.subject for one in summary.results if one.estimate is not None] == [FLASK, GIN]
    assert summary.comparisons == ()
    both = replace(PLAN, contracts={**contracts, "flask_app": contracts["gin_app"]})
    assert len(summarise(a_stored_run(both, *found)).comparisons) == 1
