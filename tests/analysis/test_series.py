"""Series of one metric of one subject: values by block, reasons for missing numbers, bounds, and order."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.series import Key, Series, collect, failed
from harness.model import (
    Absence,
    Bound,
    DrivenSlice,
    Failure,
    Flag,
    FlagKind,
    Load,
    LoadKind,
    Measurement,
    Slice,
    Stage,
    Subject,
    Trial,
)
from harness.units import Unit
from tests.fakes import driven
from tests.trials import FLASK, GIN, NULL, a_plan, a_stored_run, a_trial

METRIC = "throughput.closed.c8"
KEY = Key(FLASK, "hello", METRIC)
LATE = Flag(FlagKind.GENERATOR_LATE, "it was late")
SLOW = Flag(FlagKind.SLOW_CORE, "the core was slow")


def rate(value: float, metric: str = METRIC, *warnings: str, bound: Bound | None = None) -> Measurement:
    return Measurement(metric, Unit.PER_SECOND, value, "hello", bound, warnings)


def an_absence(reason: str) -> Absence:
    return Absence(METRIC, Unit.PER_SECOND, reason, "hello")


def gathered(*trials: Trial, of: Key = KEY) -> Series:
    return collect(a_stored_run(a_plan(FLASK, GIN), *trials))[of]


def with_slices(trial: Trial, *rates_per_s: float) -> Trial:
    plan = Slice(0, FLASK, "hello", Load(LoadKind.CLOSED, 8), 1.0, 0.0, seed=1)
    slices = (DrivenSlice(plan, replace(driven(plan), counted=int(one), counted_s=1.0)) for one in rates_per_s)
    return replace(trial, slices=tuple(slices))


class TestValues:
    def test_there_is_one_value_per_block_in_order_and_it_is_the_mean_of_several(self) -> None:
        series = gathered(a_trial(1, FLASK, rate(30.0)), a_trial(0, FLASK, rate(10.0), rate(20.0)))
        assert series.values() == {0: 15.0, 1: 30.0}
        assert series.in_blocks() == [15.0, 30.0]

    def test_clean_blocks_are_those_of_trials_without_a_flag(self) -> None:
        disturbed = replace(a_trial(1, FLASK, rate(20.0)), flags=(LATE, SLOW))
        series = gathered(a_trial(0, FLASK, rate(10.0)), disturbed, a_trial(2, FLASK, rate(30.0)))
        assert series.values(series.clean_blocks()) == {0: 10.0, 2: 30.0}
        assert series.flagged == {1: ("generator_late", "slow_core")}
        assert series.all_warnings() == (
            "the machine was disturbed in 1 of 3 blocks (the generator waited for its core, the core was slow)",
        )

    @pytest.mark.parametrize(
        ("found", "is_sound"),
        [
            ((rate(1.0), rate(1.0)), True),
            ((rate(1.0),), False),
            ((rate(1.0), rate(1.0), an_absence("one failed")), False),
            ((rate(1.0), rate(1.0), rate(0.0)), False),
        ],
    )
    def test_two_blocks_without_an_absence_give_a_number(
        self, found: tuple[Measurement | Absence, ...], *, is_sound: bool
    ) -> None:
        assert gathered(*(a_trial(block, FLASK, one) for block, one in enumerate(found))).is_sound() == is_sound

    def test_a_value_without_a_logarithm_is_a_reason_for_no_number(self) -> None:
        series = gathered(a_trial(4, FLASK, rate(-0.5)))
        assert (series.reasons, series.values()) == (
            ["measured -0.5, and an estimate needs positive numbers"],
            {},
        )


class TestTheBound:
    @pytest.mark.parametrize(
        ("bounds", "bound"),
        [
            ((), None),
            ((Bound.TARGET, Bound.TARGET, Bound.NEITHER), Bound.TARGET),
            ((Bound.TARGET, Bound.NEITHER, Bound.NEITHER), Bound.NEITHER),
            ((Bound.TARGET, Bound.NEITHER), Bound.NEITHER),
            ((Bound.TARGET, Bound.TARGET, Bound.TARGET, Bound.GENERATOR), Bound.GENERATOR),
            ((Bound.TARGET, Bound.NEITHER, Bound.GENERATOR), Bound.GENERATOR),
        ],
    )
    def test_it_is_the_generator_if_any_trials_is_else_the_most_frequent_and_in_a_tie_neither(
        self, bounds: tuple[Bound, ...], bound: Bound | None
    ) -> None:
        assert Series(Unit.PER_SECOND, bounds=list(bounds)).bound() is bound

    @pytest.mark.parametrize(
        ("limited", "warnings"),
        [
            (0, ()),
            (1, ("the generator was the limit in 1 of 3 trials",)),
            (2, ("the generator was the limit in 2 of 3 trials",)),
            (3, ()),
        ],
    )
    def test_the_number_of_generator_bound_trials_is_a_warning_unless_it_is_all(
        self, limited: int, warnings: tuple[str, ...]
    ) -> None:
        bounds = [Bound.GENERATOR] * limited + [Bound.TARGET] * (3 - limited)
        series = gathered(*(a_trial(block, FLASK, rate(5.0, bound=of)) for block, of in enumerate(bounds)))
        assert series.all_warnings() == warnings

    def test_trials_without_a_bound_count_in_the_total(self) -> None:
        series = gathered(a_trial(0, FLASK, rate(5.0)), a_trial(1, FLASK, rate(5.0, bound=Bound.GENERATOR)))
        assert series.all_warnings() == ("the generator was the limit in 1 of 2 trials",)


class TestWarnings:
    def test_warnings_of_values_are_given_once_and_warnings_about_trials_are_counted(self) -> None:
        series = gathered(a_trial(0, FLASK, rate(5.0, METRIC, "b", "a")), a_trial(1, FLASK, rate(5.0, METRIC, "b")))
        series.notices = Counter({"unsteady": 2, "late": 1})
        assert series.all_warnings() == ("b", "a", "late in 1 of 2 trials", "unsteady in 2 of 2 trials")


class TestRounds:
    def test_a_throughput_has_the_rates_of_its_rounds_by_block(self) -> None:
        series = gathered(with_slices(a_trial(2, FLASK, rate(15.0)), 10.0, 20.0))
        assert series.batch == ("hello", METRIC)
        assert {block: list(rates) for block, rates in series.rounds.items()} == {2: [10.0, 20.0]}
        assert isinstance(series.rounds[2], np.ndarray)

    def test_the_rounds_of_a_block_without_a_number_are_left_out(self) -> None:
        series = gathered(with_slices(a_trial(0, FLASK, an_absence("one failed")), 10.0, 20.0))
        assert (series.batch, series.rounds, series.reasons) == (None, {}, ["one failed"])


class TestTargetsThatFail:
    FAILURE = Failure(FLASK, Stage.LOAD, "it ended")

    def test_its_measurements_do_not_count_and_each_has_the_reason(self) -> None:
        series = gathered(a_trial(0, FLASK, rate(5.0)), a_trial(1, FLASK, rate(6.0), failure=self.FAILURE))
        assert series.values() == {0: 5.0}
        assert series.reasons == ["block 2: the target failed (load)"]

    def test_metrics_that_only_the_other_contestants_have_also_get_the_reason(self) -> None:
        series = gathered(a_trial(0, FLASK, failure=self.FAILURE), a_trial(0, GIN, rate(5.0)))
        assert (series.unit, series.reasons) == (Unit.PER_SECOND, ["block 1: the target failed (load)"])

    def test_only_its_own_metrics_get_the_reason_if_it_is_the_null_target(self) -> None:
        plan = replace(a_plan(FLASK, GIN), ceiling=NULL)
        stored = a_stored_run(
            plan, a_trial(0, NULL, failure=Failure(NULL, Stage.START, "")), a_trial(0, GIN, rate(5.0))
        )
        assert list(collect(stored)) == [Key(GIN, "hello", METRIC)]

    def test_the_reason_of_a_target_without_trials_comes_from_the_run(self) -> None:
        stored = a_stored_run(a_plan(FLASK, GIN))
        built = replace(stored, run=replace(stored.run, failures=(Failure(GIN, Stage.BUILD, "no compiler"),)))
        assert failed(built) == {GIN: "the target failed (build)"}
        assert failed(stored) == {}


def test_series_are_in_the_order_of_the_plan_with_levels_by_number_and_the_control_last() -> None:
    plan = replace(a_plan(GIN, FLASK), ceiling=NULL, control=replace(GIN, is_control=True))
    found = (rate(1.0, "throughput.closed.c32"), rate(1.0), Measurement("memory.idle", Unit.BYTE, 1.0))
    order: tuple[Subject, ...] = (GIN, FLASK, NULL, replace(GIN, is_control=True))
    trials = (a_trial(0, subject, *found) for subject in reversed(order))
    metrics = ((None, "memory.idle"), ("hello", METRIC), ("hello", "throughput.closed.c32"))
    assert list(collect(a_stored_run(plan, *trials))) == [Key(subject, *one) for subject in order for one in metrics]


def test_a_throughput_says_what_the_target_does_otherwise_than_the_contract() -> None:
    rate = Measurement("throughput.closed.c16", Unit.PER_SECOND, 5.0, "hello")
    memory = Measurement("memory.idle", Unit.BYTE, 1.0)
    trials = [a_trial(block, FLASK, rate, memory) for block in range(3)]
    odd = [replace(trial, notes=("it answers with HTTP/1.0",)) for trial in trials[:2]]
    series = collect(a_stored_run(a_plan(FLASK), *odd, trials[2]))
    warnings = {key.metric: one.all_warnings() for key, one in series.items()}
    assert warnings == {"throughput.closed.c16": ("it answers with HTTP/1.0 in 2 of 3 trials",), "memory.idle": ()}
