"""Latency of one trial: the distributions of its loads."""

from collections.abc import Sequence
from dataclasses import replace

from harness.histogram import Histogram
from harness.measure.latency import distributions
from harness.model import Distribution, DrivenSlice, Load, LoadKind, Slice, Span
from tests.fakes import driven, histogram_of
from tests.trials import GIN

OPEN = Load(LoadKind.POISSON, 64, 500.0)
CLOSED = Load(LoadKind.CLOSED, 8)


def a_slice(response_s: Sequence[float], load: Load = OPEN) -> DrivenSlice:
    plan = Slice(0, GIN, "hello", load, 0.2, 0.04, seed=1)
    result = replace(
        driven(plan),
        service=histogram_of([0.0001] * len(response_s)),
        response=histogram_of(response_s),
        lateness=histogram_of([0.00002] * len(response_s)),
    )
    return DrivenSlice(plan, result)


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
