"""Limits of a target: the outcome of an attempt, the result of a search in a block, and its effect on the rest."""

import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from harness.measure import limits
from harness.measure.limits import AT_LEAST, Limit, SearchPlan, keeps_up, most_connections, run_search
from harness.measure.responses import ResponseTime
from harness.model import (
    Absence,
    Attempt,
    Bound,
    DrivenSlice,
    ErrorKind,
    Load,
    LoadKind,
    Measurement,
    Slice,
    SliceResult,
    Stage,
    Subject,
    Trial,
)
from harness.units import Unit
from tests.fakes import Script, driven, driven_wrongly, histogram_of
from tests.measure.scene import CLOSED, PLAN, Scene, batch
from tests.trials import FLASK, GIN

if TYPE_CHECKING:
    from harness.load.generator import LoadGenerator

RATE = SearchPlan(Limit.RATE, "hello", (FLASK, GIN), 0.025, 1024, 1.2, 0.2, "7:0:rate")
CONNECTIONS = replace(RATE, limit=Limit.CONNECTIONS, objective_p99_s=0.1)


def an_attempt(load: Load, p99_s: float, *, samples: int = 400) -> SliceResult:
    result = driven(Slice(0, GIN, "hello", load, 1.2, 0.2, seed=1), rate_per_s=samples / 1.2)
    text = histogram_of([p99_s] * samples)
    return replace(result, service=text, response=text if load.kind is LoadKind.POISSON else None)


def limited(slowest: dict[Subject, float]) -> Callable[[Slice], SliceResult]:
    """Return a function that drives slices: attempts hold up to a level of each target, and the peaks are 100/s."""

    def drive(part: Slice) -> SliceResult:
        if part.timeout_s != 1.0:  # not an attempt
            return driven(part)
        level = part.load.rate_per_s or part.load.connections
        return an_attempt(part.load, 0.01 if level <= slowest[part.subject] else 0.2)

    return drive


def searching(scene: Scene, *searches: SearchPlan) -> dict[Subject, Trial]:
    return scene.run(replace(PLAN, batches=PLAN.batches[:2], searches=searches))


def found(trial: Trial) -> Measurement | Absence:
    all_found: tuple[Measurement | Absence, ...] = (*trial.measurements, *trial.absences)
    (one,) = [one for one in all_found if one.metric in set(Limit)]
    return one


KEPT_UP = {"p99_s": 0.02, "planned": 1000, "verified": 1000, "lasted_s": 1.0, "drained_s": 0.01}


def endures(plan: SearchPlan, load: float, lasts_s: float | None = None) -> bool:
    """Return whether an attempt holds at `load` times the capacity of a target of 1,000/s; arrivals are constant."""
    lasts_s = lasts_s or plan.attempt(0, GIN, 1000.0 * load, 1000.0, seed=1).duration_s
    due_s = np.arange(round(lasts_s * 1000.0 * load)) / (1000.0 * load)
    order = np.arange(len(due_s))
    done_s = np.maximum.accumulate(due_s - order / 1000.0) + (order + 1) / 1000.0
    return keeps_up(
        plan.objective_p99_s,
        p99_s=float(np.quantile((done_s - due_s)[due_s >= plan.discard_s], 0.99)),
        planned=len(due_s),
        verified=len(due_s),
        lasted_s=lasts_s,
        drained_s=float(done_s[-1]) - lasts_s,
    )


class TestAnOpenAttempt:
    @pytest.mark.parametrize(
        ("changes", "holds"),
        [
            ({}, True),
            ({"p99_s": 0.025}, True),
            ({"p99_s": 0.0251}, False),
            ({"p99_s": None}, False),
            ({"verified": 999}, True),
            ({"verified": 998}, False),
            ({"drained_s": 0.035}, True),
            ({"drained_s": 0.036}, False),
            ({"verified": 0, "planned": 0, "p99_s": None}, False),
        ],
    )
    def test_it_holds_only_within_the_objective_for_latency_errors_and_rate(
        self, changes: dict[str, float | None], *, holds: bool
    ) -> None:
        assert keeps_up(0.025, **{**KEPT_UP, **changes}) == holds  # type: ignore[arg-type]


class TestAnAttemptOfConnections:
    @pytest.mark.parametrize(
        ("p99_s", "samples", "holds"), [(0.099, 400, True), (0.1, 400, False), (0.099, 399, False)]
    )
    def test_it_holds_only_with_enough_samples_and_a_p99_below_100_ms(
        self, p99_s: float, samples: int, *, holds: bool
    ) -> None:
        part = CONNECTIONS.attempt(0, GIN, 64, 1000.0, seed=1)
        assert CONNECTIONS.holds(DrivenSlice(part, an_attempt(part.load, p99_s, samples=samples))) == holds

    def test_it_does_not_hold_with_one_error(self) -> None:
        part = CONNECTIONS.attempt(0, GIN, 64, 1000.0, seed=1)
        right = an_attempt(part.load, 0.01, samples=100_000)
        assert CONNECTIONS.holds(DrivenSlice(part, right))
        assert not CONNECTIONS.holds(DrivenSlice(part, replace(right, errors={ErrorKind.RESET: 1})))


class TestTheDurationOfAnAttempt:
    def test_it_is_that_of_the_profile_or_longer_where_samples_would_be_too_few(self) -> None:
        assert RATE.attempt(0, GIN, 5000.0, 9000.0, seed=1).duration_s == pytest.approx(2.7)
        assert RATE.attempt(0, GIN, 100.0, 9000.0, seed=1).duration_s == pytest.approx(5.2)
        assert CONNECTIONS.attempt(0, GIN, 64, 9000.0, seed=1).duration_s == pytest.approx(1.2)
        assert CONNECTIONS.attempt(0, GIN, 64, 100.0, seed=1).duration_s == pytest.approx(5.2)

    @pytest.mark.parametrize(
        ("objective_p99_s", "slice_s", "lasts_s"), [(0.025, 1.2, 2.7), (0.1, 1.2, 10.2), (0.025, 4.0, 4.0)]
    )
    def test_an_attempt_at_a_rate_is_long_enough_to_show_a_rate_that_is_one_percent_too_high(
        self, objective_p99_s: float, slice_s: float, lasts_s: float
    ) -> None:
        plan = replace(RATE, objective_p99_s=objective_p99_s, slice_s=slice_s)
        assert plan.least_s == pytest.approx(lasts_s)
        assert not endures(plan, 1.01)
        assert endures(plan, 0.99)
        assert endures(plan, 1.01, lasts_s=0.9 * objective_p99_s / 0.01), "a shorter attempt does not show it"


class TestASearchInABlock:
    def test_it_comes_last_in_a_block_after_memory_is_read(self) -> None:
        scene = Scene(drive=limited({FLASK: 50.0, GIN: 90.0}))
        searching(scene, RATE)
        events = scene.events()
        began = events.index("say searching rate.slo")
        assert events[began - 1].startswith("read ")
        rest = [event for event in events[began + 1 :] if not event.startswith("drive ")]
        assert rest == ["disconnect", "stop gin_app:release", "stop flask_app:gthread"]

    def test_each_target_has_its_own_limit(self) -> None:
        trials = searching(Scene(drive=limited({FLASK: 50.0, GIN: 90.0})), RATE)
        for subject, limit in ((FLASK, 50.0), (GIN, 90.0)):
            one = found(trials[subject])
            assert isinstance(one, Measurement)
            assert (one.metric, one.unit, one.scenario, one.bound) == ("rate.slo", Unit.PER_SECOND, "hello", None)
            assert limit / 1.03 <= one.value <= limit
        assert len(trials[GIN].slices) == 2, "attempts are not stored as slices"

    def test_its_attempts_alternate_between_the_targets_and_are_stored(self) -> None:
        scene = Scene(drive=limited({FLASK: 50.0, GIN: 90.0}))
        trials = searching(scene, RATE)
        attempts = [part.subject for part in scene.generator.slices if part.timeout_s == 1.0]
        assert all({*pair} == {FLASK, GIN} for pair in zip(attempts[:20:2], attempts[1:20:2], strict=True))
        assert len(trials[FLASK].attempts) == attempts.count(FLASK)
        first = trials[FLASK].attempts[0]
        assert (first.metric, first.driven.plan.load.rate_per_s, first.holds) == ("rate.slo", 60.0, False)
        assert first.p99_s == pytest.approx(0.2, rel=1e-3)
        assert first.driven.result.response is None

    def test_if_the_largest_number_of_connections_holds_the_result_is_a_lower_bound(self) -> None:
        trials = searching(Scene(drive=limited({FLASK: 200, GIN: 5000})), CONNECTIONS)
        most = found(trials[GIN])
        assert most == Measurement(
            "connections.practical", Unit.ONE, 1024, "hello", Bound.GENERATOR, warnings=(AT_LEAST,)
        )
        few = found(trials[FLASK])
        assert isinstance(few, Measurement)
        assert 200 / 1.05 <= few.value <= 200

    def test_a_limit_with_a_busy_generator_is_a_lower_bound(self) -> None:
        drive = limited({FLASK: 50.0, GIN: 90.0})
        trials = searching(Scene(drive=lambda part: replace(drive(part), utilisation=0.9)), RATE)
        one = found(trials[GIN])
        assert isinstance(one, Measurement)
        assert one.bound is Bound.GENERATOR

    def test_if_no_level_holds_the_result_is_an_absence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "LONGEST_SEARCH_S", 1_000.0)
        one = found(searching(Scene(drive=limited({FLASK: 0.0, GIN: 90.0})), RATE)[FLASK])
        assert isinstance(one, Absence)
        assert one.reason == "even the least level that is tried, 3.75, does not hold"

    def test_a_target_without_a_peak_has_an_absence_and_the_others_are_searched(self) -> None:
        def drive(part: Slice) -> SliceResult:
            if part.subject == GIN and part.load == CLOSED:
                return driven_wrongly(part, ErrorKind.TIMEOUT)
            return limited({FLASK: 50.0, GIN: 90.0})(part)

        trials = searching(Scene(drive=drive), RATE)
        one = found(trials[GIN])
        assert isinstance(one, Absence)
        assert one.reason == "its peak has no number to begin from"
        assert trials[GIN].failure is None
        assert isinstance(found(trials[FLASK]), Measurement)

    def test_a_target_that_ends_during_the_search_has_failed_under_load(self) -> None:
        script = Script()

        def drive(part: Slice) -> SliceResult:
            script.is_alive = script.is_alive and part.timeout_s != 1.0
            return limited({FLASK: 50.0, GIN: 90.0})(part)

        trials = searching(Scene({GIN: script}, drive), RATE)
        failure = trials[GIN].failure
        assert failure is not None
        assert failure.stage is Stage.LOAD
        told = "the target broke down (gin_app:release, hello at open.r90.5499): it died in the script. Correct"
        assert failure.message.startswith(told)
        assert trials[FLASK].failure is None


class TestOpenFiles:
    SLICES = (*batch("a", CLOSED, (FLASK, GIN)).slices, *batch("b", Load(LoadKind.CLOSED, 8), (FLASK, GIN)).slices)

    @pytest.mark.parametrize(
        ("files", "most"),
        [(resource.RLIM_INFINITY, 1024), (100_000, 1024), (1128, 500), (1129, 500), (1130, 501), (10, 1)],
    )
    def test_the_limit_of_open_files_is_divided_between_the_targets(
        self, monkeypatch: pytest.MonkeyPatch, files: int, most: int
    ) -> None:
        """64 files are kept for other things, and 32 connections to each target are already open."""
        monkeypatch.setattr(resource, "getrlimit", lambda _what: (64, files))
        assert most_connections(self.SLICES, (FLASK, GIN)) == most


class Searched:
    """Target with a peak, whose answers always keep the objective up to half of it."""

    def __init__(self, peak_per_s: float) -> None:
        self.subject, self.url = GIN, "http://127.0.0.1:1"
        self.peak_per_s = peak_per_s
        self.found: Measurement | Absence | None = None
        self.lasted_s: list[float] = []
        self.connections: dict[float, int] = {}

    def peak(self, scenario: str) -> Measurement:
        return Measurement("throughput.closed.c8", Unit.PER_SECOND, self.peak_per_s, scenario)

    def end_search(self, found: Measurement | Absence, attempts: Sequence[Attempt]) -> None:
        self.found, self.lasted_s = found, [one.driven.plan.duration_s for one in attempts]

    def run(self, slices: Sequence[Slice], _urls: Mapping[Subject, str]) -> Iterator[SliceResult]:
        for part in slices:
            level = part.load.rate_per_s or 0.0
            self.connections[level] = part.load.connections
            yield an_attempt(part.load, 0.01 if level < self.peak_per_s / 2 else 0.2)

    def sliced(self, plan: Slice, result: SliceResult) -> None:
        pass


class TestTheTimeOfASearch:
    def searched(self, peak_per_s: float) -> Searched:
        target = Searched(peak_per_s)
        run_search(replace(RATE, subjects=(GIN,)), [target], cast("LoadGenerator", target), target)
        return target

    def test_a_target_so_slow_that_no_search_ends_in_time_is_not_searched(self) -> None:
        target = self.searched(2.0)
        assert target.lasted_s == []
        assert isinstance(target.found, Absence)
        assert target.found.reason == ("the search would last longer than 300 s: an attempt at 1.20 req/s lasts 417 s")

    def test_a_search_ends_where_the_next_attempt_would_exceed_the_time(self) -> None:
        target = self.searched(40.0)
        assert 200 < sum(target.lasted_s) <= 300
        assert isinstance(target.found, Absence)
        assert target.found.reason.startswith("the search would last longer than 300 s: an attempt at ")

    def test_a_usual_search_has_its_number_long_before(self) -> None:
        target = self.searched(20_000.0)
        assert isinstance(target.found, Measurement)
        assert sum(target.lasted_s) < 100


def test_attempts_at_a_rate_have_as_many_connections_as_slow_answers_take() -> None:
    """Over 64 connections a handler that waits for 20 ms answers 3,200/s at most, whatever it could do."""
    learnt = {(GIN, "hello", Load(LoadKind.CLOSED, connections)): ResponseTime.equal(0.02) for connections in (1, 256)}
    target = Searched(8_000.0)
    run_search(replace(RATE, subjects=(GIN,)), [target], cast("LoadGenerator", target), target, learnt)
    assert target.connections[4800.0] == 136  # 96 in flight, and four standard deviations of 9.8
    assert max(target.connections.values()) <= 256
