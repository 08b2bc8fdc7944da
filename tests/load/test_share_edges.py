"""The draws of a share, number by number: a stored seed gives its arrivals again."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from harness.load.arrivals import constant, poisson, schedule
from harness.load.share import LoadShare
from harness.model import Load, LoadKind


@pytest.mark.parametrize("index", [0, 1, 2])
def test_the_shares_of_a_poisson_schedule_are_drawn_from_stream_1_of_its_seed(index: int) -> None:
    chosen = np.random.default_rng((7, 1)).integers(3, size=600)
    due = list(islice(poisson(3000.0, 1.0, 7), 600))
    expected = [at for at, share in zip(due, chosen.tolist(), strict=True) if share == index]
    found = list(schedule(Load(LoadKind.POISSON, 8, 3000.0), 1.0, 7, LoadShare(index, 3)))
    assert found[: len(expected)] == expected


def test_without_another_word_a_schedule_is_the_whole_load() -> None:
    assert LoadShare() == LoadShare(0, 1)
    assert list(schedule(Load(LoadKind.CONSTANT, 8, 50.0), 1.0, 7)) == list(constant(50.0, 1.0))


@pytest.mark.parametrize(
    ("total", "of", "shares"), [(7, 3, [3, 2, 2]), (8, 3, [3, 3, 2]), (9, 3, [3, 3, 3]), (2, 3, [1, 1, 0])]
)
def test_the_first_shares_have_the_connections_that_are_left_over(total: int, of: int, shares: list[int]) -> None:
    assert [LoadShare(index, of).connections(total) for index in range(of)] == shares


def test_the_last_share_has_the_number_before_the_last() -> None:
    assert LoadShare(2, 3).index == 2
    with pytest.raises(ValueError, match="share 3 of 3"):
        LoadShare(3, 3)
