"""Samples of memory: which are refused."""

import math

import pytest

from harness.model import MOST_SAMPLES, MemorySamples


def test_samples_have_times_in_order_and_the_first_may_be_before_load() -> None:
    samples = MemorySamples((-4.5, 0.0, 0.0, 2.25), (10, 20, 0, 30))
    assert samples.at_s[0] == -4.5


@pytest.mark.parametrize(
    ("at_s", "size_bytes", "why"),
    [
        ((), (), "0 times and 0 sizes"),
        ((0.0, 1.0), (1,), "2 times and 1 sizes"),
        ((0.0, -0.1), (1, 1), "not in order"),
        ((0.0, math.inf), (1, 1), "not in order"),
        ((math.nan,), (1,), "not in order"),
        ((-2.0, -1.0), (1, 1), "no sample of memory is of load"),
        ((0.0,), (-1,), "a memory of -1 bytes"),
    ],
)
def test_samples_that_can_not_be_are_refused(at_s: tuple[float, ...], size_bytes: tuple[int, ...], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        MemorySamples(at_s, size_bytes)


def test_a_trial_has_a_bounded_number_of_samples() -> None:
    times = tuple(map(float, range(MOST_SAMPLES)))
    assert len(MemorySamples(times, (1,) * MOST_SAMPLES).at_s) == 60
    with pytest.raises(ValueError, match="61 times and 61 sizes"):
        MemorySamples((*times, 60.0), (1,) * (MOST_SAMPLES + 1))
