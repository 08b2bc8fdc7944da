"""Latency of one open load: percentiles from the intended send, and no percentile of too few samples."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.histogram import Histogram
from harness.measure.latency import distributions, latency
from harness.model import Absence, Distribution, DrivenSlice, ErrorKind, Load, LoadKind, Measurement, Slice, Span
from harness.units import Unit
from tests.fakes import driven, histogram_of
from tests.trials import GIN

OPEN = Load(LoadKind.POISSON, 64, 500.0)
CLOSED = Load(LoadKind.CLOSED, 8)


def a_slice(response_s: Sequence[float], load: Load = OPEN, errors: dict[ErrorKind, int] | None = None) -> DrivenSlice:
    plan = Slice(0, GIN, "hello", load, 0.2, 0.04, seed=1)
    result = replace(
        driven(plan),
        service=histogram_of([0.0001] * len(response_s)),
        response=histogram_of(response_s),
        lateness=histogram_of([0.00002] * len(response_s)),
        errors=errors or {},
    )
    return DrivenSlice(plan, result)


def found(*slices: DrivenSlice) -> dict[str, Measurement | Absence]:
    of_load = distributions(slices)
    return {one.metric.rpartition(".")[2]: one for one in latency(slices, of_load)}


@pytest.mark.parametrize(("percentile", "least"), [("p50", 20), ("p90", 40), ("p99", 400), ("p999", 4000)])
def test_a_percentile_needs_its_minimum_of_samples(percentile: str, least: int) -> None:
    enough = found(a_slice([0.002] * least))[percentile]
    assert enough == Measurement(f"latency.open.r500.{percentile}", Unit.SECOND, 0.002, "hello")
    why = f"too few samples: a {percentile} takes {least:,} a trial"
    too_few = found(a_slice([0.002] * (least - 1)))[percentile]
    assert too_few == Absence(f"latency.open.r500.{percentile}", Unit.SECOND, why, "hello")


def test_the_samples_of_all_slices_are_merged() -> None:
    """One slice has 399 samples and the other one has the slowest sample, which is not the p99 of all."""
    percentiles = found(a_slice([0.002] * 399), a_slice([0.5]))
    p99, p999 = percentiles["p99"], percentiles["p999"]
    assert isinstance(p99, Measurement)
    assert p99.value == pytest.approx(0.002, rel=1e-3)
    assert isinstance(p999, Absence)


def test_percentiles_are_those_of_response_times_and_not_of_service_times() -> None:
    """All service times are 0.1 ms, and the response times are 1 to 400 ms."""
    percentiles = found(a_slice([number / 1000 for number in range(1, 401)]))
    values = {name: one.value for name, one in percentiles.items() if isinstance(one, Measurement)}
    assert values == {
        "p50": pytest.approx(0.200, rel=1e-3),
        "p90": pytest.approx(0.360, rel=1e-3),
        "p99": pytest.approx(0.396, rel=1e-3),
    }


def test_one_error_leaves_absences_with_the_reason() -> None:
    percentiles = found(a_slice([0.002] * 4000), a_slice([0.002], errors={ErrorKind.TIMEOUT: 1}))
    assert len(percentiles) == 4
    assert {getattr(one, "reason", None) for one in percentiles.values()} == {"1 of 40 requests failed (1 timeout)"}


def test_a_load_without_samples_has_no_percentile() -> None:
    one = a_slice([])
    percentiles = found(replace(one, result=replace(one.result, response=None, lateness=None)))
    assert all(isinstance(one, Absence) and "too few samples" in one.reason for one in percentiles.values())


class TestDistributions:
    def test_each_span_is_merged_separately(self) -> None:
        merged = distributions([a_slice([0.001, 0.002]), a_slice([0.003])])
        assert [(one.scenario, one.load, one.span) for one in merged] == [
            ("hello", OPEN, Span.SERVICE),
            ("hello", OPEN, Span.RESPONSE),
            ("hello", OPEN, Span.LATENESS),
        ]
        assert [samples(one) for one in merged] == [(3, 0.0001), (3, 0.003), (3, 0.00002)]

    def test_closed_load_has_only_service_times(self) -> None:
        assert [one.span for one in distributions([a_slice([0.001], CLOSED)])] == [Span.SERVICE]

    def test_a_span_without_samples_has_no_distribution(self) -> None:
        one = a_slice([0.001])
        silent = replace(one, result=replace(one.result, lateness=None, response=histogram_of([])))
        assert [merged.span for merged in distributions([silent])] == [Span.SERVICE]


def samples(one: Distribution) -> tuple[int, float]:
    histogram = Histogram.from_text(one.histogram)
    return histogram.count, histogram.quantile_s(1.0)


def test_a_share_of_the_peak_is_in_the_name_in_place_of_the_rate() -> None:
    one = a_slice([0.002] * 400, Load(LoadKind.POISSON, 64, 500.0, share=0.3))
    p50, *_ = latency([one], distributions([one]), ["read with care"])
    assert isinstance(p50, Measurement)
    assert (p50.metric, p50.warnings) == ("latency.own30.p50", ("read with care",))
