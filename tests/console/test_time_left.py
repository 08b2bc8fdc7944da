"""The time left of a run: before, in and after its first block. Times are given, so all numbers are exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.console.time_left import TimeLeft, in_words

PLANNED_S = (10.0, 8.0, 8.0)


def begun(*ends_s: float) -> TimeLeft:
    """Return the time left of a run whose blocks began at 0 and at these times."""
    left = TimeLeft(PLANNED_S)
    for began_s in (0.0, *ends_s):
        left.begin(began_s)
    return left


def test_before_the_first_block_all_blocks_are_left() -> None:
    assert TimeLeft(PLANNED_S).left_s(99.0) == 26.0


def test_a_block_as_planned_counts_down() -> None:
    left = begun()
    assert [left.left_s(now_s) for now_s in (0.0, 4.0)] == [26.0, 22.0]
    left.expect(6.0)
    left.drove(2.5)
    assert left.left_s(6.5) == 3.5 + 16.0


def test_before_its_load_half_of_a_block_is_left_however_long_its_starts_take() -> None:
    assert begun().left_s(30.0) == 5.0 + (35.0 / 10.0) * 16.0


def test_slices_that_the_first_block_learns_make_all_blocks_longer() -> None:
    left = begun()
    left.expect(46.0)
    assert left.left_s(4.0) == 46.0 + 5.0 * 16.0
    assert left.block_s(4.0) == 50.0


def test_later_blocks_are_expected_to_take_as_long_as_the_finished_ones() -> None:
    left = begun(50.0)
    assert left.left_s(50.0) == 5.0 * 16.0
    left.begin(86.0)  # 86 s in place of 18 s
    assert left.left_s(86.0) == pytest.approx(86 / 18 * 8)


def test_a_slow_warm_up_of_one_later_block_makes_only_this_block_longer() -> None:
    left = begun(10.0)
    left.expect(100.0)
    assert left.left_s(12.0) == 100.0 + 8.0


def test_the_last_block_ends_with_nothing_left() -> None:
    left = begun(10.0, 18.0)
    left.expect(3.0)
    left.drove(5.0)
    assert left.left_s(30.0) == 0.0


def test_a_run_without_any_planned_time_has_none_left() -> None:
    left = TimeLeft(())
    left.begin(0.0)
    assert left.left_s(1.0) == 0.0


@given(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=5), st.floats(0.0, 1e4), st.floats(0.0, 1e4))
def test_as_long_as_a_block_is_to_come_there_is_time_left(took_s: list[float], rest_s: float, driven_s: float) -> None:
    left, now_s = TimeLeft([7.0] * (len(took_s) + 1)), 0.0
    for block_s in took_s:
        left.begin(now_s)
        assert left.left_s(now_s) > 0
        left.expect(rest_s)
        left.drove(driven_s)
        now_s += block_s
        assert left.left_s(now_s) > 0


@pytest.mark.parametrize(
    ("time_s", "words"),
    [(0.0, "about 1 s"), (42.4, "about 42 s"), (299.0, "about 299 s"), (300.0, "about 5 min"), (474.0, "about 8 min")],
)
def test_words_are_rough_and_never_0(time_s: float, words: str) -> None:
    assert in_words(time_s) == words


def test_a_run_that_may_end_early_has_a_least_time_left() -> None:
    left = TimeLeft(PLANNED_S, least_blocks=2)
    assert (left.least_left_s(0.0), left.left_s(0.0)) == (18.0, 26.0)
    left.begin(0.0)
    left.expect(5.0)  # 5 + 5 s in place of 10 s
    assert (left.least_left_s(5.0), left.left_s(5.0)) == (13.0, 21.0)
    left.begin(10.0)
    left.begin(18.0)  # it was not precise
    left.expect(4.0)
    assert left.least_left_s(22.0) == left.left_s(22.0) == 4.0


@pytest.mark.parametrize(
    ("least_s", "most_s", "words"),
    [(18.0, 26.0, "about 18 to 26 s"), (240.0, 720.0, "about 4 to 12 min"), (290.0, 310.0, "about 5 min")],
)
def test_a_range_has_one_unit(least_s: float, most_s: float, words: str) -> None:
    assert in_words(least_s, most_s) == words
