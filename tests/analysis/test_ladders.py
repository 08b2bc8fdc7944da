"""Steps that were not kept up with, and slopes that differ from the CPU time per request."""

from dataclasses import replace

from harness.analysis.ladders import leave_out_overload, offered_rates, with_rates, with_slope_warnings
from harness.analysis.series import Key, Series
from harness.analysis.summary import summarise
from harness.model import (
    Distribution,
    DrivenSlice,
    Failure,
    Load,
    LoadKind,
    Measurement,
    Result,
    Slice,
    Span,
    Stage,
    Trial,
)
from harness.units import Unit
from tests.fakes import driven, histogram_of
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
                "CPU time per further request, 150 \N{MICRO SIGN}s [148, 152], differs from CPU time per request over "
                "32 connections, 161 \N{MICRO SIGN}s [159, 163]"
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


class TestTheRates:
    def trials(self) -> list[Trial]:
        """Return three trials with two steps; the peak of the first block is lower."""
        return [
            replace(
                a_trial(block, FLASK, Measurement("cpu_load.own60", Unit.SECOND_PER_SECOND, 0.6, "hello")),
                slices=tuple(self.at(share, share * peak_per_s) for share in (0.9, 0.6)),
            )
            for block, peak_per_s in enumerate((900.0, 1000.0, 1100.0))
        ]

    def at(self, share: float, rate_per_s: float) -> DrivenSlice:
        plan = Slice(0, FLASK, "hello", Load(LoadKind.POISSON, 64, rate_per_s, share), 2.0, 0.2, seed=1)
        return DrivenSlice(plan, driven(plan))

    def test_the_rate_of_a_step_is_its_mean_over_the_trials_without_a_failure(self) -> None:
        first, *others = self.trials()
        failed = replace(first, failure=Failure(FLASK, Stage.LOAD, "it died"))
        assert offered_rates([first, *others]) == {FLASK: {("hello", 0.6): 600.0, ("hello", 0.9): 900.0}}
        assert offered_rates([failed, *others])[FLASK] == {("hello", 0.6): 630.0, ("hello", 0.9): 945.0}

    def test_a_result_at_a_share_of_the_peak_says_at_which_rate(self) -> None:
        (found,) = (r for r in summarise(a_stored_run(PLAN, *self.trials())).results if r.metric == "cpu_load.own60")
        assert found.estimate is not None
        assert found.detail == "at 600 req/s"

    def test_a_result_at_a_common_rate_or_of_another_target_says_nothing(self) -> None:
        stored = a_stored_run(PLAN, *self.trials())
        results = (a_result("latency.open.r600.p50", 1.0, 1.0, 1.0), replace(a_result("cpu_load.own60"), subject=GIN))
        assert with_rates(stored, results) == results


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

    def test_other_reasons_against_a_latency_leave_the_cpu_time(self) -> None:
        series = {
            self.LOAD: Series(Unit.SECOND_PER_SECOND, {0: [0.9], 1: [0.9]}),
            self.MEDIAN: Series(Unit.SECOND, reasons=["too few samples: a p50 takes 20"]),
        }
        leave_out_overload(series)
        assert series[self.LOAD].reasons == []

    def test_in_a_run_a_step_with_nine_tenths_of_its_rate_answered_is_absent_and_the_others_stand(self) -> None:
        trials = [
            replace(
                a_trial(block, FLASK, *(self.cpu_load(share) for share in (0.6, 0.9))),
                slices=(self.answered(0.6, 1.0), self.answered(0.9, 0.9)),
                distributions=tuple(self.responses(share, 0.001 + block / 1e5) for share in (0.6, 0.9)),
            )
            for block in range(3)
        ]
        results = {r.metric: r for r in summarise(a_stored_run(PLAN, *trials)).results}
        why = "does not keep up with 900/s: 810/s answered"
        for metric in ("cpu_load.own90", "latency.own90.p50", "latency.own90.p99"):
            assert (results[metric].estimate, results[metric].reason) == (None, why)
        for metric in ("cpu_load.own60", "latency.own60.p50"):
            assert results[metric].estimate is not None

    def cpu_load(self, share: float) -> Measurement:
        return Measurement(f"cpu_load.own{100 * share:g}", Unit.SECOND_PER_SECOND, share, "hello")

    def answered(self, share: float, of_offered: float) -> DrivenSlice:
        load = Load(LoadKind.POISSON, 64, 1000 * share, share)
        plan = Slice(0, FLASK, "hello", load, 2.0, 0.0, seed=1)
        due = round(2000 * share)
        counted = round(due * of_offered)
        return DrivenSlice(plan, replace(driven(plan), planned=due, sent=due, verified=due, counted=counted))

    def responses(self, share: float, longest_s: float) -> Distribution:
        due = round(2000 * share)
        histogram = histogram_of([longest_s * (number + 1) / due for number in range(due)])
        return Distribution("hello", Load(LoadKind.POISSON, 64, 1000 * share, share), Span.RESPONSE, histogram)
