"""The terms of a search and the slice of an attempt, to the number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.measure.limits import Limit, SearchPlan, p99_of
from harness.measure.search import Terms
from harness.model import DrivenSlice, ErrorKind, Load, LoadKind, Slice, SliceResult
from harness.units import Unit
from tests.fakes import driven, histogram_of
from tests.trials import FLASK, GIN

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

    def test_a_rate_is_per_second_and_a_number_of_connections_a_number(self) -> None:
        assert (RATE.unit, CONNECTIONS.unit) == (Unit.PER_SECOND, Unit.ONE)


class TestAttempts:
    def test_one_at_a_rate_is_open_load_over_64_connections(self) -> None:
        part = RATE.attempt(3, GIN, 450.0, 1000.0, seed=9)
        load = Load(LoadKind.POISSON, 64, 450.0)
        assert part == Slice(3, GIN, "hello", load, part.duration_s, 0.2, 9, 1.0)
        assert part.duration_s == pytest.approx(2.7)
        assert replace(RATE, most_connections=50).attempt(0, GIN, 450.0, 1000.0, seed=9).load.connections == 50

    def test_one_with_connections_is_closed_load_and_lasts_by_the_peak(self) -> None:
        part = CONNECTIONS.attempt(3, GIN, 96.0, 250.0, seed=9)
        assert part == Slice(3, GIN, "hello", Load(LoadKind.CLOSED, 96), part.duration_s, 0.2, 9, 1.0)
        assert part.duration_s == pytest.approx(0.2 + 1.25 * 400 / 250)

    def test_the_backlog_of_one_percent_too_much_decides_how_long_one_at_a_rate_lasts(self) -> None:
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

    def test_a_p99_at_the_objective_is_practical_no_more(self) -> None:
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

    def test_it_is_of_response_times_in_open_load_and_of_service_times_in_closed(self) -> None:
        assert p99_of(self.result(400, 500)) == pytest.approx(0.02, rel=1e-3)
        assert p99_of(self.result(400, None)) == pytest.approx(0.001, rel=1e-3)

    def test_it_takes_400_samples(self) -> None:
        assert p99_of(self.result(399, 500)) is None
        assert p99_of(replace(self.result(400, 500), response=None)) is None
