"""The levels that the search tries, the growth of its steps, and the limits of attempts and grain."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from harness.measure.search import Ending, Found, Terms, search, steps

if TYPE_CHECKING:
    from collections.abc import Callable


def tried(terms: Terms, holds: Callable[[float], bool], wrong: int = 0) -> tuple[list[float], Found]:
    """Return the levels that a search tries, and its result; the first `wrong` outcomes are wrong."""
    levels: list[float] = []

    def attempt(level: float) -> bool:
        levels.append(level)
        return holds(level) != (len(levels) <= wrong)

    return levels, search(attempt, terms)


def once(start: float, grain: float, *, confirmations: int = 0, is_whole: bool = False) -> Terms:
    return Terms(1.0, 1000.0, start, grain, is_whole, votes=1, confirmations=confirmations)


class TestLevels:
    def test_the_level_is_doubled_and_then_bisected_on_a_logarithmic_scale(self) -> None:
        levels, found = tried(once(10.0, 1.5), lambda level: level <= 50)
        assert levels == pytest.approx([10.0, 20.0, 40.0, 80.0, math.sqrt(40 * 80)])
        assert (found.ending, found.level, found.beyond, found.attempts) == (Ending.CONFIRMED, 40.0, levels[-1], 5)

    def test_the_level_is_halved_if_the_first_does_not_hold(self) -> None:
        levels, found = tried(once(10.0, 1.5), lambda level: level <= 3)
        assert levels == pytest.approx([10.0, 5.0, 2.5, math.sqrt(2.5 * 5)])
        assert (found.level, found.beyond) == (2.5, levels[-1])

    def test_steps_after_a_contradiction_begin_with_a_grain_and_square_up_to_doubling(self) -> None:
        levels, found = tried(once(16.0, 1.1, confirmations=1), lambda level: level <= 300, wrong=3)
        back = levels.index(4.0, 3)  # the level that held after all, tried a second time
        factors = [after / before for before, after in zip(levels[back:-6], levels[back + 1 : -5], strict=True)]
        assert factors == pytest.approx([1.1, 1.21, 1.1**4, 2, 2, 2, 2, 2, 2])
        assert found.level is not None
        assert found.level <= 300 < (found.beyond or 0) <= 1.1 * found.level

    def test_steps_down_grow_in_the_same_way(self) -> None:
        levels, found = tried(once(16.0, 1.1, confirmations=1), lambda level: level <= 6, wrong=5)
        back = levels.index(256.0, 5)
        factors = [before / after for before, after in zip(levels[back : back + 7], levels[back + 1 :], strict=False)]
        assert factors == pytest.approx([1.1, 1.21, 1.1**4, 2, 2, 2, 2])
        assert found.level is not None
        assert found.level <= 6 < (found.beyond or 0)

    def test_whole_levels_go_up_by_one_if_a_grain_is_less(self) -> None:
        terms = once(4.0, 1.01, confirmations=1, is_whole=True)
        levels, found = tried(terms, lambda level: level <= 30, wrong=3)
        assert levels[:9] == [4.0, 2.0, 1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
        assert (found.ending, found.level, found.beyond) == (Ending.CONFIRMED, 30.0, 31.0)

    def test_whole_levels_go_down_by_one_if_a_grain_is_less(self) -> None:
        terms = once(4.0, 1.01, confirmations=1, is_whole=True)
        levels, found = tried(terms, lambda level: level <= 2, wrong=2)
        assert levels[:5] == [4.0, 8.0, 16.0, 11.0, 9.0]
        assert levels[5:-2] == [8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0]
        assert (found.level, found.beyond) == (2.0, 3.0)

    @pytest.mark.parametrize(("holds", "ending", "end"), [(True, Ending.AT_LIMIT, 30.0), (False, Ending.NONE_HOLDS, 1)])
    def test_the_last_step_ends_at_the_end_of_the_range(self, *, holds: bool, ending: Ending, end: float) -> None:
        levels, found = tried(Terms(1.0, 30.0, 10.0, 1.5, votes=1, confirmations=1), lambda _: holds)
        assert levels[-2:] == [end, end]
        assert (found.ending, found.level or found.beyond, found.attempts) == (ending, end, len(levels))

    def test_levels_a_whole_grain_apart_are_not_bisected(self) -> None:
        levels, _ = tried(once(10.0, 2.0), lambda level: level <= 10)
        assert levels == [10.0, 20.0]


class TestVotes:
    def test_a_majority_of_the_votes_decides_and_the_other_votes_are_not_taken(self) -> None:
        terms = Terms(1.0, 8.0, 8.0, 2.0, votes=5, confirmations=7)
        levels, found = tried(terms, lambda _: True)
        assert levels == [8.0] * (3 + 4)
        assert found == Found(Ending.AT_LIMIT, 8.0, None, 7)

    def test_all_votes_are_taken_if_they_disagree(self) -> None:
        asking = steps(Terms(1.0, 8.0, 8.0, 2.0, votes=5, confirmations=0))
        next(asking)
        votes = [True, False, True, False, True]
        for holds in votes[:-1]:
            assert asking.send(holds) == 8.0
        with pytest.raises(StopIteration) as ended:
            asking.send(votes[-1])
        assert ended.value.value == Found(Ending.AT_LIMIT, 8.0, None, 5)

    def test_by_default_one_attempt_decides_five_confirm_and_eighty_attempts_are_allowed(self) -> None:
        assert Terms(1.0, 2.0, 1.0, 1.5) == Terms(1.0, 2.0, 1.0, 1.5, False, 1, 5, 80)  # noqa: FBT003
        levels, found = tried(Terms(1.0, 8.0, 8.0, 2.0), lambda _: True)
        assert (levels, found.attempts) == ([8.0] * (1 + 3), 4)


class TestAttempts:
    @pytest.mark.parametrize(("most", "ending"), [(5, Ending.CONFIRMED), (4, Ending.OUT_OF_ATTEMPTS)])
    def test_a_search_may_use_all_its_attempts(self, most: int, ending: Ending) -> None:
        terms = Terms(1.0, 1000.0, 10.0, 1.5, votes=1, confirmations=0, most_attempts=most)
        _, found = tried(terms, lambda level: level <= 50)
        assert (found.ending, found.attempts) == (ending, most)


class TestTerms:
    @pytest.mark.parametrize(
        ("least", "start", "most"), [(0.5, 0.5, 0.5), (1.0, 1.0, 9.0), (1.0, 9.0, 9.0), (1e-9, 0.5, 9.0)]
    )
    def test_the_range_may_be_a_single_level_and_the_start_either_end(
        self, least: float, start: float, most: float
    ) -> None:
        assert Terms(least, most, start, 1.0001).start == start

    @pytest.mark.parametrize(("least", "start", "most"), [(0.0, 1.0, 9.0), (2.0, 1.9, 9.0), (1.0, 9.1, 9.0)])
    def test_the_range_is_above_zero_and_contains_the_start(self, least: float, start: float, most: float) -> None:
        with pytest.raises(ValueError, match="search"):
            Terms(least, most, start, 1.5)

    @pytest.mark.parametrize("grain", [1.0, 0.5])
    def test_a_grain_is_above_one(self, grain: float) -> None:
        with pytest.raises(ValueError, match="grain"):
            Terms(1.0, 9.0, 1.0, grain)

    @pytest.mark.parametrize(("votes", "confirmations"), [(2, 5), (4, 5), (0, 5), (3, 2), (3, 4), (2, 0)])
    def test_an_even_number_of_votes_has_no_majority(self, votes: int, confirmations: int) -> None:
        with pytest.raises(ValueError, match="majority"):
            Terms(1.0, 9.0, 1.0, 1.5, votes=votes, confirmations=confirmations)

    @pytest.mark.parametrize(("votes", "confirmations"), [(1, 0), (1, 1), (3, 5), (7, 9)])
    def test_an_odd_number_of_votes_is_allowed_and_no_confirmation(self, votes: int, confirmations: int) -> None:
        assert Terms(1.0, 9.0, 1.0, 1.5, votes=votes, confirmations=confirmations).votes == votes


def test_an_ending_is_written_as_stored_runs_have_it() -> None:
    assert [ending.value for ending in Ending] == ["confirmed", "at_limit", "none_holds", "out_of_attempts"]
