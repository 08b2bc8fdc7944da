"""The ids of rows and cells."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.report.anchors import anchor


def test_an_id_is_made_of_its_parts_without_the_absent_ones() -> None:
    assert anchor("row", "throughput.closed.c32", "hello") == "row:throughput.closed.c32:hello"
    assert anchor("row", "memory.idle", None) == "row:memory.idle"


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_different_names_have_different_ids_without_spaces(one: list[str], other: list[str]) -> None:
    assert (anchor(*one) == anchor(*other)) == (one == other)
    assert not set(anchor(*one)) & set(" \t\n\"'<>&")
