"""The lengths of slices follow the response times: exact lengths, and properties over all response times."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.manifest import load_profiles
from harness.measure.timing import SliceTiming, planned_rounds, rounds, slice_timing
from tests.fakes import PROFILE

response_times = st.floats(20e-6, 20.0)


class TestTheTimingOfASlice:
    @pytest.mark.parametrize(
        ("longest_s", "duration_s", "discard_s", "tail_s"),
        [
            (0.0, 0.09, 0.03, 0.0),
            (0.01, 0.10, 0.03, 0.01),
            (0.02, 0.12, 0.04, 0.02),
            (0.03, 0.15, 0.06, 0.03),
            (0.1, 0.5, 0.2, 0.1),
            (0.5, 2.5, 1.0, 0.5),
        ],
    )
    def test_the_ends_and_the_counted_part_grow_with_the_longest_response_time(
        self, longest_s: float, duration_s: float, discard_s: float, tail_s: float
    ) -> None:
        """The profile's head lasts 0.03 s at least, and its counted part 0.06 s."""
        timing = slice_timing(PROFILE, longest_s)
        assert (timing.duration_s, timing.discard_s, timing.tail_s) == pytest.approx((duration_s, discard_s, tail_s))

    def test_time_in_an_unfair_queue_is_in_the_tail_alone(self) -> None:
        assert slice_timing(PROFILE, 0.1, 0.7) == SliceTiming(1.1, 0.2, 0.7)
        assert slice_timing(PROFILE, 0.1, 0.05) == slice_timing(PROFILE, 0.1)

    @given(response_times)
    def test_the_head_lasts_two_response_times_and_the_counted_part_one_at_least(self, longest_s: float) -> None:
        timing = slice_timing(PROFILE, longest_s)
        counted_s = timing.duration_s - timing.discard_s - timing.tail_s
        assert timing.discard_s >= max(2 * longest_s, PROFILE.least_discard_s)
        assert counted_s >= max(longest_s, PROFILE.least_counted_s) - 1e-9
        assert timing.tail_s >= longest_s

    @given(st.lists(response_times, min_size=2))
    def test_no_part_is_shorter_for_a_longer_response_time(self, longest_s: list[float]) -> None:
        def parts(timing: SliceTiming) -> tuple[float, ...]:
            return timing.duration_s, timing.discard_s, timing.tail_s

        timings = [parts(slice_timing(PROFILE, one)) for one in sorted(longest_s)]
        assert all(a <= b for shorter, longer in pairwise(timings) for a, b in zip(shorter, longer, strict=True))


class TestTheNumberOfRounds:
    @pytest.mark.parametrize(
        ("slice_s", "load_s", "count"),
        [
            (0.1, 2.0, 20),
            (0.1, 0.6, 6),
            (0.11, 0.6, 6),  # five in the planned time, so it takes a tenth more
            (0.2, 0.6, 6),  # twice the planned time
            (0.25, 0.6, 4),  # no more than twice the planned time
            (0.5, 0.6, 3),
            (10.0, 0.6, 3),  # as few as there may be
        ],
    )
    def test_there_are_as_many_as_the_load_time_gives_but_six_if_it_need_not_be_doubled(
        self, slice_s: float, load_s: float, count: int
    ) -> None:
        assert rounds(replace(PROFILE, least_rounds=6), slice_s, load_s) == count

    @pytest.mark.parametrize(("name", "headline", "level"), [("smoke", 6, 6), ("quick", 20, 6), ("full", 50, 20)])
    def test_the_packaged_profiles_plan_these_numbers(self, name: str, headline: int, level: int) -> None:
        profile = load_profiles()[name]
        planned = [planned_rounds(profile, is_headline=is_headline) for is_headline in (True, False)]
        assert planned == [headline, level]

    @given(response_times, st.floats(0.05, 10.0), st.integers(1, 20))
    def test_the_load_lasts_no_longer_than_twice_its_planned_time_or_three_slices(
        self, longest_s: float, load_s: float, least: int
    ) -> None:
        profile = replace(PROFILE, least_rounds=least)
        slice_s = slice_timing(profile, longest_s).duration_s
        count = rounds(profile, slice_s, load_s)
        assert count >= min(3, least)
        assert count * slice_s <= max(2 * load_s, 3 * slice_s) * (1 + 1e-6)
