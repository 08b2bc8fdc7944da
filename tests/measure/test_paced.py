"""Paced users: slices as long as their pauses need, and a rate that is a fact about the users."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure.block_plan import Batch
from harness.measure.paced import LONGEST_SLICE_S, PacedBatch, paced_rate
from harness.measure.responses import ResponseTime
from harness.model import (
    Absence,
    DrivenSlice,
    ErrorKind,
    Load,
    LoadKind,
    Measurement,
    Pace,
    ScenarioTraits,
    Span,
)
from harness.units import Unit
from tests.fakes import PROFILE, driven, driven_wrongly
from tests.measure.scene import BATCHES, PLAN, Scene
from tests.trials import FLASK, GIN

USERS = Load(LoadKind.PACED, 32)
SHOP = ScenarioTraits("shop", (), drives_open=False, pace=Pace.PACED, mean_pause_s=5.5)
STAGES = replace(SHOP, name="stages", shape="Stages", shape_s=60.0)


def batch(traits: ScenarioTraits = SHOP, seed: str = "1") -> PacedBatch:
    return PacedBatch(traits, USERS, (FLASK, GIN), PROFILE, seed)


def a_slice(**changes: object) -> DrivenSlice:
    order = batch().planned().slices[0]
    return DrivenSlice(order, replace(driven(order, rate_per_s=5.8), **changes))  # type: ignore[arg-type]


class TestSlices:
    @given(pause_s=st.floats(0.001, 50.0), response_s=st.floats(0.0, 4.0))
    def test_the_counted_part_has_ten_cycles_and_the_head_has_one(self, pause_s: float, response_s: float) -> None:
        for part in batch(replace(SHOP, mean_pause_s=pause_s)).planned(response_s).slices:
            assert part.duration_s - part.discard_s >= 10 * (pause_s + response_s) - 1e-8
            assert part.discard_s >= pause_s + response_s

    def test_users_who_pause_for_5_5_s_have_slices_of_a_minute(self) -> None:
        (one, other) = batch().planned().slices
        assert one.duration_s == other.duration_s == pytest.approx(60.61)
        assert {one.subject, other.subject} == {FLASK, GIN}
        assert [part.load for part in (one, other)] == [USERS, USERS]

    def test_slow_answers_make_the_slices_of_all_targets_longer(self) -> None:
        slow = {(GIN, "shop", USERS): ResponseTime.equal(2.0), (FLASK, "shop", USERS): ResponseTime.equal(0.01)}
        assert [part.duration_s for part in batch().timed(slow).slices] == [pytest.approx(82.5)] * 2
        assert [part.subject for part in batch().timed(slow, [GIN]).slices] == [GIN]

    def test_a_target_without_an_answer_in_the_warm_up_is_driven_as_planned(self) -> None:
        assert batch().timed({}).slices == batch().planned().slices

    def test_a_shape_is_driven_once_from_its_beginning_to_its_end(self) -> None:
        for part in batch(STAGES).planned().slices:
            assert (part.duration_s, part.discard_s, part.tail_s) == (60.0, 0.0, 0.0)

    def test_no_slice_is_longer_than_ten_minutes(self) -> None:
        slow = {(GIN, "shop", USERS): ResponseTime.equal(500.0)}
        assert {part.duration_s for part in batch().timed(slow).slices} == {LONGEST_SLICE_S}

    def test_the_order_of_the_targets_is_random_and_comes_from_the_seed(self) -> None:
        orders = {tuple(part.subject for part in batch(seed=str(seed)).planned().slices) for seed in range(20)}
        assert orders == {(FLASK, GIN), (GIN, FLASK)}
        assert batch().planned() == batch().planned()


class TestRate:
    def test_it_is_the_answers_over_the_counted_part(self) -> None:
        assert paced_rate([a_slice(counted=300.0, counted_s=50.0), a_slice(counted=290.0, counted_s=50.0)]) == (
            Measurement("paced.rate.u32", Unit.PER_SECOND, 5.9, "shop")
        )

    def test_too_many_errors_leave_it_without_a_number(self) -> None:
        order = batch().planned().slices[0]
        found = paced_rate([DrivenSlice(order, driven_wrongly(order, ErrorKind.TIMEOUT, 200))])
        assert found == Absence("paced.rate.u32", Unit.PER_SECOND, "200 of 6,061 requests failed (200 timeout)", "shop")

    def test_without_an_answer_in_the_counted_part_it_has_no_number(self) -> None:
        found = paced_rate([a_slice(counted=0.0, counted_s=55.0)])
        assert isinstance(found, Absence)
        assert found.reason == "no request ended in the counted part, of 55 s"

    def test_users_that_sent_nothing_are_no_silence_of_the_target(self) -> None:
        found = paced_rate([a_slice(counted=0.0, sent=0, users_ended=32, first_complaint="U: KeyError: 'token'")])
        assert isinstance(found, Absence)
        assert found.reason == (
            "the scenario's users sent no request: 32 of them ended themselves; the scenario's first complaint is "
            "\"U: KeyError: 'token'\""
        )


class TestInABlock:
    def test_targets_are_driven_one_after_the_other_and_have_a_rate_and_response_times_and_nothing_else(self) -> None:
        scene = Scene()
        short = replace(SHOP, mean_pause_s=0.05)
        trials = scene.run(replace(PLAN, batches=(*BATCHES, batch(short))))
        assert {event for event in scene.events() if event.endswith("paced.u32")} == {
            "say shop, paced.u32",
            "drive flask_app:gthread shop paced.u32",
            "drive gin_app:release shop paced.u32",
        }
        for trial in trials.values():
            assert [one.metric for one in trial.measurements if one.scenario == "shop"] == ["paced.rate.u32"]
            assert [one for one in trial.absences if one.scenario == "shop"] == []
            assert [(one.load, one.span) for one in trial.distributions if one.scenario == "shop"] == [
                (USERS, Span.SERVICE)
            ]

    def test_memory_is_read_at_the_end_of_load_only_in_a_block_with_load(self) -> None:
        warm_up = Batch("warming up", (), counted=False)
        unloaded = Scene().run(replace(PLAN, batches=(warm_up,)))
        loaded = Scene().run(replace(PLAN, batches=(warm_up, batch(replace(SHOP, mean_pause_s=0.05)))))
        names = [{one.metric for one in trials[GIN].measurements} for trials in (unloaded, loaded)]
        assert "memory.loaded" not in names[0]
        assert names[1] - names[0] >= {"memory.loaded", "memory.peak", "paced.rate.u32"}
