"""Clock offsets: the true offset is within the stated uncertainty."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.load.process.clocks import Offset, Reading, offset_of

ROUND_TRIPS = st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=8)


@given(ahead_ns=st.integers(-(10**18), 10**18), round_trips=ROUND_TRIPS)
def test_the_true_offset_is_within_the_uncertainty_for_any_delays_of_messages(
    ahead_ns: int, round_trips: list[tuple[int, int]]
) -> None:
    readings = [
        Reading(sent_ns, sent_ns + there_ns + ahead_ns, sent_ns + there_ns + back_ns)
        for sent_ns, (there_ns, back_ns) in enumerate(round_trips)
    ]
    offset = offset_of(readings)
    assert abs(offset.ahead_ns - ahead_ns) <= offset.uncertainty_ns
    assert offset.uncertainty_ns <= (min(map(sum, round_trips)) + 1) // 2


def test_the_reading_with_the_shortest_round_trip_counts() -> None:
    slow, quick = Reading(0, 900, 1000), Reading(2000, 2510, 2020)
    assert offset_of([slow, quick]) == offset_of([quick, slow]) == Offset(500, 10)


def test_without_readings_the_offset_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        offset_of([])
