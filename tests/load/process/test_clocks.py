"""Clocks: the offset that is stated holds the true one, within what is stated of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.load.process.clocks import Offset, Reading, offset_of

WAYS = st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=8)


@given(ahead_ns=st.integers(-(10**18), 10**18), ways=WAYS)
def test_however_long_the_two_ways_take_the_true_offset_is_within_the_uncertainty(
    ahead_ns: int, ways: list[tuple[int, int]]
) -> None:
    readings = [
        Reading(asked_ns, asked_ns + there_ns + ahead_ns, asked_ns + there_ns + back_ns)
        for asked_ns, (there_ns, back_ns) in enumerate(ways)
    ]
    offset = offset_of(readings)
    assert abs(offset.ahead_ns - ahead_ns) <= offset.uncertainty_ns
    assert offset.uncertainty_ns <= (min(map(sum, ways)) + 1) // 2


def test_the_quickest_reading_counts() -> None:
    slow, quick = Reading(0, 900, 1000), Reading(2000, 2510, 2020)
    assert offset_of([slow, quick]) == offset_of([quick, slow]) == Offset(500, 10)


def test_there_is_no_offset_without_readings() -> None:
    with pytest.raises(ValueError, match="empty"):
        offset_of([])
