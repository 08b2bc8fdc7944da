"""The lengths of slices follow the response times: exact lengths, and properties over all response times."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure.timing import SliceTiming, slice_timing
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
