"""A slice that was not driven on time has a flag, and the latencies from it have a warning."""

import numpy as np
import pytest

from harness.histogram import Histogram
from harness.measure.latency import distributions, latency
from harness.measure.soundness import OFTEN_LATE, STOOD_STILL, flags_of
from harness.model import Absence, DrivenSlice, Load, LoadKind, Measurement, Slice, SliceResult, Subject

LOAD = Load(LoadKind.POISSON, 8, 100.0)


def histogram(*parts: tuple[int, float]) -> str:
    """Return a histogram; each part is a number of samples and their value in seconds."""
    made = Histogram()
    for count, seconds in parts:
        made.record(np.full(count, round(seconds * 1e9)))
    return made.to_text()


def result(lateness: str | None, number: int = 0) -> SliceResult:
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
        response=histogram((1000, 0.002)),
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
