"""Counts of complaints in constant memory."""

from __future__ import annotations

from harness.load.process.complaints import Complaints
from harness.model import MOST_COMPLAINTS


def test_texts_are_counted_with_the_first_until_they_are_taken() -> None:
    complaints = Complaints()
    complaints.add("one")
    complaints.add("two  with\nspace")
    complaints.add("one", 3)
    assert complaints.take() == ({"one": 4, "two with space": 1}, "one")
    assert complaints.take() == ({}, None)


def test_further_texts_are_counted_together_and_long_ones_are_cut() -> None:
    complaints = Complaints()
    for number in range(100):
        complaints.add(f"{number} " + 300 * "x")
    complaints.add("0 " + 300 * "x")
    counts, first = complaints.take()
    assert len(counts) == MOST_COMPLAINTS
    assert counts["others"] == 100 - (MOST_COMPLAINTS - 1)
    assert max(map(len, counts)) == 200
    assert counts[str(first)] == 2
