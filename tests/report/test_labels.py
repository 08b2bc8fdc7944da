"""Names in charts: shortened, wrapped, and moved apart."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.labels import cut, spread, wrapped


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Gin", "Gin"),
        ("Express.js", "Express.js"),
        ("null target", "null\ntarget"),
        ("Flask gthread-no-keepalive", "Flask gthread-\nno-keepalive"),
        ("Spring Boot WebFlux on Netty", "Spring Boot\nWebFlux on Netty"),
        ("M" * 40, f"{'M' * 16}\n{'M' * 16}\n{'M' * 8}"),
        ("M" * 60, f"{'M' * 16}\n{'M' * 16}\n{'M' * 15}…"),
        ("", ""),
    ],
)
def test_a_name_is_wrapped_at_the_first_width_that_has_room_for_it(name: str, shown: str) -> None:
    assert wrapped(name) == shown


def test_a_name_without_room_ends_with_an_ellipsis() -> None:
    assert wrapped("Mikroservice-Rahmenwerk-ohne-Leerzeichen", most_lines=1) == "Mikroservice-…"
    assert [cut("Ruby on Rails", most) for most in (13, 12, 6)] == ["Ruby on Rails", "Ruby on Rai…", "Ruby…"]


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([10, 30], [12, 12], 0, 100) == [10, 30]


def test_labels_that_would_overlap_move_apart_up_and_down() -> None:
    assert spread([50, 50, 51, 90], [10, 10, 10, 10], 0, 100) == pytest.approx([40 + 1 / 3, 50 + 1 / 3, 60 + 1 / 3, 90])


def test_labels_stay_between_the_limits() -> None:
    assert spread([1, 2, 99], [10, 10, 10], 0, 100) == [5, 15, 95]


def test_labels_without_room_for_all_begin_at_the_low_limit() -> None:
    assert spread([5, 6, 7], [10, 10, 10], 0, 20) == [5, 15, 25]


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(1, 9)), max_size=10))
def test_no_two_labels_overlap_and_all_lie_between_the_limits(labels: list[tuple[float, float]]) -> None:
    labels.sort()
    rooms = [room for _, room in labels]
    middles = spread([wished for wished, _ in labels], rooms, 0, 100)
    ends = [(at - room / 2, at + room / 2) for at, room in zip(middles, rooms, strict=True)]
    assert all(0 - 1e-9 <= begin <= end <= 100 + 1e-9 for begin, end in ends)
    assert all(end <= begin + 1e-9 for (_, end), (begin, _) in pairwise(ends))
