"""A closed batch: its slices follow the response times, for any response time and where there is none."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure.closed import ClosedBatch, SlowAnswers, slow_answers
from harness.measure.responses import Cell, ResponseTime
from harness.measure.timing import slice_timing
from harness.model import Load, LoadKind, Slice, Subject
from tests.fakes import PROFILE
from tests.trials import FLASK, GIN, NULL

LOAD = Load(LoadKind.CLOSED, 32)
PROFILE_OF_SIX = replace(PROFILE, least_rounds=6)
BATCH = ClosedBatch("hello", LOAD, (FLASK, GIN, NULL), load_s=0.6, profile=PROFILE_OF_SIX, seed="7:0:hello, closed.c32")


def times(**longest_s: float | None) -> Mapping[Cell, ResponseTime]:
    """Return the response times of targets by name; all answers of a target take the same time."""
    subjects = {"flask": FLASK, "gin": GIN, "null": NULL}
    known = {subjects[name]: time_s for name, time_s in longest_s.items() if time_s is not None}
    return {(subject, "hello", LOAD): ResponseTime.equal(time_s) for subject, time_s in known.items()}


def shapes(slices: tuple[Slice, ...]) -> set[tuple[float, float, float]]:
    return {(part.duration_s, part.discard_s, part.tail_s) for part in slices}


class TestItsSlices:
    def test_they_are_equally_long_for_all_targets_and_follow_the_slowest(self) -> None:
        timed = BATCH.timed(times(flask=0.1, gin=0.002, null=0.001))
        assert shapes(timed.slices) == {(0.5, 0.2, 0.1)}
        assert (timed.slowest, timed.too_slow) == ((FLASK, 0.1), {})
        assert len(timed.slices) == 3 * 3

    def test_the_first_sends_of_each_target_are_its_own_residual_times_within_the_head(self) -> None:
        responses = times(flask=0.1, gin=0.002, null=0.001)
        of_flask = ResponseTime(longest_s=0.1, own_s=0.1, residual_s=(0.0, 0.06, 0.3))
        timed = BATCH.timed({**responses, (FLASK, "hello", LOAD): of_flask})
        assert {part.subject: part.starts_s for part in timed.slices} == {
            FLASK: (0.0, 0.06, 0.2),
            GIN: (0.0, 0.002),
            NULL: (0.0, 0.001),
        }

    def test_fast_answers_give_the_profiles_least_lengths_and_its_load_time(self) -> None:
        timed = BATCH.timed(times(flask=0.01, gin=0.001, null=0.001))
        assert shapes(timed.slices) == {(0.1, 0.03, 0.01)}
        assert [part.number for part in timed.slices] == list(range(3 * 6))

    def test_the_same_response_times_give_the_same_slices(self) -> None:
        assert BATCH.timed(times(flask=0.03, gin=0.002)) == BATCH.timed(times(flask=0.03, gin=0.002))

    def test_other_response_times_change_neither_the_order_nor_the_seeds_of_the_rounds(self) -> None:
        fast, slow = (BATCH.timed(times(flask=time_s)).slices for time_s in (0.001, 0.1))
        drawn = [(part.subject, part.seed) for part in fast]
        assert [(part.subject, part.seed) for part in slow] == drawn[: len(slow)]

    def test_a_target_that_has_failed_changes_no_order_and_no_seed_of_the_others(self) -> None:
        responses = times(flask=0.001, gin=0.001, null=0.001)
        everyone, left = BATCH.timed(responses), BATCH.timed(responses, {FLASK, NULL})
        assert [(part.subject, part.seed) for part in left.slices] == [
            (part.subject, part.seed) for part in everyone.slices if part.subject != GIN
        ]

    def test_a_target_that_has_failed_makes_no_slice_longer(self) -> None:
        timed = BATCH.timed(times(flask=1.0, gin=0.001, null=0.001), {GIN, NULL})
        assert timed.slices == BATCH.timed(times(gin=0.001, null=0.001), {GIN, NULL}).slices


class TestSlowTargets:
    def test_a_target_that_gave_no_answer_is_not_driven_and_the_others_are(self) -> None:
        timed = BATCH.timed(times(flask=0.1, gin=0.002, null=None))
        assert shapes(timed.slices) == {(0.5, 0.2, 0.1)}
        assert {part.subject for part in timed.slices} == {FLASK, GIN}
        assert timed.too_slow == {NULL: "no answer came in the warm-up, within the time-out of 5 s"}

    def test_a_target_whose_slices_would_be_too_long_is_not_driven_and_the_others_are(self) -> None:
        timed = BATCH.timed(times(flask=2.5, gin=0.002, null=0.001))
        assert timed.too_slow == {
            FLASK: "its answers take 2.50 s or more at this level; slices would have to last 12.5 s, and the longest "
            "that are driven last 10 s"
        }
        assert shapes(timed.slices) == shapes(BATCH.timed(times(gin=0.002, null=0.001), {GIN, NULL}).slices)
        assert {part.subject for part in timed.slices} == {GIN, NULL}

    def test_a_target_of_two_seconds_is_still_driven_with_three_rounds(self) -> None:
        timed = BATCH.timed(times(flask=2.0, gin=0.002, null=0.001))
        assert shapes(timed.slices) == {(10.0, 4.0, 2.0)}
        assert len(timed.slices) == 3 * 3

    def test_without_any_answer_no_target_is_driven_and_each_has_a_reason(self) -> None:
        timed = BATCH.timed({})
        assert (timed.slices, timed.slowest) == ((), None)
        reason = "no answer came in the warm-up, within the time-out of 5 s"
        assert timed.too_slow == dict.fromkeys((FLASK, GIN, NULL), reason)

    def test_if_no_target_runs_there_is_nothing(self) -> None:
        timed = BATCH.timed(times(flask=0.1), ())
        assert (timed.slices, timed.slowest, timed.too_slow) == ((), None, {})


class TestSlowAnswers:
    ONE = replace(BATCH, load=Load(LoadKind.CLOSED, 1))

    def test_they_are_those_of_the_longest_slices_with_target_load_and_response_time(self) -> None:
        at_one = {(FLASK, "hello", self.ONE.load): ResponseTime.equal(0.04)}
        found = slow_answers([BATCH, self.ONE], {**times(flask=0.1, gin=0.002), **at_one}, {FLASK, GIN})
        assert found == SlowAnswers(FLASK, BATCH.load, 0.1)
        assert str(found) == "flask_app:gthread answers slowly (100 ms at 32 connections)"
        alone = slow_answers([BATCH, self.ONE], {**times(gin=0.002), **at_one}, {FLASK, GIN})
        assert str(alone) == "flask_app:gthread answers slowly (40.0 ms at one connection)"

    @pytest.mark.parametrize("longest_s", [0.001, 0.01, 0.015])
    def test_slices_of_about_the_planned_length_have_none(self, longest_s: float) -> None:
        assert slow_answers([BATCH], times(flask=longest_s), {FLASK, GIN, NULL}) is None

    def test_a_target_that_has_failed_and_a_batch_without_slices_have_none(self) -> None:
        assert slow_answers([BATCH], times(flask=0.1, gin=0.001), {GIN}) is None
        assert slow_answers([BATCH], {}, {FLASK}) is None
        assert slow_answers([], {}, {FLASK}) is None


response_times = st.none() | st.floats(20e-6, 20.0)


@given(
    st.fixed_dictionaries({"flask": response_times, "gin": response_times, "null": response_times}),
    st.floats(0.05, 10.0),
    st.integers(1, 20),
    st.sets(st.sampled_from((FLASK, GIN, NULL))),
)
def test_any_response_times_give_slices_or_reasons_within_bounded_time(
    longest_s: dict[str, float | None], load_s: float, least: int, running: set[Subject]
) -> None:
    batch = replace(BATCH, load_s=load_s, profile=replace(PROFILE, least_rounds=least))
    timed = batch.timed(times(**longest_s), running)
    driven = {part.subject for part in timed.slices}
    assert driven | set(timed.too_slow) == running
    assert not driven & set(timed.too_slow)
    for part in timed.slices:
        assert 0 < part.duration_s <= 10.0
        assert part.discard_s + part.tail_s < part.duration_s
        assert 0 == part.starts_s[0] <= part.starts_s[-1] <= part.discard_s
    for subject in driven:
        lasts_s = sum(part.duration_s for part in timed.slices if part.subject == subject)
        assert lasts_s <= max(2 * load_s, 3 * 10.0) * (1 + 1e-6)
    if timed.slowest is not None:
        assert shapes(timed.slices) == {
            (timing.duration_s, timing.discard_s, timing.tail_s)
            for timing in (slice_timing(PROFILE, timed.slowest[1]),)
        }
