"""Closed load in a block: its slices are made when the warm-up is over, from the response times that it has shown."""

from dataclasses import replace
from typing import Any

import pytest

from harness.measure.closed import ClosedBatch
from harness.measure.timing import lasts_s
from harness.model import ErrorKind, LoadKind, Slice, SliceResult, Subject, Trial
from tests.fakes import PROFILE, driven, driven_wrongly, histogram_of
from tests.measure.scene import BATCHES, CLOSED, PLAN, Scene
from tests.trials import FLASK, GIN

F, G = "flask_app:gthread", "gin_app:release"
BATCH = ClosedBatch("hello", CLOSED, (FLASK, GIN), load_s=0.3, profile=PROFILE, seed="4")
LATE = replace(PLAN, batches=(BATCHES[0], BATCH, BATCHES[2]))


def answering_in(**response_s: float | None) -> Any:  # noqa: ANN401  # a function of a slice
    """Return a function that drives slices of targets with these response times; None is no answer."""
    times: dict[Subject, float | None] = {FLASK: response_s.get("flask"), GIN: response_s.get("gin", 0.001)}

    def drive(part: Slice) -> SliceResult:
        time_s = times[part.subject]
        if part.load.kind is not LoadKind.CLOSED:
            return driven(part)
        if time_s is None:
            return replace(driven(part), sent=32, verified=0, counted=0.0, service=None)
        return replace(driven(part), service=histogram_of([time_s] * 9))

    return drive


def of_closed(scene: Scene) -> list[Slice]:
    return [part for part in scene.generator.slices if part.tail_s]


def absent(trial: Trial) -> dict[str, str]:
    return {one.metric: one.reason for one in trial.absences if not one.metric.startswith("latency")}


class TestTheOrderOfEvents:
    def test_closed_slices_are_driven_after_the_warm_up_in_the_rounds_of_the_plan(self) -> None:
        scene = Scene()
        scene.run(LATE)
        drawn = [part.subject for part in BATCH.planned(0.001).slices]
        assert len(drawn) == 2 * 3
        assert scene.after("say hello, closed.c32")[: len(drawn) + 2] == [
            *(f"drive {subject} hello closed.c32" for subject in drawn),
            *(f"read {F}", f"read {G}"),
        ]
        before = scene.events()[: scene.events().index("say hello, closed.c32")]
        assert before[-6:] == [
            f"ask {F}",
            f"reset peak of {F}",
            f"ask {G}",
            f"reset peak of {G}",
            f"read {F}",
            f"read {G}",
        ]

    def test_their_lengths_follow_from_the_warm_up(self) -> None:
        scene = Scene(drive=answering_in(flask=0.1))
        scene.run(LATE)
        assert {(part.duration_s, part.discard_s, part.tail_s) for part in of_closed(scene)} == {(0.5, 0.2, 0.1)}
        assert {part.subject: part.starts_s[-1] for part in of_closed(scene)} == {FLASK: 0.1, GIN: 0.001}

    def test_the_rest_of_the_block_and_slow_answers_are_told_before_it_is_driven(self) -> None:
        scene = Scene(drive=answering_in(flask=0.1))
        scene.run(LATE)
        told = f"expect {F} answers slowly (100 ms at 32 connections)"
        assert scene.journal.index(told) < scene.journal.index("say hello, closed.c32")
        fast = Scene(drive=answering_in(flask=0.01))
        fast.run(LATE)
        assert not [event for event in fast.journal if event.startswith("expect")]
        for one in (scene, fast):
            [expected_s] = one.observer.expected
            after = [part for part in one.generator.slices if part not in BATCHES[0].slices]
            assert expected_s == pytest.approx(sum(map(lasts_s, after)))

    def test_a_queue_that_the_warm_up_could_not_show_is_found_by_a_slice_over_one_connection(self) -> None:
        one = replace(CLOSED, connections=1)
        warm_up = (BATCHES[0].slices[0], replace(BATCHES[0].slices[0], load=one))

        def drive(part: Slice) -> SliceResult:
            few, many = [0.001] * 9, [0.001] * 90
            samples_s = [*many, *[1.0] * 10] if part.load == CLOSED else many if part.duration_s > 0.2 else few
            return replace(
                driven(part, rate_per_s=2000 if part.load == CLOSED else 100), service=histogram_of(samples_s)
            )

        scene = Scene(drive=drive)
        scene.run(replace(LATE, batches=(replace(BATCHES[0], slices=warm_up), BATCH)))
        further = scene.generator.slices[2]
        assert (further.subject, further.load) == (FLASK, one)
        assert further.duration_s == pytest.approx(2.0)
        discarded_s = {part.discard_s for part in of_closed(scene) if part.load == CLOSED}
        assert list(discarded_s) == pytest.approx([2 * 2 * 32 / 2000])
        assert [event for event in scene.journal if event.startswith("say warming up")] == [
            "say warming up",
            "say warming up over one connection",
        ]


class TestATargetThatIsTooSlow:
    @pytest.mark.parametrize("flask", [4.9, 5.0])
    def test_it_has_absences_with_the_necessary_length_and_the_others_are_measured(self, flask: float) -> None:
        scene = Scene(drive=answering_in(flask=flask))
        trials = scene.run(LATE)
        assert set(absent(trials[FLASK])) == {"throughput.closed.c32", "cpu_per_request.closed.c32"}
        latencies = {one.metric for one in trials[FLASK].absences if one.metric.startswith("latency.closed.c32")}
        assert latencies == {f"latency.closed.c32.{of}" for of in ("p50", "p90", "p99", "p999", "mean")}
        assert "slices would have to last 2" in absent(trials[FLASK])["throughput.closed.c32"]
        assert trials[FLASK].failure is None
        assert {part.subject for part in of_closed(scene)} == {GIN}
        assert "throughput.closed.c32" in {one.metric for one in trials[GIN].measurements}

    def test_a_target_that_never_answered_has_an_absence_and_the_others_are_measured(self) -> None:
        trials = Scene(drive=answering_in(flask=None)).run(LATE)
        assert (
            absent(trials[FLASK])["throughput.closed.c32"]
            == "no answer came in the warm-up, within the time-out of 5 s"
        )
        assert absent(trials[GIN]) == {}

    def test_if_no_target_answers_the_level_is_absent_for_each_and_the_block_goes_on(self) -> None:
        scene = Scene(drive=answering_in(flask=None, gin=None))
        trials = scene.run(LATE)
        for trial in trials.values():
            assert absent(trial)["throughput.closed.c32"].startswith("no answer came in the warm-up")
        assert "say open" in scene.journal
        assert "say hello, closed.c32" not in scene.journal

    def test_time_outs_in_the_warm_up_do_not_end_the_block(self) -> None:
        def drive(part: Slice) -> SliceResult:
            if part.subject == FLASK and part.load.kind is LoadKind.CLOSED:
                all_late = driven_wrongly(part, ErrorKind.TIMEOUT, count=driven(part).sent)
                return replace(all_late, service=histogram_of([5.0] * all_late.sent))
            return driven(part)

        trials = Scene(drive=drive).run(LATE)
        assert trials[FLASK].failure is None
        assert "slices would have to last 25.0 s" in absent(trials[FLASK])["throughput.closed.c32"]
        assert absent(trials[GIN]) == {}

    def test_a_target_that_failed_in_the_warm_up_makes_no_slice_longer(self) -> None:
        def drive(part: Slice) -> SliceResult:
            slow = answering_in(flask=1.0)(part)
            return (
                replace(driven_wrongly(part, ErrorKind.BODY), service=slow.service) if part.subject == FLASK else slow
            )

        scene = Scene(drive=drive)
        trials = scene.run(LATE)
        assert trials[FLASK].failure is not None
        assert {(part.subject, part.duration_s) for part in of_closed(scene)} == {(GIN, 0.091)}
