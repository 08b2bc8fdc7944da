"""Clock of the slices: it stands still between them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import gevent

from harness.load.process import slice_clock
from harness.load.process.slice_clock import SliceClock

if TYPE_CHECKING:
    import pytest


def test_it_goes_only_during_slices() -> None:
    clock = SliceClock()
    assert (clock.now_s(), clock.since_stop_s(), clock.goes) == (0.0, 0.0, False)
    clock.start(time.perf_counter())
    gevent.sleep(0.01)
    clock.stop()
    first_s = clock.now_s()
    assert first_s >= 0.01
    gevent.sleep(0.01)
    assert clock.now_s() == first_s
    assert clock.since_stop_s() >= 0.01
    clock.start(time.perf_counter())
    assert clock.since_stop_s() == 0.0
    assert clock.now_s() >= first_s


class Time:
    """Time in the test's hand, for the clock and for whoever sleeps."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def perf_counter(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            gevent.sleep(0)

    def pass_(self, seconds: float) -> None:
        """Go on, and let every sleeper that is due wake up."""
        self.now_s += seconds
        for _ in range(5):
            gevent.sleep(0)


def test_a_sleep_that_a_stop_interrupts_goes_on_in_the_next_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    time_ = Time()
    monkeypatch.setattr(slice_clock, "time", time_)
    monkeypatch.setattr(slice_clock, "gevent", time_)
    clock = SliceClock()
    sleeper = gevent.spawn(clock.sleep, 5.0)
    time_.pass_(10.0)
    assert not sleeper.ready()
    clock.start(time_.now_s)
    time_.pass_(0.0)  # the sleeper sees it
    time_.pass_(2.0)
    clock.stop()
    time_.pass_(10.0)
    assert not sleeper.ready()
    clock.start(time_.now_s)
    time_.pass_(0.0)  # the sleeper sees it
    time_.pass_(2.0)
    assert not sleeper.ready()
    time_.pass_(1.0)
    assert sleeper.ready()
    assert clock.now_s() == 5.0
