"""Restraints of targets: throttling and stops, on invented /proc and /sys of both versions, and on real processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.runtime.restraints import Restraints, RestraintTimes
from tests.runtime.awaiting import looks_stopped, until

MOUNTS_V1 = (
    "31 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup c rw,cpu\n"
    "32 23 0:29 / /sys/fs/cgroup/freezer rw - cgroup c rw,freezer\n"
)
MOUNTS_V2 = "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 c rw\n"
SLEEP = (sys.executable, "-c", "import sys; sys.stdin.read()")


class Machine:
    """A /proc and a /sys made of files, and a clock that advances by 0.1 s at every reading."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ticks = 0
        self.write("proc/self/mountinfo", MOUNTS_V2)
        self.restraints = Restraints(root, self.now_s)

    def now_s(self) -> float:
        self.ticks += 1
        return self.ticks / 10

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def process(self, pid: int, parent: int, group: str = "0::/t", state: str = "S") -> None:
        self.write(f"proc/{pid}/stat", f"{pid} (a) name) {state} {parent} 1 1")
        self.write(f"proc/{pid}/cgroup", f"{group}\n")

    def sample(self) -> RestraintTimes:
        self.restraints.sample()
        return self.restraints.read()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture(autouse=True)
def _no_file_stays_open_after_watching_ends() -> Iterator[None]:
    before = len(list(Path("/proc/self/fd").iterdir()))
    yield
    assert len(list(Path("/proc/self/fd").iterdir())) <= before  # descriptors of earlier tests may close meanwhile


def throttled(machine: Machine, group: str, usec: int) -> None:
    machine.write(f"sys/fs/cgroup/{group}cpu.stat", f"usage_usec 9\nnr_throttled 3\nthrottled_usec {usec}\n")


class TestQuotas:
    def test_throttling_counts_while_a_process_is_watched(self, machine: Machine) -> None:
        machine.process(7, 1)
        throttled(machine, "t/", 5_000_000)
        machine.restraints.begin(7)
        assert machine.restraints.read() == RestraintTimes(0.0, 0.0)
        throttled(machine, "t/", 5_250_000)
        assert machine.restraints.read() == RestraintTimes(0.25, 0.0)
        throttled(machine, "t/", 5_750_000)
        machine.restraints.end(7)
        throttled(machine, "t/", 9_000_000)
        assert machine.restraints.read() == RestraintTimes(0.75, 0.0)

    def test_a_quota_of_a_group_above_counts_and_two_processes_of_one_group_count_once(self, machine: Machine) -> None:
        for pid in (7, 8):
            machine.process(pid, 1, "0::/above/t")
            machine.restraints.begin(pid)
        throttled(machine, "above/t/", 0)
        throttled(machine, "above/", 0)
        machine.restraints.refresh()
        throttled(machine, "above/", 500_000)
        assert machine.restraints.read() == RestraintTimes(0.5, 0.0)
        machine.restraints.end(7)
        machine.restraints.end(8)

    def test_version_1_counts_in_nanoseconds(self, machine: Machine) -> None:
        machine.write("proc/self/mountinfo", MOUNTS_V1)
        machine.process(7, 1, "1:cpu:/docker/t")
        path = "sys/fs/cgroup/cpu/docker/t/cpu.stat"
        machine.write(path, "nr_periods 2\nnr_throttled 1\nthrottled_time 1000000000\n")
        machine.restraints.begin(7)
        machine.write(path, "nr_periods 4\nnr_throttled 2\nthrottled_time 1125000000\n")
        assert machine.restraints.read() == RestraintTimes(0.125, 0.0)
        machine.restraints.end(7)

    def test_throttling_of_a_removed_group_stays_counted(self, machine: Machine) -> None:
        machine.process(7, 1)
        throttled(machine, "t/", 1_000_000)
        machine.restraints.begin(7)
        throttled(machine, "t/", 1_500_000)
        assert machine.restraints.read().throttled_s == 0.5
        (machine.root / "sys/fs/cgroup/t/cpu.stat").unlink()
        machine.restraints.end(7)
        assert machine.restraints.read().throttled_s == 0.5

    def test_a_kernel_without_quotas_gives_no_throttling(self, machine: Machine) -> None:
        machine.process(7, 1)
        machine.restraints.begin(7)
        assert machine.sample() == RestraintTimes(0.0, 0.0)
        machine.restraints.end(7)


class TestStops:
    @pytest.mark.parametrize("state", ["T", "t"])
    def test_the_time_between_samples_of_a_stopped_process_counts(self, machine: Machine, state: str) -> None:
        machine.process(7, 1)
        machine.restraints.begin(7)
        assert machine.sample().stopped_s == 0.0
        machine.process(7, 1, state=state)
        assert machine.sample().stopped_s == pytest.approx(0.1)
        assert machine.sample().stopped_s == pytest.approx(0.2)
        machine.process(7, 1)
        assert machine.sample().stopped_s == pytest.approx(0.2)
        machine.restraints.end(7)

    def test_all_descendants_are_watched_and_other_processes_are_not(self, machine: Machine) -> None:
        for pid, parent in ((7, 1), (8, 7), (9, 8), (10, 1)):
            machine.process(pid, parent)
        machine.restraints.begin(7)
        machine.process(10, 1, state="T")
        assert machine.sample().stopped_s == 0.0
        machine.process(9, 8, state="T")
        assert machine.sample().stopped_s == pytest.approx(0.1)
        machine.restraints.end(7)
        assert machine.sample().stopped_s == pytest.approx(0.1)

    def test_a_process_that_started_later_is_watched_after_a_refresh(self, machine: Machine) -> None:
        machine.process(7, 1)
        machine.restraints.begin(7)
        machine.process(8, 7, state="T")
        assert machine.sample().stopped_s == 0.0
        machine.restraints.refresh()
        assert machine.sample().stopped_s == pytest.approx(0.1)
        machine.restraints.end(7)

    @pytest.mark.parametrize(
        ("mounts", "group", "path", "texts"),
        [
            (MOUNTS_V1, "2:freezer:/t", "sys/fs/cgroup/freezer/t/freezer.state", ("THAWED\n", "FROZEN\n")),
            (
                MOUNTS_V2,
                "0::/t",
                "sys/fs/cgroup/t/cgroup.events",
                ("populated 1\nfrozen 0\n", "populated 1\nfrozen 1\n"),
            ),
        ],
    )
    def test_a_frozen_group_counts_as_stopped(
        self, machine: Machine, mounts: str, group: str, path: str, texts: tuple[str, str]
    ) -> None:
        machine.write("proc/self/mountinfo", mounts)
        machine.process(7, 1, group, state="D")
        machine.write(path, texts[0])
        machine.restraints.begin(7)
        assert machine.sample().stopped_s == 0.0
        machine.write(path, texts[1])
        assert machine.sample().stopped_s == pytest.approx(0.1)
        machine.restraints.end(7)


def test_a_real_process_counts_as_stopped_from_sigstop_to_sigcont_and_not_after_its_end() -> None:
    restraints = Restraints()
    with subprocess.Popen(SLEEP, stdin=subprocess.PIPE) as process:
        restraints.begin(process.pid)
        restraints.sample()
        assert restraints.read().stopped_s == 0.0
        os.kill(process.pid, signal.SIGSTOP)
        until(lambda: looks_stopped(restraints))
        os.kill(process.pid, signal.SIGCONT)
        until(lambda: not looks_stopped(restraints))
    assert not looks_stopped(restraints)
    restraints.end(process.pid)
