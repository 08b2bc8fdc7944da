"""The speed probe as a real process on a real core; no test asserts its speed."""

import os
from types import SimpleNamespace

import pytest

from harness.errors import MachineError
from harness.experiment import speed_probe
from harness.experiment.speed_probe import ProbeReading, SpeedProbe, read_speed


def test_each_call_returns_a_reading() -> None:
    with SpeedProbe(frozenset({min(os.sched_getaffinity(0))})) as probe:
        for reading in (probe.read_speed(), probe.read_speed()):
            assert 0 < reading.cpu_s <= reading.wall_s * 1.01


def test_a_probe_that_cannot_be_pinned_is_a_machine_error() -> None:
    with SpeedProbe(frozenset({100_000})) as probe, pytest.raises(MachineError, match="the speed probe ended"):
        probe.read_speed()


def test_a_reading_has_the_time_of_both_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, cpu = iter([7.0, 7.5]), iter([1.0, 1.25])
    clocks = SimpleNamespace(
        monotonic=lambda: next(wall), clock_gettime=lambda _clock: next(cpu), CLOCK_THREAD_CPUTIME_ID=3
    )
    monkeypatch.setattr(speed_probe, "time", clocks)
    assert read_speed() == ProbeReading(cpu_s=0.25, wall_s=0.5)
