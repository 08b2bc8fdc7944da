"""Open load that was not driven on time has a flag."""

import numpy as np
import pytest

from harness.histogram import Histogram
from harness.measure.soundness import LATE_TAIL, OFTEN_LATE, STOOD_STILL, flags_of, flags_of_tail


def histogram(*parts: tuple[int, float]) -> str:
    """Return a histogram; each part is a number of samples and their value in seconds."""
    made = Histogram()
    for count, seconds in parts:
        made.record(np.full(count, round(seconds * 1e9)))
    return made.to_text()


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
def test_a_load_is_flagged_by_its_lateness(lateness: str | None, flags: tuple[str, ...]) -> None:
    assert flags_of(lateness) == flags


def test_a_load_in_which_no_request_was_due_has_no_flag() -> None:
    assert flags_of(histogram()) == ()


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
