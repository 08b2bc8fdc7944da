"""A slice that was not driven on time has a flag, and the latencies from it have a warning."""

import numpy as np
import pytest

from harness.histogram import Histogram
from harness.measure.latency import distributions, latency
from harness.measure.soundness import LATE_TAIL, OFTEN_LATE, STOOD_STILL, flags_of, flags_of_tail
from harness.model import Absence, DrivenSlice, Load, LoadKind, Measurement, Slice, SliceResult, Subject

LOAD = Load(LoadKind.POISSON, 8, 100.0)


def histogram(*parts: tuple[int, float]) -> str:
    """Return a histogram; each part is a number of samples and their value in seconds."""
    made = Histogram()
    for count, seconds in parts:
        made.record(np.full(count, round(seconds * 1e9)))
    return made.to_text()


def result(lateness: str | None, number: int = 0, response: str | None = None) -> SliceResult:
    return SliceResult(
        number=number,
        sent=1000,
        verified=1000,
        errors={},
        counted=1000,
        counted_s=10.0,
        wall_s=10.0,
        generator_cpu_s=1.0,
        utilisation=0.1,
        planned=1000,
        service=histogram((1000, 0.002)),
        response=response or histogram((1000, 0.002)),
        lateness=lateness,
    )


@pytest.mark.parametrize(
    ("lateness", "flags"),
    [
        (None, ()),
        (histogram((1000, 0.0)), ()),
        (histogram((990, 2e-6), (10, 0.0999)), ()),
        (histogram((999, 2e-6), (1, 0.1)), (STOOD_STILL,)),
        (histogram((980, 2e-6), (20, 0.0011)), (OFTEN_LATE,)),
        (histogram((740, 2e-6), (260, 0.5)), (STOOD_STILL, OFTEN_LATE)),
    ],
)
def test_a_slice_is_flagged_by_its_lateness(lateness: str | None, flags: tuple[str, ...]) -> None:
    assert flags_of(result(lateness)) == flags


def measured(*lateness: str) -> tuple[Measurement | Absence, ...]:
    slices = [
        DrivenSlice(Slice(number, Subject("t", "v"), "hello", LOAD, 10.0, 0.0, 1), result(text, number))
        for number, text in enumerate(lateness)
    ]
    return latency(slices, distributions(slices))


def test_every_latency_from_flagged_slices_has_the_warning_once() -> None:
    frozen, fine = histogram((999, 2e-6), (1, 0.5)), histogram((1000, 2e-6))
    found = [one for one in measured(frozen, fine, frozen) if isinstance(one, Measurement)]
    assert [one.metric for one in found] == [f"latency.open.r100.{name}" for name in ("p50", "p90", "p99")]
    assert {one.warnings for one in found} == {(STOOD_STILL,)}


def test_latencies_from_slices_on_time_have_no_warning() -> None:
    found = measured(histogram((1000, 2e-6)))
    assert {one.warnings for one in found if isinstance(one, Measurement)} == {()}


def test_a_slice_in_which_no_request_was_due_has_no_flag() -> None:
    assert flags_of(result(histogram())) == ()


@pytest.mark.parametrize(
    ("count", "late_s", "flags"),
    [
        (5000, 0.0026, (LATE_TAIL,)),  # a quarter of 10 ms is 2.5 ms
        (5000, 0.0024, ()),
        (3990, 0.009, ()),  # too few for a p99.9
    ],
)
def test_a_tail_of_which_lateness_is_a_quarter_has_a_flag(count: int, late_s: float, flags: tuple[str, ...]) -> None:
    response = Histogram.from_text(histogram((count - 10, 0.001), (10, 0.01)))
    lateness = Histogram.from_text(histogram((count - 10, 1e-6), (10, late_s)))
    assert flags_of_tail(response, lateness) == flags


def test_late_requests_that_are_fewer_than_one_in_a_thousand_are_no_flag() -> None:
    response = Histogram.from_text(histogram((5000, 0.01)))
    lateness = Histogram.from_text(histogram((4997, 1e-6), (3, 0.01)))
    assert flags_of_tail(response, lateness) == ()
    assert flags_of_tail(Histogram(), Histogram()) == ()


def test_only_the_p999_has_the_warning_of_the_tail() -> None:
    late, slow = histogram((4980, 1e-6), (20, 0.0009)), histogram((4980, 0.001), (20, 0.002))
    slices = [DrivenSlice(Slice(0, Subject("t", "v"), "hello", LOAD, 10.0, 0.0, 1), result(late, response=slow))]
    found = {one.metric.rpartition(".")[2]: one for one in latency(slices, distributions(slices))}
    warned = {name for name, one in found.items() if isinstance(one, Measurement) and LATE_TAIL in one.warnings}
    assert (set(found), warned) == ({"p50", "p90", "p99", "p999"}, {"p999"})
