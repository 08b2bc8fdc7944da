"""The exact terms of a search and the exact slice of an attempt."""

from __future__ import annotations

import random
import resource
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.measure.limits import PRACTICAL_P99_S, Limit, SearchPlan, keeps_up, most_connections, p99_of, run_search
from harness.measure.search import Terms
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
    Subject,
)
from harness.units import Unit
from tests.fakes import driven, histogram_of
from tests.trials import FLASK, GIN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

RATE = SearchPlan(Limit.RATE, "hello", (FLASK, GIN), 0.025, 1024, 1.2, 0.2, "7:0:rate")
CONNECTIONS = replace(RATE, limit=Limit.CONNECTIONS, objective_p99_s=0.1)


class TestTerms:
    def test_a_rate_is_searched_from_60_percent_of_the_peak_to_a_sixteenth_of_that_and_to_twice_the_peak(self) -> None:
        assert RATE.terms(1000.0) == Terms(least=37.5, most=2000.0, start=600.0, grain=1.03)

    @pytest.mark.parametrize(("most", "start"), [(1024, 64), (65, 64), (64, 64), (63, 63), (1, 1)])
    def test_connections_are_searched_from_64_in_whole_numbers(self, most: int, start: int) -> None:
        assert replace(CONNECTIONS, most_connections=most).terms(1000.0) == Terms(
            least=1, most=most, start=start, grain=1.05, is_whole=True
        )

    def test_a_rate_has_the_unit_per_second_and_connections_have_no_unit(self) -> None:
        assert (RATE.unit, CONNECTIONS.unit) == (Unit.PER_SECOND, Unit.ONE)


class TestAttempts:
    def test_an_attempt_at_a_rate_is_open_load_over_64_connections(self) -> None:
        part = RATE.attempt(3, GIN, 450.0, 1000.0, seed=9)
        load = Load(LoadKind.POISSON, 64, 450.0)
        assert part == Slice(3, GIN, "hello", load, part.duration_s, 0.2, 9, 1.0)
        assert part.duration_s == pytest.approx(2.7)
        assert replace(RATE, most_connections=50).attempt(0, GIN, 450.0, 1000.0, seed=9).load.connections == 50

    def test_an_attempt_with_connections_is_closed_load_and_its_duration_depends_on_the_peak(self) -> None:
        part = CONNECTIONS.attempt(3, GIN, 96.0, 250.0, seed=9)
        assert part == Slice(3, GIN, "hello", Load(LoadKind.CLOSED, 96), part.duration_s, 0.2, 9, 1.0)
        assert part.duration_s == pytest.approx(0.2 + 1.25 * 400 / 250)

    def test_the_duration_of_an_attempt_at_a_rate_depends_on_the_backlog_of_a_rate_1_percent_too_high(self) -> None:
        assert RATE.least_s == pytest.approx(0.2 + 0.025 / 0.01)
        assert replace(RATE, slice_s=3.0).least_s == pytest.approx(3.0)
        assert CONNECTIONS.least_s == pytest.approx(1.2)


def an_attempt(response_s: float, *, samples: int, planned: int | None, wall_s: float = 2.7) -> DrivenSlice:
    plan = RATE.attempt(0, GIN, 450.0, 1000.0, seed=1)
    result = replace(
        driven(plan),
        planned=planned,
        verified=samples,
        errors={},
        wall_s=wall_s,
        service=histogram_of([0.001] * samples),
        response=histogram_of([response_s] * samples),
    )
    return DrivenSlice(plan, result)


class TestOutcomes:
    @pytest.mark.parametrize(
        ("wall_s", "holds"), [(2.7, True), (2.7 + 0.025 + 0.027, True), (2.7 + 0.025 + 0.03, False)]
    )
    def test_a_drain_longer_than_the_objective_counts_against_the_rate(self, wall_s: float, *, holds: bool) -> None:
        assert RATE.holds(an_attempt(0.01, samples=1215, planned=1215, wall_s=wall_s)) is holds

    @pytest.mark.parametrize(("planned", "holds"), [(1001, True), (1002, False)])
    def test_one_of_a_thousand_requests_may_fail(self, planned: int, *, holds: bool) -> None:
        assert RATE.holds(an_attempt(0.01, samples=1000 + (planned == 1001), planned=planned + 1)) is holds

    def test_without_a_planned_request_nothing_holds(self) -> None:
        one = an_attempt(0.01, samples=0, planned=0)
        assert not RATE.holds(one)

    def test_a_p99_at_the_objective_is_not_practical(self) -> None:
        def result(p99_s: float, errors: dict[ErrorKind, int]) -> DrivenSlice:
            one = an_attempt(0.01, samples=400, planned=None)
            return replace(one, result=replace(one.result, service=histogram_of([p99_s] * 400), errors=errors))

        assert CONNECTIONS.holds(result(0.0999, {}))
        assert not CONNECTIONS.holds(result(0.1, {}))
        assert not CONNECTIONS.holds(result(0.05, {ErrorKind.RESET: 1}))
        assert CONNECTIONS.holds(result(0.05, {ErrorKind.RESET: 0}))


class TestTheP99:
    def result(self, samples: int, planned: int | None) -> SliceResult:
        return an_attempt(0.02, samples=samples, planned=planned).result

    def test_the_p99_is_that_of_response_times_in_open_load_and_of_service_times_in_closed_load(self) -> None:
        assert p99_of(self.result(400, 500)) == pytest.approx(0.02, rel=1e-3)
        assert p99_of(self.result(400, None)) == pytest.approx(0.001, rel=1e-3)

    def test_the_p99_needs_400_samples(self) -> None:
        assert p99_of(self.result(399, 500)) is None
        assert p99_of(replace(self.result(400, 500), response=None)) is None


class TestKeepingUp:
    @pytest.mark.parametrize(("verified", "holds"), [(9990, True), (9989, False)])
    def test_ten_of_ten_thousand_requests_may_fail(self, verified: int, *, holds: bool) -> None:
        kept = keeps_up(0.025, p99_s=0.01, planned=10_000, verified=verified, lasted_s=1.0, drained_s=0.0)
        assert kept is holds

    @pytest.mark.parametrize(("drained_s", "holds"), [(1.25, True), (1.26, False)])
    def test_exactly_99_percent_of_the_rate_is_enough(self, drained_s: float, *, holds: bool) -> None:
        """The drain counts beyond the objective: 99 s of load are answered in 100 s."""
        kept = keeps_up(0.25, p99_s=0.01, planned=1000, verified=1000, lasted_s=99.0, drained_s=drained_s)
        assert kept is holds


def test_a_p99_is_practical_below_100_ms_and_an_attempt_is_as_short_as_the_profile_says() -> None:
    assert PRACTICAL_P99_S == 0.1
    assert replace(CONNECTIONS, slice_s=0.7).least_s == pytest.approx(0.7)


@pytest.mark.parametrize(("searched", "most"), [((), 936), ((GIN,), 936), ((FLASK, GIN), 468)])
def test_a_worker_keeps_64_of_its_files(
    monkeypatch: pytest.MonkeyPatch, searched: tuple[Subject, ...], most: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (64, 1000))
    assert most_connections((), searched) == most


class SearchedTarget:
    """Stands in for the trial of a target with a peak of 1,000/s."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.url = f"http://{subject.target}"
        self.found: Measurement | Absence | None = None
        self.attempts: Sequence[Attempt] = ()

    def peak(self, scenario: str) -> Measurement:
        return Measurement("throughput.closed.c32", Unit.PER_SECOND, 1000.0, scenario)

    def end_search(self, found: Measurement | Absence, attempts: Sequence[Attempt]) -> None:
        self.found, self.attempts = found, attempts


class SearchedLoad:
    """Stands in for the generator and for the observer; an attempt has the p99 that the function gives."""

    def __init__(self, p99_s: Callable[[Slice], float], utilisation: float = 0.1) -> None:
        self.rounds: list[Sequence[Slice]] = []
        self.observed: list[Slice] = []
        self._p99_s = p99_s
        self._utilisation = utilisation

    def run(self, slices: Sequence[Slice], urls: Mapping[Subject, str]) -> list[SliceResult]:
        assert urls == {part.subject: f"http://{part.subject.target}" for part in slices}
        self.rounds.append(slices)
        return [self._result(part) for part in slices]

    def _result(self, part: Slice) -> SliceResult:
        text = histogram_of([self._p99_s(part)] * 400)
        one = replace(driven(part), planned=400, verified=400, errors={}, wall_s=part.duration_s)
        return replace(one, service=text, response=text, utilisation=self._utilisation)

    def sliced(self, plan: Slice, result: SliceResult) -> None:
        assert result.number == plan.number
        self.observed.append(plan)


def searched(load: SearchedLoad, *subjects: Subject) -> list[SearchedTarget]:
    targets = [SearchedTarget(subject) for subject in subjects]
    run_search(RATE, targets, load, load)  # type: ignore[arg-type]  # of the generator it needs `run` alone
    return targets


class TestASearch:
    def test_targets_take_turns_in_random_order_and_a_round_has_one_seed(self) -> None:
        load = SearchedLoad(lambda _: 0.001)
        searched(load, FLASK, GIN)
        rng = random.Random(RATE.seed)  # noqa: S311 - an order, no secret
        for attempts in load.rounds:
            order = [FLASK, GIN]
            rng.shuffle(order)
            seed = rng.getrandbits(32)
            assert [(part.number, part.subject, part.seed) for part in attempts] == [
                (number, subject, seed) for number, subject in enumerate(order)
            ]
        assert len({attempts[0].subject for attempts in load.rounds}) == 2

    def test_every_attempt_is_observed_and_stored(self) -> None:
        load = SearchedLoad(lambda _: 0.001)
        (target,) = searched(load, GIN)
        assert load.observed == [part for attempts in load.rounds for part in attempts]
        assert [one.driven.plan for one in target.attempts] == load.observed
        assert all(one.holds for one in target.attempts)

    @pytest.mark.parametrize(("utilisation", "bound"), [(0.849, None), (0.85, Bound.GENERATOR)])
    def test_a_busy_generator_makes_the_level_a_lower_bound(self, utilisation: float, bound: Bound | None) -> None:
        """Up to 600/s everything holds and beyond it nothing."""
        load = SearchedLoad(lambda part: 0.001 if (part.load.rate_per_s or 0) <= 600 else 0.9, utilisation)
        (target,) = searched(load, GIN)
        assert isinstance(target.found, Measurement)
        assert (target.found.value, target.found.bound) == (600.0, bound)

    def test_outcomes_that_always_contradict_each_other_leave_no_number(self) -> None:
        """Half of them hold, whatever the level."""
        rng = random.Random(69)  # noqa: S311 - outcomes, no secret
        load = SearchedLoad(lambda _: rng.choice((0.001, 0.9)))
        (target,) = searched(load, GIN)
        assert isinstance(target.found, Absence)
        assert target.found.reason == "80 attempts contradicted each other"
        assert len(target.attempts) == 80
