"""A block without failures: the order of its events, and the contents of its trials."""

import os
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from harness.histogram import Histogram
from harness.measure import pagecache
from harness.model import Absence, Bound, EndpointResult, Measurement, Slice, SliceResult, Span, Trial, Window
from harness.runtime.base import Metering, Resident
from harness.runtime.restraints import Restraints
from harness.units import Unit
from tests.fakes import Script, driven, reading
from tests.measure.scene import BATCHES, CLOSED, OPEN, PLAN, Scene, batch
from tests.scripted_server import Reply, Request, right_answer, text
from tests.trials import FLASK, GIN, NULL

F, G = "flask_app:gthread", "gin_app:release"


def values(trial: Trial, prefix: str) -> dict[str, float]:
    return {one.metric: one.value for one in trial.measurements if one.metric.startswith(prefix)}


class TestTheOrderOfEvents:
    def test_the_events_of_a_block_have_this_order(self) -> None:
        scene = Scene()
        scene.run()
        assert scene.events() == [
            # 1. each target in turn
            *(f"say starting {F}", f"create {F}", f"start {F}", f"ask {F}", f"read {F}"),
            *(f"say starting {G}", f"create {G}", f"start {G}", f"ask {G}", f"read {G}"),
            # 2. warm-up
            *(f"read {F}", f"read {G}", "say warming up"),
            *(f"drive {F} hello closed.c32", f"drive {G} hello closed.c32"),
            # 3. check that the Date has moved, reset the peak counters
            *(f"ask {F}", f"reset peak of {F}", f"ask {G}", f"reset peak of {G}"),
            # 4. closed load
            *(f"read {F}", f"read {G}", "say closed"),
            *(f"drive {F} hello closed.c32", f"drive {G} hello closed.c32"),
            *(f"drive {G} hello closed.c32", f"drive {F} hello closed.c32"),
            *(f"read {F}", f"read {G}"),
            # 5. open load
            *(f"read {F}", f"read {G}", "say open"),
            *(f"drive {G} hello open.r500", f"drive {F} hello open.r500"),
            *(f"read {F}", f"read {G}"),
            # 6. memory, then the end: connections are closed first
            *(f"read {F}", f"read {G}", "disconnect", f"stop {G}", f"stop {F}"),
        ]

    def test_every_instance_but_the_last_is_stopped_before_the_next_start(self) -> None:
        scene = Scene()
        scene.run(replace(PLAN, order=(GIN,), cold_starts=2, discarded_starts=1))
        start = [f"create {G}", f"start {G}", f"ask {G}"]
        assert scene.events()[:12] == [f"say starting {G}", *start, f"stop {G}", *start, f"stop {G}", *start]

    def test_uncached_starts_come_before_all_others_and_the_page_cache_is_dropped_before_each(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scene = Scene()
        monkeypatch.setattr(pagecache, "drop", lambda: scene.journal.append("drop the page cache"))
        trials = scene.run(replace(PLAN, uncached_starts=2))
        once = {
            name: ["drop the page cache", f"create {name}", f"start {name}", f"ask {name}", f"stop {name}"]
            for name in (F, G)
        }
        first = [
            f"say starting {F} from the disk",
            *once[F],
            *once[F],
            f"say starting {G} from the disk",
            *once[G],
            *once[G],
        ]
        assert scene.events()[: len(first) + 1] == [*first, f"say starting {F}"]
        for trial in trials.values():
            found = [one for one in trial.measurements if one.metric.startswith("cold_start")]
            assert Counter(one.metric for one in found)["cold_start_uncached.ready"] == 2
            assert Counter(one.metric for one in found)["cold_start.ready"] == 1

    def test_the_answers_are_verified_before_any_load(self) -> None:
        """The last instance gets 1 request from the poller, 21 first requests, 7 to verify, and 1 for its Date."""
        scene = Scene()
        scene.run()
        before = scene.journal[: scene.journal.index("say warming up")]
        assert (before.count(f"ask {G}"), scene.journal.count(f"ask {G}")) == (29, 30)

    def test_the_random_values_of_verification_differ_between_blocks_and_targets(self) -> None:
        requested = []
        for plan in (PLAN, PLAN, replace(PLAN, seed=6)):
            scene = Scene()
            scene.run(plan)
            requested += [
                [request.path for request in one.server.requests if "hello" in request.path]
                for one in scene.runtime.instances
            ]
        assert [len(paths) for paths in requested] == [1] * 6
        assert requested[:2] == requested[2:4]
        assert len({path for (path,) in requested}) == 4

    def test_slices_are_driven_in_planned_order_at_the_targets_urls(self) -> None:
        scene = Scene()
        scene.run()
        assert scene.generator.slices == [part for one in BATCHES for part in one.slices]
        assert scene.observer.results == [(part, driven(part)) for part in scene.generator.slices]
        urls = {instance.subject: {instance.url} for instance in scene.runtime.instances}
        assert scene.generator.urls == urls
        assert [set(closed) for closed in scene.generator.disconnected] == [urls[FLASK] | urls[GIN]]

    def test_the_event_of_a_batch_has_its_number_of_slices_and_the_event_of_a_start_has_0(self) -> None:
        scene = Scene()
        scene.run()
        starts = [(f"starting {F}", 0), (f"starting {G}", 0)]
        assert scene.observer.begun == [*starts, ("warming up", 2), ("closed", 4), ("open", 2)]

    def test_a_target_without_slices_in_a_batch_is_not_read(self) -> None:
        """The null target is driven only with closed load."""
        scene = Scene()
        closed, opened = (batch("closed", CLOSED, (FLASK, NULL)), batch("open", OPEN, (FLASK,)))
        trials = scene.run(replace(PLAN, order=(FLASK, NULL), batches=(closed, opened)))
        place = scene.journal.index("say open")
        assert scene.journal[place - 1 : place + 4] == [
            f"read {F}",
            "say open",
            f"drive {F} hello open.r500",
            f"read {F}",
            f"read {F}",
        ]
        assert trials[NULL].failure is None
        assert {part.plan.load for part in trials[NULL].slices} == {CLOSED}

    def test_a_target_is_watched_for_restraints_from_its_verification_until_it_is_stopped(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scene = Scene()
        for verb in ("begin", "end"):
            monkeypatch.setattr(Restraints, verb, lambda _, pid, verb=verb: scene.journal.append(f"{verb} {pid}"))
        scene.run()
        begin, end = f"begin {os.getpid()}", f"end {os.getpid()}"
        around = [pair for pair in pairwise(scene.events()) if {begin, end} & set(pair)]
        assert around == [
            *((f"read {F}", begin), (begin, f"say starting {G}")),
            *((f"read {G}", begin), (begin, f"read {F}")),
            *(("disconnect", end), (end, f"stop {G}"), (f"stop {G}", end), (end, f"stop {F}")),
        ]


class TestTheTrials:
    def test_trials_are_in_the_order_of_their_starts(self) -> None:
        trials = Scene().run(replace(PLAN, order=(GIN, FLASK)))
        assert [(trial.subject, trial.block, trial.position) for trial in trials.values()] == [
            (GIN, 4, 0),
            (FLASK, 4, 1),
        ]
        assert all(trial.failure is None for trial in trials.values())

    def test_each_timed_start_is_measured_and_no_discarded_start(self) -> None:
        trial = Scene().run(replace(PLAN, order=(GIN,), cold_starts=2, discarded_starts=3))[GIN]
        metrics = [one.metric for one in trial.measurements if one.metric.startswith("cold_start")]
        steps = ["cold_start.create", "cold_start.start", "cold_start.ready"] * 2
        assert metrics == [*steps, "cold_start.first_request", "cold_start.next_requests"]

    def test_the_first_requests_come_after_the_last_start_and_before_verification(self) -> None:
        scene = Scene()
        scene.run(replace(PLAN, order=(GIN,), cold_starts=2))
        first, last = ([request.path for request in one.server.requests] for one in scene.runtime.instances)
        assert first == ["/"]
        assert last[:24] == ["/"] * (1 + 21 + 1) + ["/json"]

    def test_a_wrong_answer_to_a_first_request_leaves_absences_and_no_failure(self) -> None:
        paths = Counter[str]()

        def one_wrong(request: Request) -> Reply | None:
            paths[request.path] += 1
            return text("not yet") if paths["/"] == 5 else right_answer(request)

        trial = Scene({GIN: Script(one_wrong)}).run()[GIN]
        why = "not all of its first 21 requests were answered correctly"
        assert trial.failure is None
        assert trial.absences[:2] == (
            Absence("cold_start.first_request", Unit.SECOND, why),
            Absence("cold_start.next_requests", Unit.SECOND, why),
        )

    def test_throughput_and_cpu_time_are_those_of_the_batch_only(self) -> None:
        """The readings are: idle, before warm-up, 2 s before and 2.1 s after the closed batch, and so on."""
        cpu_s = (0.0, 1.0, 2.0, 2.1, 3.0, 4.0, 5.0)
        trial = Scene({GIN: Script(readings=map(reading, cpu_s))}).run()[GIN]
        assert values(trial, "throughput") == {"throughput.closed.c32": 100.0}
        assert values(trial, "cpu") == {"cpu_per_request.closed.c32": pytest.approx(0.1 / 40, rel=1e-12)}
        (rate,) = [one for one in trial.measurements if one.metric == "throughput.closed.c32"]
        assert (rate.unit, rate.scenario, rate.bound) == (Unit.PER_SECOND, "hello", Bound.NEITHER)

    def test_memory_is_read_before_load_and_at_the_end_of_load(self) -> None:
        memory = [reading(memory_bytes=number, peak_bytes=100 + number) for number in range(7)]
        trial = Scene({GIN: Script(readings=iter(memory))}).run()[GIN]
        assert values(trial, "memory.") == {"memory.idle": 0, "memory.loaded": 6, "memory.peak": 106}

    def test_resident_sizes_are_read_beside_the_memory_in_both_runtimes(self) -> None:
        for metering in Metering:
            scene = Scene({GIN: Script(resident=Resident(123, 456))})
            scene.runtime.metering = metering
            found = values(scene.run()[GIN], "memory_rss")
            assert found == {"memory_rss.idle": 123, "memory_rss.loaded": 123, "memory_rss.peak": 456}

    def test_names_of_memory_and_starts_come_from_the_runtimes_metering(self) -> None:
        scene = Scene()
        scene.runtime.metering = Metering.PROCESSES
        trial = scene.run()[GIN]
        metrics = [one.metric for one in trial.measurements if one.metric.startswith(("memory", "process", "cold"))]
        starts = [f"process_start.{step}" for step in ("ready", "first_request", "next_requests")]
        assert [one for one in metrics if "_rss" not in one] == [
            *starts,
            "memory_pss.idle",
            "memory_pss.loaded",
            "memory_pss.peak",
        ]

    def test_a_peak_that_could_not_be_reset_has_a_warning(self) -> None:
        trials = Scene({GIN: Script(can_reset_peak=False)}).run()
        (gin,), (flask,) = (
            [one for one in trials[subject].measurements if one.metric == "memory.peak"] for subject in (GIN, FLASK)
        )
        assert gin.warnings == ("the kernel can't reset the mark, so the peak counts from the start",)
        assert flask.warnings == ()

    def test_latencies_are_distributions_and_no_measurements(self) -> None:
        """A percentile of a run comes from all its blocks."""
        trial = Scene().run()[GIN]
        assert values(trial, "latency") == {}
        assert {one.span for one in trial.distributions} == {Span.SERVICE, Span.RESPONSE, Span.LATENESS}

    def test_errors_without_wrong_answers_leave_absences_and_no_failure(self) -> None:
        def drive(part: Slice) -> SliceResult:
            right = driven(part)
            hit = part.subject == GIN and part.load == CLOSED
            errors = {"errors": {"timeout": 2}, "verified": right.sent - 2, "first_error": "timeout: late"}
            return replace(right, **errors) if hit else right  # type: ignore[arg-type]

        trials = Scene(drive=drive).run()
        assert trials[GIN].failure is None
        why = "4 of 40 requests failed (4 timeout)"
        assert trials[GIN].absences[:2] == (
            Absence("throughput.closed.c32", Unit.PER_SECOND, why, "hello"),
            Absence("cpu_per_request.closed.c32", Unit.SECOND, why, "hello"),
        )
        assert values(trials[FLASK], "throughput") == {"throughput.closed.c32": 100.0}

    def test_counted_slices_are_stored_without_histograms_which_are_merged_into_distributions(self) -> None:
        trial = Scene().run()[GIN]
        assert [part.plan for part in trial.slices] == [
            part for one in BATCHES[1:] for part in one.slices if part.subject == GIN
        ]
        assert {(part.result.service, part.result.response, part.result.lateness) for part in trial.slices} == {
            (None, None, None)
        }
        counts = {(one.load, one.span): Histogram.from_text(one.histogram).count for one in trial.distributions}
        assert counts == {
            (CLOSED, Span.SERVICE): 32,
            (OPEN, Span.SERVICE): 16,
            (OPEN, Span.RESPONSE): 16,
            (OPEN, Span.LATENESS): 16,
        }

    def test_endpoints_are_stored_without_histograms_and_windows_unchanged(self) -> None:
        def drive(order: Slice) -> SliceResult:
            result = driven(order)
            endpoint = EndpointResult(
                result.sent, result.verified, {}, result.service, result.response, result.lateness
            )
            return replace(result, endpoints={"GET /": endpoint}, windows=(Window(result.verified, 0),))

        trial = Scene(drive=drive).run()[GIN]
        assert {part.result.windows for part in trial.slices} == {(Window(20, 0),)}
        assert [part.result.endpoints for part in trial.slices] == [{"GET /": EndpointResult(20, 20, {})}] * 3

    def test_every_metric_of_a_trial_is_found_once(self) -> None:
        trial = Scene().run()[GIN]
        found: list[Measurement | Absence] = [*trial.measurements, *trial.absences]
        assert len({one.metric for one in found}) == len(found) == 3 + 2 + 6 + 2


@pytest.mark.parametrize("starts", [1, 3])
def test_how_a_target_ends_is_noted_once_and_is_no_failure(starts: int) -> None:
    ended = "after SIGTERM it exited with code 2 instead of code 0"
    trials = Scene({FLASK: Script(ends=ended)}).run(replace(PLAN, cold_starts=starts))
    assert (trials[FLASK].failure, trials[FLASK].notes) == (None, (ended,))
    assert trials[GIN].notes == ()
