"""What is gathered for one metric of one subject: values by block, what is owed, what bounds it, and in which order."""

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


def owed(reason: str) -> Absence:
    return Absence(METRIC, Unit.PER_SECOND, reason, "hello")


def gathered(*trials: Trial, of: Key = KEY) -> Series:
    return collect(a_stored_run(a_plan(FLASK, GIN), *trials))[of]


def with_slices(trial: Trial, *rates_per_s: float) -> Trial:
    plan = Slice(0, FLASK, "hello", Load(LoadKind.CLOSED, 8), 1.0, 0.0, seed=1)
    slices = (DrivenSlice(plan, replace(driven(plan), counted=int(one), counted_s=1.0)) for one in rates_per_s)
    return replace(trial, slices=tuple(slices))


class TestValues:
    def test_they_stand_in_the_order_of_blocks_several_of_one_as_their_mean(self) -> None:
        series = gathered(a_trial(1, FLASK, rate(30.0)), a_trial(0, FLASK, rate(10.0), rate(20.0)))
        assert series.values() == {0: 15.0, 1: 30.0}
        assert series.in_blocks() == [15.0, 30.0]

    def test_the_clean_ones_are_those_of_trials_without_a_flag(self) -> None:
        disturbed = replace(a_trial(1, FLASK, rate(20.0)), flags=(LATE, SLOW))
        series = gathered(a_trial(0, FLASK, rate(10.0)), disturbed, a_trial(2, FLASK, rate(30.0)))
        assert series.clean_values() == [10.0, 30.0]
        assert series.flagged == {1: ("generator_late", "slow_core")}
        assert series.all_warnings() == ("the machine was disturbed in 1 of 3 trials (generator_late, slow_core)",)

    @pytest.mark.parametrize(
        ("found", "is_sound"),
        [
            ((rate(1.0), rate(1.0)), True),
            ((rate(1.0),), False),
            ((rate(1.0), rate(1.0), owed("one failed")), False),
            ((rate(1.0), rate(1.0), rate(0.0)), False),
        ],
    )
    def test_two_blocks_and_nothing_owed_give_a_number(
        self, found: tuple[Measurement | Absence, ...], *, is_sound: bool
    ) -> None:
        assert gathered(*(a_trial(block, FLASK, one) for block, one in enumerate(found))).is_sound() == is_sound

    def test_what_has_no_logarithm_is_owed(self) -> None:
        series = gathered(a_trial(4, FLASK, rate(-0.5)))
        assert (series.reasons, series.values()) == (["block 5: measured -0.5, which has no logarithm"], {})


class TestWhatBoundsIt:
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
    def test_it_is_the_generator_if_any_trial_is_else_the_most_and_of_equals_neither(
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
    def test_in_how_many_trials_it_was_the_generator_is_said_where_it_was_not_in_all(
        self, limited: int, warnings: tuple[str, ...]
    ) -> None:
        bounds = [Bound.GENERATOR] * limited + [Bound.TARGET] * (3 - limited)
        series = gathered(*(a_trial(block, FLASK, rate(5.0, bound=of)) for block, of in enumerate(bounds)))
        assert series.all_warnings() == warnings

    def test_trials_that_nothing_bounded_count_among_them_all(self) -> None:
        series = gathered(a_trial(0, FLASK, rate(5.0)), a_trial(1, FLASK, rate(5.0, bound=Bound.GENERATOR)))
        assert series.all_warnings() == ("the generator was the limit in 1 of 2 trials",)


class TestWarnings:
    def test_those_of_measurements_are_said_once_and_those_of_trials_are_counted(self) -> None:
        series = gathered(a_trial(0, FLASK, rate(5.0, METRIC, "b", "a")), a_trial(1, FLASK, rate(5.0, METRIC, "b")))
        series.notices = Counter({"unsteady": 2, "late": 1})
        assert series.all_warnings() == ("b", "a", "late in 1 of 2 trials", "unsteady in 2 of 2 trials")


class TestRounds:
    def test_a_throughput_keeps_the_rates_of_its_rounds_by_block(self) -> None:
        series = gathered(with_slices(a_trial(2, FLASK, rate(15.0)), 10.0, 20.0))
        assert series.batch == ("hello", METRIC)
        assert {block: list(rates) for block, rates in series.rounds.items()} == {2: [10.0, 20.0]}
        assert isinstance(series.rounds[2], np.ndarray)

    def test_those_of_a_block_that_owes_its_number_are_left_out(self) -> None:
        series = gathered(with_slices(a_trial(0, FLASK, owed("one failed")), 10.0, 20.0))
        assert (series.batch, series.rounds, series.reasons) == (None, {}, ["one failed"])


class TestTargetsThatFail:
    FAILURE = Failure(FLASK, Stage.LOAD, "it ended")

    def test_nothing_that_one_measured_counts_and_the_reason_stands_in_its_place(self) -> None:
        series = gathered(a_trial(0, FLASK, rate(5.0)), a_trial(1, FLASK, rate(6.0), failure=self.FAILURE))
        assert series.values() == {0: 5.0}
        assert series.reasons == ["block 2: the target failed (load)"]

    def test_it_owes_what_the_others_have_and_it_never_came_to(self) -> None:
        series = gathered(a_trial(0, FLASK, failure=self.FAILURE), a_trial(0, GIN, rate(5.0)))
        assert (series.unit, series.reasons) == (Unit.PER_SECOND, ["block 1: the target failed (load)"])

    def test_the_null_target_owes_only_what_is_its_own(self) -> None:
        plan = replace(a_plan(FLASK, GIN), ceiling=NULL)
        stored = a_stored_run(
            plan, a_trial(0, NULL, failure=Failure(NULL, Stage.START, "")), a_trial(0, GIN, rate(5.0))
        )
        assert list(collect(stored)) == [Key(GIN, "hello", METRIC)]

    def test_one_that_was_never_started_is_named_by_the_run(self) -> None:
        stored = a_stored_run(a_plan(FLASK, GIN))
        built = replace(stored, run=replace(stored.run, failures=(Failure(GIN, Stage.BUILD, "no compiler"),)))
        assert failed(built) == {GIN: "the target failed (build)"}
        assert failed(stored) == {}


def test_series_stand_in_the_order_of_the_plan_levels_by_their_number_and_the_control_last() -> None:
    plan = replace(a_plan(GIN, FLASK), ceiling=NULL, control=replace(GIN, is_control=True))
    found = (rate(1.0, "throughput.closed.c32"), rate(1.0), Measurement("memory.idle", Unit.BYTE, 1.0))
    order: tuple[Subject, ...] = (GIN, FLASK, NULL, replace(GIN, is_control=True))
    trials = (a_trial(0, subject, *found) for subject in reversed(order))
    metrics = ((None, "memory.idle"), ("hello", METRIC), ("hello", "throughput.closed.c32"))
    assert list(collect(a_stored_run(plan, *trials))) == [Key(subject, *one) for subject in order for one in metrics]
