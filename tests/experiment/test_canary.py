"""The canary is a real process on a real core; it is held to what it is, not to how fast it is."""

import os

import pytest

from harness.errors import MachineError
from harness.experiment.canary import Canary, sing


def test_it_sings_as_often_as_it_is_asked() -> None:
    with Canary(frozenset({min(os.sched_getaffinity(0))})) as canary:
        for song in (canary.sing(), canary.sing()):
            assert 0 < song.cpu_s <= song.wall_s * 1.01


def test_one_that_could_not_be_pinned_is_an_error_with_its_remedy() -> None:
    with Canary(frozenset({100_000})) as canary, pytest.raises(MachineError, match="the canary is gone"):
        canary.sing()


def test_the_work_is_the_same_every_time() -> None:
    songs = [sing() for _ in range(3)]
    assert max(song.cpu_s for song in songs) < 10 * min(song.cpu_s for song in songs)
