"""Signals above their thresholds become flags; differences of the kernel's counters become shares."""

import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.experiment.noise import LOOKS, Noise, Sampler, Second, Totals, flags_of
from harness.experiment.speed_probe import ProbeReading
from harness.model import FlagKind
from harness.runtime.restraints import Restraints, RestraintTimes

QUIET = Second(
    at_s=1.0, steal=0.0, cpu_pressure=0.5, memory_pressure=0.0, generator_waited=0.02, throttled=0.0, stopped=0.0
)
READING = ProbeReading(cpu_s=0.012, wall_s=0.0121)
READINGS = (READING,) * 12
THRESHOLDS = [
    ("steal", 0.03, FlagKind.STEAL),
    ("memory_pressure", 0.1, FlagKind.PRESSURE),
    ("generator_waited", 0.1, FlagKind.GENERATOR_LATE),
    ("throttled", 0.005, FlagKind.THROTTLED),
]


def kinds(
    seconds: Sequence[Second] = (), readings: Sequence[ProbeReading] = (), of_run: Sequence[ProbeReading] = ()
) -> list[FlagKind]:
    return [flag.kind for flag in flags_of(seconds, readings, of_run or readings)]


class TestSeconds:
    def test_a_quiet_block_has_no_flag(self) -> None:
        assert kinds([QUIET] * 40, READINGS) == []

    @pytest.mark.parametrize(("signal", "limit", "kind"), THRESHOLDS)
    def test_more_than_one_second_in_twenty_above_a_threshold_flags_the_block(
        self, signal: str, limit: float, kind: FlagKind
    ) -> None:
        over, at = (replace(QUIET, **{signal: share}) for share in (limit + 0.001, limit))
        assert kinds([over] * 3 + [QUIET] * 37) == [kind]
        assert kinds([over] * 2 + [QUIET] * 38) == []
        assert kinds([at] * 40) == []

    @pytest.mark.parametrize(("signal", "limit", "kind"), THRESHOLDS)
    def test_a_single_second_above_a_threshold_never_flags_even_a_short_block(
        self, signal: str, limit: float, kind: FlagKind
    ) -> None:
        over = replace(QUIET, **{signal: 2 * limit})
        assert kinds([over] + [QUIET] * 3) == []
        assert kinds([over] * 2 + [QUIET] * 2) == [kind]

    def test_a_signal_that_the_kernel_does_not_have_raises_no_flag(self) -> None:
        without_signals = Second(1.0, 0.0, None, None, None)
        assert kinds([without_signals] * 9) == []

    def test_a_single_stop_of_a_target_flags_the_block(self) -> None:
        stopped = replace(QUIET, stopped=0.2)
        assert kinds([stopped] + [QUIET] * 99) == [FlagKind.PAUSED]
        assert kinds([replace(QUIET, stopped=0.0)] * 9) == []
        (flag,) = flags_of([stopped] * 2 + [QUIET], (), ())
        assert flag.message == "a target was stopped from outside in 2 of 3 seconds"

    def test_a_stop_of_the_harness_flags_the_block(self) -> None:
        """After Ctrl-Z and `fg`, for example: what the harness itself times, such as a start, took as long."""
        seconds = [replace(QUIET, at_s=at_s) for at_s in (1.0, 2.0, 9.5, 10.5)]
        (flag,) = flags_of(seconds, (), ())
        assert (flag.kind, flag.message) == (FlagKind.PAUSED, "the harness itself did not run for 8 s")
        assert flags_of([replace(QUIET, at_s=at_s) for at_s in (1.0, 2.0, 7.0, 8.0)], (), ()) == ()

    def test_the_message_of_a_flag_counts_the_seconds(self) -> None:
        (flag,) = flags_of([replace(QUIET, steal=0.2)] * 5 + [QUIET] * 5, (), ())
        assert flag.message == "the hypervisor held a core back for more than 3% of the time in 5 of 10 seconds"


class TestTheSpeedProbe:
    def test_readings_much_longer_than_their_cpu_time_flag_other_load_on_the_core(self) -> None:
        shared = replace(READING, wall_s=0.024)
        assert kinds(readings=[shared] * 4 + [READING] * 8) == [FlagKind.OTHER_LOAD]
        assert kinds(readings=[shared] * 3 + [READING] * 9) == []

    def test_readings_with_more_cpu_time_than_the_runs_median_flag_a_slow_core(self) -> None:
        slow = ProbeReading(cpu_s=0.016, wall_s=0.016)
        assert kinds(readings=[slow] * 4 + [READING] * 8, of_run=[slow] * 4 + [READING] * 40) == [FlagKind.SLOW_CORE]
        assert kinds(readings=[slow] * 3 + [READING] * 9, of_run=[slow] * 3 + [READING] * 41) == []

    def test_the_limit_of_a_slow_core_is_higher_on_a_machine_whose_speed_varies_more(self) -> None:
        """With a median absolute deviation of a tenth, four sigma are 59 %."""
        varied = [ProbeReading(cpu_s, cpu_s) for cpu_s in (0.009, 0.010, 0.011)] * 20
        slow = [ProbeReading(0.0158, 0.0158)] * 12
        slower = [ProbeReading(0.0185, 0.0185)] * 12
        assert kinds(readings=slow, of_run=varied + slow) == []
        assert kinds(readings=slower, of_run=varied + slower) == [FlagKind.SLOW_CORE]

    def test_without_readings_there_is_no_flag(self) -> None:
        assert kinds() == []


class TestTheCounters:
    @pytest.fixture
    def proc(self, tmp_path: Path) -> Path:
        (tmp_path / "pressure").mkdir()
        (tmp_path / "7").mkdir()
        stat = "cpu  9 9 9 9 9 9 9 999 0 0\n" + "".join(f"cpu{n} 1 2 3 4 5 6 7 {50 * n} 0 0\n" for n in range(3))
        (tmp_path / "stat").write_text(stat + "intr 5 5\n")
        for name, total in (("cpu", 1_500_000), ("memory", 250_000)):
            pressure = f"some avg10=0.00 avg60=0.00 avg300=0.00 total={total}\nfull avg10=0.00 total=7\n"
            (tmp_path / "pressure" / name).write_text(pressure)
        (tmp_path / "7" / "schedstat").write_text("123 500000000 9\n")
        return tmp_path

    def test_they_are_read_for_the_measured_cores_in_seconds(self, proc: Path) -> None:
        tick_s = 1 / os.sysconf("SC_CLK_TCK")
        found = Totals.read(frozenset({1, 2}), 7, Restraints(), proc)
        assert found.steal_s == (50 * tick_s, 100 * tick_s)
        assert (found.cpu_pressure_s, found.memory_pressure_s, found.generator_waited_s) == (1.5, 0.25, 0.5)

    def test_a_counter_that_the_kernel_does_not_have_is_absent(self, proc: Path) -> None:
        (proc / "pressure/cpu").unlink()
        (proc / "pressure/memory").unlink()
        found = Totals.read(frozenset({1}), 8, Restraints(), proc)
        assert (found.cpu_pressure_s, found.memory_pressure_s, found.generator_waited_s) == (None, None, None)

    def test_quotas_and_stops_of_targets_are_among_them(self, proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        restraints = Restraints()
        monkeypatch.setattr(restraints, "read", lambda: RestraintTimes(throttled_s=3.5, stopped_s=0.2))
        found = Totals.read(frozenset({1}), 7, restraints, proc)
        assert (found.throttled_s, found.stopped_s) == (3.5, 0.2)
        later = replace(found, at_s=found.at_s + 2.0, throttled_s=4.0, stopped_s=1.2)
        assert (found.until(later).throttled, found.until(later).stopped) == (0.25, 0.5)

    def test_their_differences_are_shares_and_steal_is_that_of_the_worst_core(self) -> None:
        before = Totals(10.0, (1.0, 1.0), 3.0, None, 0.0)
        later = Totals(12.0, (1.0, 1.5), 4.0, 9.0, 0.1)
        assert before.until(later) == Second(12.0, 0.25, 0.5, None, 0.05)


def totals() -> Totals:
    return Totals(float(next(moments)), (0.0,), None, None, None)


moments = iter(range(1_000_000))


def test_the_sampler_reads_until_it_is_closed_and_returns_each_second_once() -> None:
    totals_read = threading.Semaphore(0)

    def read() -> Totals:
        totals_read.release()
        return totals()

    with Sampler(read, frozenset(os.sched_getaffinity(0)), period_s=0.001) as sampler:
        for _ in range(4):
            assert totals_read.acquire(timeout=60)
    taken = sampler.take()
    assert len(taken) >= 2
    assert [second.steal for second in taken] == [0.0] * len(taken)
    assert sampler.take() == ()


def test_the_sampler_looks_several_times_for_each_reading() -> None:
    journal: list[str] = []
    enough = threading.Event()

    def read() -> Totals:
        journal.append("read")
        if journal.count("read") == 3:
            enough.set()
        return replace(totals(), at_s=float(len(journal)))

    with Sampler(read, frozenset(), period_s=0.001, look=lambda: journal.append("look")):
        assert enough.wait(timeout=60)
    assert journal[: 2 * LOOKS + 3] == ["read", *(["look"] * LOOKS + ["read"]) * 2]


@pytest.mark.parametrize(("looks", "seconds"), [(LOOKS // 2, 0), (LOOKS // 2 + 1, 1)])
def test_the_current_second_is_returned_if_most_of_it_is_over(looks: int, seconds: int) -> None:
    sampler = Sampler(totals, frozenset())
    sampler._before, sampler._looks = totals(), looks
    assert (len(sampler.take()), len(sampler.take())) == (seconds, 0)


def test_each_block_has_its_own_signals_and_is_compared_with_all_readings_so_far() -> None:
    readings = iter([READING] * 12 + [ProbeReading(0.020, 0.020)] * 4)
    noise = Noise(Sampler(totals, frozenset()), lambda: next(readings))
    for _ in range(12):
        noise.read_probe()
    flags, lines = noise.end_block(0)
    assert (flags, len(lines)) == ((), 12)
    assert lines[0] == {"block": 0, "signal": "speed_probe", "cpu_s": 0.012, "wall_s": 0.0121}
    for _ in range(4):
        noise.read_probe()
    flags, lines = noise.end_block(1)
    assert [flag.kind for flag in flags] == [FlagKind.SLOW_CORE]
    assert [line["block"] for line in lines] == [1] * 4
