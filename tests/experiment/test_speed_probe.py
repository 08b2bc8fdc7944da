"""The probe is a real process on a real core; it is held to what it is, not to how fast it is."""

import os

import pytest

from harness.errors import MachineError
from harness.experiment.speed_probe import SpeedProbe, read_speed


def test_it_sings_as_often_as_it_is_asked() -> None:
    with SpeedProbe(frozenset({min(os.sched_getaffinity(0))})) as probe:
        for reading in (probe.read_speed(), probe.read_speed()):
            assert 0 < reading.cpu_s <= reading.wall_s * 1.01


def test_one_that_could_not_be_pinned_is_an_error_with_its_remedy() -> None:
    with SpeedProbe(frozenset({100_000})) as probe, pytest.raises(MachineError, match="the probe is gone"):
        probe.read_speed()


def test_the_work_is_the_same_every_time() -> None:
    readings = [read_speed() for _ in range(3)]
    assert max(reading.cpu_s for reading in readings) < 10 * min(reading.cpu_s for reading in readings)
