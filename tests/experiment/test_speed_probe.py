"""The speed probe as a real process on a real core; no test asserts its speed."""

import os

import pytest

from harness.errors import MachineError
from harness.experiment.speed_probe import SpeedProbe, read_speed


def test_each_call_returns_a_reading() -> None:
    with SpeedProbe(frozenset({min(os.sched_getaffinity(0))})) as probe:
        for reading in (probe.read_speed(), probe.read_speed()):
            assert 0 < reading.cpu_s <= reading.wall_s * 1.01


def test_a_probe_that_cannot_be_pinned_is_a_machine_error() -> None:
    with SpeedProbe(frozenset({100_000})) as probe, pytest.raises(MachineError, match="the speed probe ended"):
        probe.read_speed()


def test_the_work_is_the_same_every_time() -> None:
    readings = [read_speed() for _ in range(3)]
    assert max(reading.cpu_s for reading in readings) < 10 * min(reading.cpu_s for reading in readings)
