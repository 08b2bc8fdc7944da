"""Clock of the slices: it stands still between them."""

from __future__ import annotations

import time

import gevent

from harness.load.process.slice_clock import SliceClock


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


def test_a_sleep_that_a_stop_interrupts_goes_on_in_the_next_slice() -> None:
    clock = SliceClock()
    sleeper = gevent.spawn(clock.sleep, 0.05)
    gevent.sleep(0.1)
    assert not sleeper.ready()
    clock.start(time.perf_counter())
    gevent.sleep(0.02)
    clock.stop()
    gevent.sleep(0.1)
    assert not sleeper.ready()
    clock.start(time.perf_counter())
    sleeper.join()
    assert clock.now_s() >= 0.05
