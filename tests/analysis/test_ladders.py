"""Steps that were not kept up with, and slopes that differ from the CPU time per request."""

from dataclasses import replace

from harness.analysis.ladders import leave_out_overload, with_slope_warnings
from harness.analysis.series import Key, Series
from harness.analysis.summary import summarise
from harness.model import Absence, Measurement, Result
from harness.units import Unit
from tests.trials import FLASK, GIN, a_plan, a_stored_run, a_trial

PLAN = a_plan(FLASK, GIN)  # its headline has 32 connections
SLOPE, COST = "cpu_per_request.ladder", "cpu_per_request.closed.c32"


def a_result(metric: str, *numbers: float) -> Result:
    absent = Result(FLASK, "hello", metric, Unit.SECOND, 3, 0.95, reason="not measured")
    if not numbers:
        return absent
    estimate, low, high = numbers
    return replace(absent, estimate=estimate, low=low, high=high, reason=None)


class TestASlope:
    def test_a_slope_apart_from_the_cpu_time_per_request_has_a_warning_with_both_numbers(self) -> None:
        slope, cost = a_result(SLOPE, 150e-6, 148e-6, 152e-6), a_result(COST, 161e-6, 159e-6, 163e-6)
        found, other = with_slope_warnings(PLAN, [slope, cost])
        assert found.warnings == (
            (
                "CPU time per further request, 150 [148, 152] \N{MICRO SIGN}s, differs from CPU time per request over "
                "32 connections, 161 [159, 163] \N{MICRO SIGN}s"
            ),
        )
        assert other == cost

    def test_intervals_with_a_common_part_agree(self) -> None:
        cost = a_result(COST, 161e-6, 159e-6, 163e-6)
        for slope in (a_result(SLOPE, 155e-6, 150e-6, 160e-6), a_result(SLOPE, 170e-6, 163e-6, 177e-6)):
            assert with_slope_warnings(PLAN, [slope, cost]) == (slope, cost)

    def test_the_level_of_the_headline_is_compared_and_no_other(self) -> None:
        results = (a_result(SLOPE, 150e-6, 148e-6, 152e-6), a_result("cpu_per_request.closed.c1", 3e-4, 3e-4, 3e-4))
        assert with_slope_warnings(PLAN, results) == results

    def test_an_absent_number_is_not_compared(self) -> None:
        for results in (
            (a_result(SLOPE), a_result(COST, 1e-4, 1e-4, 1e-4)),
            (a_result(SLOPE, 1e-4, 1e-4, 1e-4), a_result(COST)),
        ):
            assert with_slope_warnings(PLAN, results) == results

    def test_the_slope_of_a_run_has_an_interval_over_its_blocks_and_the_warning(self) -> None:
        found = [
            (Measurement(SLOPE, Unit.SECOND, slope, "hello"), Measurement(COST, Unit.SECOND, 200e-6, "hello"))
            for slope in (99e-6, 100e-6, 101e-6)
        ]
        trials = [a_trial(block, FLASK, *of_block) for block, of_block in enumerate(found)]
        (result,) = (r for r in summarise(a_stored_run(PLAN, *trials)).results if r.metric == SLOPE)
        assert result.estimate is not None
        assert 97e-6 < (result.low or 0) < result.estimate < (result.high or 0) < 103e-6
        assert "differs from CPU time per request over 32 connections, 200" in result.warnings[0]


class TestAStep:
    LOAD, MEDIAN = (Key(FLASK, "hello", metric) for metric in ("cpu_load.own90", "latency.own90.p50"))
    WHY = "does not keep up with 1,000/s: 900/s answered"

    def test_a_step_that_was_not_kept_up_with_has_no_cpu_time_and_the_others_stand(self) -> None:
        other = replace(self.LOAD, metric="cpu_load.own60")
        series = {
            self.LOAD: Series(Unit.SECOND_PER_SECOND, {0: [0.9], 1: [0.9]}),
            self.MEDIAN: Series(Unit.SECOND, reasons=[self.WHY, self.WHY]),
            other: Series(Unit.SECOND_PER_SECOND, {0: [0.6], 1: [0.6]}),
            replace(self.MEDIAN, metric="latency.own60.p50"): Series(Unit.SECOND, {0: [1e-3], 1: [1e-3]}),
            replace(self.MEDIAN, metric="latency.own60.p999"): Series(Unit.SECOND, reasons=["too few samples"]),
        }
        leave_out_overload(series)
        assert series[self.LOAD].absence() == self.WHY
        assert series[other].reasons == []

    def test_a_step_without_a_latency_keeps_its_cpu_time(self) -> None:
        series = {self.LOAD: Series(Unit.SECOND_PER_SECOND, {0: [0.9], 1: [0.9]})}
        leave_out_overload(series)
        assert series[self.LOAD].reasons == []

    def test_a_reason_that_both_have_is_said_once(self) -> None:
        why = "its peak has no number to take a share of"
        absences = [Absence(key.metric, Unit.SECOND_PER_SECOND, why, "hello") for key in (self.LOAD, self.MEDIAN)]
        trials = [a_trial(block, FLASK, *absences) for block in range(3)]
        reasons = {r.metric: r.reason for r in summarise(a_stored_run(PLAN, *trials)).results}
        assert reasons["cpu_load.own90"] == why
