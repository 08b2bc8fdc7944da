"""The search for the largest level that holds: exact with correct outcomes, close with wrong ones, never endless."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure.search import Ending, Found, Terms, search, steps

RATES = Terms(least=1.0, most=100_000.0, start=500.0, grain=1.02)
CONNECTIONS = Terms(least=1, most=1024, start=64, grain=1.05, is_whole=True)

limits = st.floats(1.5, 90_000.0)
starts = st.floats(1.0, 100_000.0)


def up_to(limit: float) -> Callable[[float], bool]:
    return lambda level: level <= limit


def partly_wrong(limit: float, share: float, seed: int) -> Callable[[float], bool]:
    """Return a function whose outcomes are wrong in a share of the attempts."""
    rng = random.Random(seed)  # noqa: S311 - it draws errors, no secrets
    return lambda level: (level <= limit) != (rng.random() < share)


def disturbed(limit: float, share: float, seed: int) -> Callable[[float], bool]:
    """Return a function whose attempts fail in a share of the cases at any level, as beside another process."""
    rng = random.Random(seed)  # noqa: S311 - it draws errors, no secrets
    return lambda level: rng.random() >= share and level <= limit


class TestWithCorrectOutcomes:
    @given(limits, starts)
    def test_the_limit_lies_between_the_level_found_and_the_next_level_that_fails(
        self, limit: float, start: float
    ) -> None:
        found = search(up_to(limit), replace(RATES, start=start))
        assert found.ending is Ending.CONFIRMED
        assert found.level is not None
        assert found.beyond is not None
        assert found.level <= limit < found.beyond <= found.level * RATES.grain

    @given(st.integers(1, 1023), st.integers(1, 1024))
    def test_whole_levels_stay_whole_and_consecutive_ones_count_as_a_grain_apart(self, limit: int, start: int) -> None:
        tried: list[float] = []

        def attempt(level: float) -> bool:
            tried.append(level)
            return level <= limit

        found = search(attempt, replace(CONNECTIONS, start=start))
        assert found.level is not None
        assert found.beyond is not None
        assert found.level <= limit < found.beyond <= max(found.level + 1, found.level * CONNECTIONS.grain)
        assert all(level == round(level) for level in tried)

    def test_a_small_search_tries_these_levels(self) -> None:
        """It goes up to 256 and down to 152 and 159, with one attempt each; then both levels are confirmed."""
        tried: list[float] = []

        def attempt(level: float) -> bool:
            tried.append(level)
            return level <= 155

        assert search(attempt, CONNECTIONS) == Found(Ending.CONFIRMED, 152, 159, 13)
        assert tried[:7] == [64, 128, 256, 181, 152, 166, 159]
        assert tried[7:] == [152] * 3 + [159] * 3

    @pytest.mark.parametrize("limit", [1024, 5000])
    def test_if_the_largest_level_holds_the_search_ends_at_the_limit(self, limit: int) -> None:
        found = search(up_to(limit), CONNECTIONS)
        assert (found.ending, found.level, found.beyond) == (Ending.AT_LIMIT, 1024, None)

    def test_if_the_smallest_level_does_not_hold_there_is_no_level(self) -> None:
        found = search(up_to(0.5), CONNECTIONS)
        assert (found.ending, found.level, found.beyond) == (Ending.NONE_HOLDS, None, 1)

    def test_a_range_of_one_level_can_be_searched(self) -> None:
        terms = Terms(least=8, most=8, start=8, grain=1.05, is_whole=True)
        assert search(up_to(9), terms).ending is Ending.AT_LIMIT
        assert search(up_to(7), terms).ending is Ending.NONE_HOLDS


class TestWithSomeWrongOutcomes:
    def test_one_wrong_outcome_in_twenty_seldom_moves_the_level_and_by_a_grain_at_most(self) -> None:
        levels = [search(partly_wrong(777.0, 0.05, seed), RATES).level or 0.0 for seed in range(200)]
        assert sum(777 / 1.02 <= level <= 777 for level in levels) >= 190
        assert all(777 / 1.02**2 <= level <= 777 * 1.02 for level in levels)

    def test_a_search_takes_twenty_attempts_on_average_where_one_outcome_in_twenty_is_wrong(self) -> None:
        """A plan counts as many for the duration of a run."""
        terms = Terms(least=37.5, most=2000.0, start=600.0, grain=1.03)
        attempts = [search(partly_wrong(900.0, 0.05, seed), terms).attempts for seed in range(200)]
        assert 14 <= sum(attempts) / len(attempts) <= 20

    def test_one_disturbed_attempt_in_ten_moves_the_level_by_less_than_a_tenth(self) -> None:
        """All wrong outcomes are failures. A failure counts only if new attempts confirm it."""
        levels = sorted(search(disturbed(777.0, 0.1, seed), RATES).level or 0.0 for seed in range(200))
        assert levels[0] > 777 / 1.1
        assert levels[-1] <= 777
        assert levels[20] > 777 / 1.02

    def test_single_attempts_without_confirmation_often_go_wrong_under_the_same_disturbance(self) -> None:
        single = replace(RATES, votes=1, confirmations=0)
        levels = [search(disturbed(777.0, 0.1, seed), single).level or 0.0 for seed in range(200)]
        assert sum(level < 777 / 1.1 for level in levels) > 30

    def test_wrong_first_majorities_are_corrected(self) -> None:
        """The first three levels fail twice each, and the search steps up again to the true limit."""
        outcomes = iter([False] * 6)
        found = search(lambda level: next(outcomes, level <= 777), RATES)
        assert found.ending is Ending.CONFIRMED
        assert found.level is not None
        assert 777 / 1.02 < found.level <= 777


class TestItsEnd:
    @given(st.randoms(use_true_random=False), starts, st.integers(1, 90))
    def test_with_any_outcomes_it_ends_in_time_and_stays_in_its_range(
        self, rng: random.Random, start: float, most_attempts: int
    ) -> None:
        tried: list[float] = []

        def attempt(level: float) -> bool:
            tried.append(level)
            return rng.random() < 0.5

        found = search(attempt, replace(RATES, start=start, most_attempts=most_attempts))
        assert found.attempts == len(tried) <= most_attempts
        assert all(RATES.least <= level <= RATES.most for level in tried)
        assert (found.level is None) == (found.ending in {Ending.NONE_HOLDS, Ending.OUT_OF_ATTEMPTS})

    def test_with_too_few_attempts_it_ends_out_of_attempts_and_without_a_level(self) -> None:
        attempts = search(up_to(777.0), RATES).attempts
        assert search(up_to(777.0), replace(RATES, most_attempts=attempts)).ending is Ending.CONFIRMED
        found = search(up_to(777.0), replace(RATES, most_attempts=attempts - 1))
        assert found == Found(Ending.OUT_OF_ATTEMPTS, None, None, attempts - 1)

    def test_two_searches_can_alternate(self) -> None:
        """Each search ends with the same result as alone."""
        truths = [100.0, 3000.0]
        searches = [steps(RATES), steps(RATES)]
        levels = [next(one) for one in searches]
        found: list[Found | None] = [None, None]
        while None in found:
            for place, one in enumerate(searches):
                if found[place] is None:
                    try:
                        levels[place] = one.send(levels[place] <= truths[place])
                    except StopIteration as ended:
                        found[place] = ended.value
        assert found == [search(up_to(truth), RATES) for truth in truths]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"start": 0.5}, "a search from 0.5 between 1 and 100000"),
        ({"least": 0.0}, "a search from 500 between 0 and"),
        ({"grain": 1.0}, "a grain of 1"),
        ({"votes": 2}, "no majority of 2 or 5 attempts"),
        ({"confirmations": 4}, "no majority of 1 or 4 attempts"),
    ],
)
def test_invalid_terms_are_refused(changes: dict[str, float], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        replace(RATES, **changes)  # type: ignore[arg-type]
