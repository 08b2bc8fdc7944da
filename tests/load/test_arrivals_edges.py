"""The draws of a Poisson schedule, number by number: a stored seed gives its arrivals again."""

from __future__ import annotations

import numpy as np

from harness.load.arrivals import constant, poisson


def test_arrivals_are_drawn_for_as_long_as_512_take_at_a_time() -> None:
    """At 1,000/s that is 0.512 s; the last interval of 1.2 s has 0.176 s."""
    random = np.random.default_rng(7)
    expected: list[int] = []
    for start_ns, length_ns in ((0, 512_000_000), (512_000_000, 512_000_000), (1_024_000_000, 176_000_000)):
        count = random.poisson(length_ns / 1e6)
        expected += sorted(start_ns + at for at in random.integers(length_ns, size=count).tolist())
    assert list(poisson(1000.0, 1.2, 7)) == expected


def test_a_short_slice_is_drawn_at_once() -> None:
    random = np.random.default_rng(7)
    count = random.poisson(50)
    assert list(poisson(100.0, 0.5, 7)) == sorted(random.integers(500_000_000, size=count).tolist())


def test_an_arrival_at_the_end_of_a_constant_schedule_is_left_out() -> None:
    assert list(constant(10.0, 0.3)) == [0, 100_000_000, 200_000_000]
    assert list(constant(10.0, 0.3000001))[-1] == 300_000_000
