"""Floors of latencies: the null target's number at the same rate, and whether a target's is told apart from it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.analysis.floors import SHARED, with_floors
from harness.model import (
    ContractPart,
    Distribution,
    Failure,
    Floor,
    Load,
    LoadKind,
    Result,
    Span,
    Stage,
    StoredRun,
    Subject,
    Trial,
)
from harness.units import Unit
from tests.fakes import histogram_of
from tests.trials import FLASK, GIN, NULL, a_plan, a_stored_run, a_trial

PLAN = replace(a_plan(FLASK, GIN), ceiling=NULL)
P99 = "latency.open.r500.p99"


def a_result(subject: Subject, metric: str, *numbers: float, scenario: str | None = "hello") -> Result:
    absent = Result(subject, scenario, metric, Unit.SECOND, 3, 0.95, reason="not measured")
    if not numbers:
        return absent
    estimate, low, high = numbers
    return replace(absent, estimate=estimate, low=low, high=high, reason=None)


def floors_of(*results: Result, stored: StoredRun | None = None) -> list[Floor | None]:
    return [one.floor for one in with_floors(stored or a_stored_run(PLAN), results)]


class TestAtACommonRate:
    NULLS = a_result(NULL, P99, 60e-6, 50e-6, 70e-6)

    def test_the_floor_is_the_null_targets_result_at_this_rate_and_percentile(self) -> None:
        others = [
            a_result(NULL, "latency.open.r500.p50", 1e-6, 1e-6, 1e-6),
            a_result(NULL, "latency.open.r50.p99", 2e-6, 2e-6, 2e-6),
        ]
        target = a_result(FLASK, P99, 900e-6, 800e-6, 1000e-6)
        assert floors_of(target, self.NULLS, *others)[0] == Floor(60e-6, 50e-6, 70e-6)

    def test_the_null_target_itself_and_other_metrics_have_no_floor(self) -> None:
        memory = a_result(FLASK, "memory.idle", 60.0, 50.0, 70.0, scenario=None)
        closed = a_result(FLASK, "throughput.closed.c32", 60.0, 50.0, 70.0)
        assert (
            floors_of(memory, closed, self.NULLS, a_result(NULL, "memory.idle", 1.0, 1.0, 1.0, scenario=None))
            == [None] * 4
        )

    def test_another_scenario_has_no_floor(self) -> None:
        assert floors_of(a_result(FLASK, P99, 9e-4, 8e-4, 1e-3, scenario="json_body"), self.NULLS)[0] is None

    @pytest.mark.parametrize("nulls", [(), (a_result(NULL, P99),)])
    def test_without_a_number_of_the_null_target_there_is_no_floor(self, nulls: Sequence[Result]) -> None:
        assert floors_of(a_result(FLASK, P99, 9e-4, 8e-4, 1e-3), *nulls)[0] is None

    def test_a_target_with_another_contract_has_no_floor(self) -> None:
        own = replace(PLAN, contracts={"flask_app": {"hello": ContractPart("/hi", text="hi")}})
        flask, gin = (a_result(subject, P99, 9e-4, 8e-4, 1e-3) for subject in (FLASK, GIN))
        found = floors_of(flask, gin, self.NULLS, stored=a_stored_run(own))
        assert [floor is None for floor in found[:2]] == [True, False]

    @pytest.mark.parametrize(
        ("low", "detail"),
        [(71e-6, None), (70e-6, SHARED), (65e-6, SHARED), (10e-6, SHARED)],
    )
    def test_a_percentile_whose_interval_reaches_the_floors_is_shared_with_the_machine(
        self, low: float, detail: str | None
    ) -> None:
        (found, _) = with_floors(a_stored_run(PLAN), [a_result(GIN, P99, 75e-6, low, 80e-6), self.NULLS])
        assert found.detail == detail
        assert found.floor == Floor(60e-6, 50e-6, 70e-6)

    def test_a_null_target_that_did_not_keep_up_is_the_reason_against_a_floor(self) -> None:
        overload = replace(a_result(NULL, P99), reason="does not keep up with 500/s: 400/s answered")
        (found, _) = with_floors(a_stored_run(PLAN), [a_result(GIN, P99, 75e-6, 65e-6, 80e-6), overload])
        assert (found.floor, found.detail) == (
            None,
            "no floor of the null target: does not keep up with 500/s: 400/s answered",
        )

    def test_the_detail_that_a_result_had_stays_in_front(self) -> None:
        result = replace(a_result(GIN, P99, 75e-6, 65e-6, 80e-6), detail="at 500 req/s")
        assert with_floors(a_stored_run(PLAN), [result, self.NULLS])[0].detail == f"at 500 req/s; {SHARED}"

    def test_an_absent_latency_keeps_its_reason_and_has_the_floor(self) -> None:
        (found, _) = with_floors(a_stored_run(PLAN), [a_result(FLASK, P99), self.NULLS])
        assert (found.reason, found.detail, found.floor) == ("not measured", None, Floor(60e-6, 50e-6, 70e-6))


class TestAtATargetsOwnRate:
    P50 = "latency.own60.p50"

    def trials(self, *values_s: float, subject: Subject = FLASK, share: float = 0.6) -> list[Trial]:
        """Return a trial for each value: 40 requests of the null target take about this long, at a rate that varies."""
        trials = []
        for block, value_s in enumerate(values_s):
            load = Load(LoadKind.POISSON, 64, 500.0 + block, share)
            floor = Distribution(
                "hello", load, Span.FLOOR, histogram_of([value_s * (0.61 + step / 50) for step in range(40)])
            )
            own = Distribution("hello", load, Span.RESPONSE, histogram_of([1.0] * 40))
            trials.append(replace(a_trial(block, subject), distributions=(own, floor)))
        return trials

    def floor(self, *trials: Trial, metric: str = P50) -> Floor | None:
        stored = a_stored_run(PLAN, *trials)
        return floors_of(a_result(FLASK, metric, 9e-4, 8e-4, 1e-3), stored=stored)[0]

    def test_the_floor_is_that_of_the_null_target_in_the_slices_beside(self) -> None:
        found = self.floor(
            *self.trials(50e-6, 52e-6, 54e-6),
            *self.trials(1e-6, 1e-6, 1e-6, share=0.3),
            *self.trials(2e-6, 2e-6, 2e-6, subject=GIN),
        )
        assert found is not None
        assert 40e-6 <= found.low < found.estimate < found.high <= 65e-6
        assert found.estimate == pytest.approx(52e-6, rel=0.04)

    def test_too_few_samples_in_all_blocks_give_no_floor(self) -> None:
        assert self.floor(*self.trials(50e-6, 52e-6, 54e-6), metric="latency.own60.p999") is None

    def test_a_step_without_a_floor_beside_others_has_the_reason(self) -> None:
        stored = a_stored_run(PLAN, *self.trials(50e-6, 52e-6, 54e-6))
        missing = a_result(FLASK, "latency.own90.p50", 9e-4, 8e-4, 1e-3)
        (found,) = with_floors(stored, [missing])
        assert found.floor is None
        assert found.detail == ("no floor of the null target: it did not keep up with this rate, or requests failed")

    def test_a_trial_that_failed_gives_no_floor(self) -> None:
        failed = [
            replace(trial, failure=Failure(FLASK, Stage.LOAD, "it died")) for trial in self.trials(5e-5, 5e-5, 5e-5)
        ]
        assert self.floor(*failed) is None

    def test_a_run_without_slices_beside_has_no_floor(self) -> None:
        assert self.floor() is None
