"""The exact limits of the flags, the thread of the sampler, and the parts of the sampling of noise."""

from __future__ import annotations

import os
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Self

import pytest

from harness.experiment import noise
from harness.experiment.noise import Noise, Sampler, Second, Totals, flags_of, sampling_noise
from harness.experiment.speed_probe import ProbeReading
from harness.model import FlagKind
from harness.runtime.restraints import Restraints

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

QUIET = Second(1.0, 0.0, 0.5, 0.0, 0.02, 0.0, 0.0)
HELD_BACK = Second(1.0, 0.2, 0.5, 0.0, 0.02, 0.0, 0.0)


def reading(cpu_s: float, wall_s: float | None = None) -> ProbeReading:
    return ProbeReading(cpu_s, cpu_s if wall_s is None else wall_s)


def kinds(
    seconds: Sequence[Second], readings: Sequence[ProbeReading], so_far: Sequence[ProbeReading]
) -> list[FlagKind]:
    return [flag.kind for flag in flags_of(seconds, readings, so_far)]


class TestTheLimits:
    @pytest.mark.parametrize(("over", "found"), [(5, []), (6, [FlagKind.STEAL])])
    def test_five_of_a_hundred_seconds_may_exceed_a_threshold(self, over: int, found: list[FlagKind]) -> None:
        assert kinds([HELD_BACK] * over + [QUIET] * (100 - over), (), ()) == found

    @pytest.mark.parametrize(("slow", "found"), [(25, []), (26, [FlagKind.SLOW_CORE])])
    def test_a_quarter_of_the_readings_may_be_slow(self, slow: int, found: list[FlagKind]) -> None:
        readings = [reading(20.0)] * slow + [reading(8.0)] * (100 - slow)
        assert kinds((), readings, readings) == found

    @pytest.mark.parametrize(("shared", "found"), [(25, []), (26, [FlagKind.OTHER_LOAD])])
    def test_a_quarter_of_the_readings_may_share_their_core(self, shared: int, found: list[FlagKind]) -> None:
        readings = [reading(8.0, 20.0)] * shared + [reading(8.0)] * (100 - shared)
        assert kinds((), readings, readings) == found

    @pytest.mark.parametrize(("wall_s", "found"), [(10.0, []), (10.01, [FlagKind.OTHER_LOAD])])
    def test_a_reading_may_last_a_quarter_longer_than_its_cpu_time(self, wall_s: float, found: list[FlagKind]) -> None:
        assert kinds((), [reading(8.0, wall_s)] * 4, [reading(8.0)] * 9) == found

    @pytest.mark.parametrize(("cpu_s", "found"), [(10.0, []), (10.01, [FlagKind.SLOW_CORE]), (7.0, [])])
    def test_on_a_steady_machine_a_reading_may_be_a_quarter_above_the_median(
        self, cpu_s: float, found: list[FlagKind]
    ) -> None:
        assert kinds((), [reading(cpu_s)] * 4, [reading(8.0)] * 9) == found

    @pytest.mark.parametrize(("cpu_s", "found"), [(15.93, []), (15.94, [FlagKind.SLOW_CORE])])
    def test_on_a_machine_with_varying_speed_a_reading_may_be_four_sigma_above_the_median(
        self, cpu_s: float, found: list[FlagKind]
    ) -> None:
        """The median absolute deviation is 1: the limit is 10 + 4 * 1.4826 = 15.9304."""
        so_far = [reading(of) for of in (9.0, 10.0, 11.0)] * 5
        assert kinds((), [reading(cpu_s)] * 4, so_far) == found

    def test_the_flag_of_a_slow_core_has_its_limit_as_a_multiple_of_the_median(self) -> None:
        (flag,) = flags_of((), [reading(30.0)] * 4, [reading(of) for of in (9.0, 10.0, 11.0)] * 5)
        assert flag.message.startswith("the target's core was slow: 4 of 4 speed probe readings")
        assert flag.message.endswith("took more than 1.59 times the run's median CPU time")

    def test_the_flag_of_a_shared_core_has_its_limit(self) -> None:
        (flag,) = flags_of((), [reading(8.0, 20.0)] * 2 + [reading(8.0)], [reading(8.0)])
        assert flag.message == (
            "others used the target's core: 2 of 3 speed probe readings lasted more than 1.25 times its CPU time"
        )


class TestTheCounters:
    def test_the_counters_of_this_machine_can_be_read(self) -> None:
        found = Totals.read(frozenset({0}), os.getpid(), Restraints())
        assert len(found.steal_s) == 1
        assert found.generator_waited_s is None or found.generator_waited_s >= 0

    def test_without_measured_cores_there_is_no_steal(self) -> None:
        assert Totals(10.0, (), None, None, None).until(Totals(12.0, (), None, None, None)).steal == 0.0


class TestTheSampler:
    def test_the_sampler_looks_five_times_a_second(self) -> None:
        sampler = Sampler(lambda: Totals(0.0, (), None, None, None), frozenset())
        assert sampler._pause_s == pytest.approx(0.2)

    def test_the_sampler_reads_on_its_cores_and_its_thread_ends_with_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        placed: list[tuple[int, frozenset[int]]] = []
        readers: list[int] = []
        began = threading.Event()
        monkeypatch.setattr(os, "sched_setaffinity", lambda thread, cpus: placed.append((thread, cpus)))

        def read() -> Totals:
            readers.append(threading.get_native_id())
            began.set()
            return Totals(0.0, (), None, None, None)

        sampler = Sampler(read, frozenset({5}))
        joined = threading.Event()
        join = sampler._thread.join

        def observed_join() -> None:
            join(60)
            joined.set()

        monkeypatch.setattr(sampler._thread, "join", observed_join)
        with sampler:
            assert began.wait(60)
        assert placed == [(readers[0], frozenset({5}))]
        assert joined.is_set()
        assert not sampler._thread.is_alive()


def test_a_block_stores_its_seconds_before_its_readings() -> None:
    sampler = Sampler(lambda: Totals(0.0, (), None, None, None), frozenset())
    sampler._seconds = [QUIET]
    kept = Noise(sampler, lambda: reading(8.0))
    kept.read_probe()
    _, lines = kept.end_block(7)
    assert lines == [
        {"block": 7, "signal": "second", **asdict(QUIET)},
        {"block": 7, "signal": "speed_probe", "cpu_s": 8.0, "wall_s": 8.0},
    ]


class FakeProbe:
    """Fake of the speed probe's process."""

    def __init__(self, cpus: frozenset[int]) -> None:
        self.cpus = cpus

    def read_speed(self) -> ProbeReading:
        return reading(float(sum(self.cpus)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        return None


class FakeSampler(FakeProbe):
    """Fake of the sampler's thread that records its arguments."""

    def __init__(self, read: Callable[[], Totals], cpus: frozenset[int], look: Callable[[], None]) -> None:
        super().__init__(cpus)
        self.read, self.look = read, look


def test_the_probe_runs_on_the_targets_cores_and_the_sampler_reads_all_measured_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    restraints, refreshed, read = Restraints(), [], []
    monkeypatch.setattr(restraints, "refresh", lambda: refreshed.append("refreshed"))
    monkeypatch.setattr(noise, "SpeedProbe", FakeProbe)
    monkeypatch.setattr(noise, "Sampler", FakeSampler)
    monkeypatch.setattr(noise.Totals, "read", lambda *arguments: read.append(arguments))
    with sampling_noise(77, restraints, target=frozenset({1, 2}), generator=frozenset({4})) as kept:
        kept.read_probe()
        sampler = kept._sampler
        assert isinstance(sampler, FakeSampler)
        sampler.read()
    assert sampler.cpus == frozenset({4})
    assert sampler.look == restraints.sample
    assert read == [(frozenset({1, 2, 4}), 77, restraints)]
    assert (kept._readings, refreshed) == ([reading(3.0)], ["refreshed"])
