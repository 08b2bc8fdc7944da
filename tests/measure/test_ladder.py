"""The ladder: rates that are shares of a target's own peak, its CPU time at each, and the floor of its latency."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.histogram import Histogram
from harness.measure.ladder import Ladder, OwnRate, floor_of, peak_of, warnings_about
from harness.model import Absence, Bound, DrivenSlice, ErrorKind, Load, LoadKind, Measurement, Slice, Span
from harness.units import Unit
from tests.fakes import driven, histogram_of
from tests.trials import FLASK, GIN, NULL

CONTROL = replace(FLASK, is_control=True)
OWN = OwnRate("hello", 0.6, ((GIN, 11), (FLASK, 11), (CONTROL, 11)), connections=64, slice_s=1.2, discard_s=0.2)


def at(rate_per_s: float, share: float, *, lasts_s: float = 2.0, errors: int = 0) -> DrivenSlice:
    plan = Slice(0, GIN, "hello", Load(LoadKind.POISSON, 64, rate_per_s, share), lasts_s, 0.2, seed=1)
    result = driven(plan, rate_per_s=rate_per_s)
    return DrivenSlice(plan, replace(result, errors={ErrorKind.TIMEOUT: errors} if errors else {}))


class TestTheSlices:
    def test_each_target_is_driven_at_a_share_of_its_own_peak(self) -> None:
        slices = OWN.slices({GIN: 20_001.0, FLASK: 1500.0, CONTROL: 1600.0})
        assert [(part.number, part.subject, part.load.rate_per_s, part.seed) for part in slices] == [
            (0, GIN, 12_000.0, 11),
            (1, FLASK, 900.0, 11),
            (2, CONTROL, 960.0, 11),
        ]
        assert {(part.load.kind, part.load.connections, part.load.share) for part in slices} == {
            (LoadKind.POISSON, 64, 0.6)
        }
        assert {(part.duration_s, part.discard_s) for part in slices} == {(1.2, 0.2)}

    def test_the_null_target_follows_each_contestant_with_its_load_and_its_arrivals(self) -> None:
        own = replace(OWN, null=NULL)
        slices = own.slices({GIN: 20_001.0, FLASK: 1500.0, CONTROL: 1600.0})
        assert [(part.number, part.subject, part.load.rate_per_s, part.seed) for part in slices] == [
            (0, GIN, 12_000.0, 11),
            (1, NULL, 12_000.0, 11),
            (2, FLASK, 900.0, 11),
            (3, NULL, 900.0, 11),
            (4, CONTROL, 960.0, 11),
        ]
        assert own.subjects == tuple(part.subject for part in slices)

    def test_a_target_without_a_peak_has_no_slices_and_an_absence_of_every_number(self) -> None:
        assert [(part.number, part.subject) for part in OWN.slices({FLASK: 1500.0})] == [(0, FLASK)]
        absences = OWN.absences("why")
        assert [one.metric for one in absences] == [
            *(f"latency.own60.{quantile}" for quantile in ("p50", "p90", "p99", "p999")),
            "cpu_load.own60",
        ]
        assert absences[0] == Absence("latency.own60.p50", Unit.SECOND, "why", "hello")
        assert absences[-1] == Absence("cpu_load.own60", Unit.SECOND_PER_SECOND, "why", "hello")

    def test_its_title_has_the_scenario_and_the_share_in_per_cent(self) -> None:
        assert [replace(OWN, share=share).title for share in (0.6, 0.125)] == ["hello, own60", "hello, own12.5"]


class TestThePeak:
    def test_it_is_the_largest_closed_level_of_the_scenario(self) -> None:
        rates = [("closed.c8", 90.0, "hello"), ("closed.c32", 95.0, "hello"), ("closed.c32", 99.0, "json_body")]
        found = [Measurement(f"throughput.{load}", Unit.PER_SECOND, rate, name) for load, rate, name in rates]
        failed = Absence("throughput.closed.c64", Unit.PER_SECOND, "3 of 4 requests failed", "hello")
        assert peak_of([*found, failed], "hello") == found[1]
        assert peak_of([failed], "hello") is None

    @pytest.mark.parametrize(
        ("bound", "warnings"),
        [
            (
                Bound.GENERATOR,
                ("the generator was the limit of its peak, so this is less than 30 % of what the target can do",),
            ),
            (Bound.TARGET, ()),
        ],
    )
    def test_a_share_of_a_peak_that_is_a_lower_bound_has_a_warning(
        self, bound: Bound, warnings: tuple[str, ...]
    ) -> None:
        peak = Measurement("throughput.closed.c8", Unit.PER_SECOND, 1.0, "hello", bound)
        assert warnings_about(peak, 0.3) == warnings
        assert warnings_about(None, 0.3) == ()


class TestTheCpuTime:
    def test_at_rest_it_is_cpu_seconds_per_second(self) -> None:
        assert Ladder().rest(0.02, 5.0) == Measurement("cpu_load.idle", Unit.SECOND_PER_SECOND, 0.004)

    def test_a_rest_without_cpu_time_is_an_absence_with_its_length(self) -> None:
        why = "it used no CPU time in a rest of 5 s"
        assert Ladder().rest(0.0, 5.0) == Absence("cpu_load.idle", Unit.SECOND_PER_SECOND, why)

    @given(
        at_rest=st.floats(0, 1),
        rest_s=st.floats(0.5, 5),
        cost_s=st.floats(1e-6, 1),
        requests=st.integers(1, 100_000),
        elsewhere_s=st.floats(0, 100),
    )
    def test_a_batch_leaves_the_cost_of_its_requests_for_any_number_of_other_targets(
        self, at_rest: float, rest_s: float, cost_s: float, requests: int, elsewhere_s: float
    ) -> None:
        ladder = Ladder()
        ladder.rest(at_rest * rest_s, rest_s)
        cpu_s = requests * cost_s + at_rest * elsewhere_s
        assert ladder.without_rest(cpu_s, elsewhere_s) == pytest.approx(requests * cost_s, abs=1e-9, rel=1e-9)

    def test_at_a_step_it_is_that_of_the_loaded_time_without_what_the_target_uses_at_rest_elsewhere(self) -> None:
        """In a batch of 12 s the target has load for 4 s: 0.48 s of CPU time, of which 8 s at rest took 0.08 s."""
        ladder = Ladder()
        ladder.rest(0.05, 5.0)
        found = ladder.step([at(100.0, 0.1), at(100.0, 0.1)], 0.48, 8.0, ("read with care",))
        assert isinstance(found, Measurement)
        assert (found.metric, found.unit, found.scenario) == ("cpu_load.own10", Unit.SECOND_PER_SECOND, "hello")
        assert found.warnings == ("read with care",)
        assert found.value == pytest.approx(0.1)

    def test_a_step_with_errors_or_without_an_answer_is_an_absence(self) -> None:
        one = at(900.0, 0.9)
        silent = replace(one, result=replace(one.result, verified=0))
        found = [Ladder().step([part], 1.0, 0.0) for part in (at(900.0, 0.9, errors=9), silent)]
        assert found == [
            Absence("cpu_load.own90", Unit.SECOND_PER_SECOND, "9 of 1,800 requests failed (9 timeout)", "hello"),
            Absence("cpu_load.own90", Unit.SECOND_PER_SECOND, "no request was answered", "hello"),
        ]

    def test_a_step_with_less_cpu_time_than_the_rest_is_an_absence(self) -> None:
        ladder = Ladder()
        ladder.rest(0.5, 5.0)
        why = "the kernel counted no more CPU time than at rest"
        assert ladder.step([at(10.0, 0.1)], 0.2, 2.0) == Absence("cpu_load.own10", Unit.SECOND_PER_SECOND, why, "hello")

    def test_the_slope_is_that_of_the_line_through_rest_and_steps(self) -> None:
        """0.01 s a second at rest, and 150 µs more for each request."""
        ladder = Ladder()
        ladder.rest(0.05, 5.0)
        for share, rate_per_s in ((0.9, 900.0), (0.1, 100.0), (0.6, 600.0)):
            cpu_s = 2.0 * (0.01 + 150e-6 * rate_per_s) + 0.01 * 8.0
            ladder.step([at(rate_per_s, share)], cpu_s, 8.0)
        found = ladder.slope("hello")
        assert isinstance(found, Measurement)
        assert (found.metric, found.unit, found.scenario) == ("cpu_per_request.ladder", Unit.SECOND, "hello")
        assert found.value == pytest.approx(150e-6)

    def test_a_step_with_errors_is_left_out_of_the_slope(self) -> None:
        ladder = Ladder()
        for share in (0.1, 0.3, 0.6):
            ladder.step([at(1000 * share, share)], 2.0 * 0.1 * share, 0.0)
        ladder.step([at(900.0, 0.9, errors=1)], 2.0, 0.0)
        found = ladder.slope("hello")
        assert isinstance(found, Measurement)
        assert found.value == pytest.approx(100e-6)

    def test_a_slope_of_fewer_than_three_rates_is_an_absence(self) -> None:
        ladder = Ladder()
        ladder.rest(0.05, 5.0)
        ladder.step([at(100.0, 0.1)], 0.3, 0.0)
        why = "a slope needs 3 rates with a CPU time, and there are 2"
        assert ladder.slope("hello") == Absence("cpu_per_request.ladder", Unit.SECOND, why, "hello")
        assert isinstance(Ladder().slope("hello"), Absence)

    def test_a_slope_that_does_not_rise_is_an_absence(self) -> None:
        ladder = Ladder()
        for share in (0.1, 0.3, 0.6):
            ladder.step([at(1000 * share, share)], 1.0, 0.0)
        why = "its CPU time did not grow with the rate"
        assert ladder.slope("hello") == Absence("cpu_per_request.ladder", Unit.SECOND, why, "hello")


class TestTheFloor:
    def test_it_has_the_response_times_of_all_slices_of_the_null_target(self) -> None:
        first, second = at(100.0, 0.6), at(100.0, 0.6)
        slow = replace(second, result=replace(second.result, response=histogram_of([0.009])))
        (floor,) = floor_of([first, slow])
        assert (floor.scenario, floor.load, floor.span) == ("hello", first.plan.load, Span.FLOOR)
        histogram = Histogram.from_text(floor.histogram)
        assert histogram.count == 181
        assert histogram.quantile_s(1.0) == pytest.approx(0.009, rel=1e-3)

    def test_there_is_none_where_the_null_target_does_not_keep_up(self) -> None:
        one = at(4000.0, 0.6)
        due = histogram_of([0.001] * 7200)
        for answered, floors in ((7200, 1), (7070, 1), (7050, 0), (3600, 0)):
            slow = replace(one, result=replace(one.result, response=due, counted=answered))
            assert len(floor_of([slow])) == floors

    def test_there_is_none_without_slices_or_samples_or_if_a_request_failed(self) -> None:
        one = at(100.0, 0.6)
        assert floor_of([]) == ()
        assert floor_of([replace(one, result=replace(one.result, response=None))]) == ()
        assert floor_of([one, at(100.0, 0.6, errors=1)]) == ()
