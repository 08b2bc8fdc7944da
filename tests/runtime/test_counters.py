"""The kernel's counters: files recorded from a real container (version 1), and written by the documentation (2)."""

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import MachineError
from harness.runtime.base import Counters
from harness.runtime.counters import CgroupCounters

FIXTURES = Path(__file__).parent / "fixtures"
PID = 4242
V1 = "5042d19568dbaa008a48cd038ff7e53d522fb18be5596ad58cc88d508922dd0d"
V2 = "b1946ac92492d2347c6235b4d2611184e5e5c0a4f6f7a9d2f9a3c1d0e8b7a695"
V1_MEMORY = f"sys/fs/cgroup/memory/docker/{V1}"
V2_GROUP = f"sys/fs/cgroup/system.slice/docker-{V2}.scope"


@pytest.fixture
def v1(tmp_path: Path) -> Path:
    return shutil.copytree(FIXTURES / "cgroup_v1", tmp_path / "v1")


@pytest.fixture
def v2(tmp_path: Path) -> Path:
    return shutil.copytree(FIXTURES / "cgroup_v2", tmp_path / "v2")


@pytest.fixture(autouse=True)
def _no_file_stays_open() -> Iterator[None]:
    before = set(Path("/proc/self/fd").iterdir())
    yield
    assert set(Path("/proc/self/fd").iterdir()) <= before, (
        "descriptors of earlier tests may close meanwhile, none may stay"
    )


def read(root: Path, name: str) -> Counters:
    counters = CgroupCounters.of_process(PID, name, root)
    try:
        return counters.read()
    finally:
        counters.close()


def without(path: Path, key: str) -> None:
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if line.split()[0] != key))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_version_1_counts_anonymous_shared_and_kernel_memory(v1: Path) -> None:
    assert read(v1, V1) == Counters(
        cpu_s=0.790275630,
        memory_bytes=3_710_976 + 8_388_608 + 446_464,
        memory_parts=("total_rss", "total_shmem", "kmem.usage_in_bytes"),
        peak_bytes=54_906_880,
        throttled_s=2.992493433,
        oom_kills=0,
    )


def test_version_2_counts_anonymous_shared_and_kernel_memory(v2: Path) -> None:
    assert read(v2, V2) == Counters(
        cpu_s=1.234567,
        memory_bytes=25_165_824 + 8_388_608 + 2_121_728,
        memory_parts=("anon", "shmem", "kernel"),
        peak_bytes=41_943_040,
        throttled_s=0.15,
        oom_kills=1,
    )


def test_version_1_counts_processes_that_the_kernel_killed(v1: Path) -> None:
    replace(v1 / V1_MEMORY / "memory.oom_control", "oom_kill 0", "oom_kill 3")
    assert read(v1, V1).oom_kills == 3


def test_the_parts_of_a_version_1_kernel_without_shared_memory_lack_it(v1: Path) -> None:
    without(v1 / V1_MEMORY / "memory.stat", "total_shmem")
    counters = read(v1, V1)
    assert counters.memory_parts == ("total_rss", "kmem.usage_in_bytes")
    assert counters.memory_bytes == 3_710_976 + 446_464


def test_the_parts_of_a_version_1_kernel_without_kernel_memory_lack_it(v1: Path) -> None:
    (v1 / V1_MEMORY / "memory.kmem.usage_in_bytes").unlink()
    counters = read(v1, V1)
    assert counters.memory_parts == ("total_rss", "total_shmem")
    assert counters.memory_bytes == 3_710_976 + 8_388_608


def test_kernel_memory_is_added_up_on_a_version_2_kernel_before_5_18(v2: Path) -> None:
    without(v2 / V2_GROUP / "memory.stat", "kernel")
    counters = read(v2, V2)
    assert counters.memory_parts == ("anon", "shmem", "kernel_stack", "pagetables", "percpu", "slab")
    assert counters.memory_bytes == 25_165_824 + 8_388_608 + 131_072 + 299_008 + 21_600 + 1_572_864


def test_a_version_2_kernel_before_5_19_has_no_peak(v2: Path) -> None:
    (v2 / V2_GROUP / "memory.peak").unlink()
    counters = CgroupCounters.of_process(PID, V2, v2)
    assert counters.read().peak_bytes is None
    assert counters.reset_peak() is False
    counters.close()


@pytest.mark.parametrize(
    ("fixture", "name", "peak"),
    [("v1", V1, f"{V1_MEMORY}/memory.max_usage_in_bytes"), ("v2", V2, f"{V2_GROUP}/memory.peak")],
)
def test_a_reset_of_the_peak_writes_to_its_file(
    request: pytest.FixtureRequest, fixture: str, name: str, peak: str
) -> None:
    root: Path = request.getfixturevalue(fixture)
    (root / peak).write_text("9\n")
    counters = CgroupCounters.of_process(PID, name, root)
    assert counters.reset_peak() is True
    assert (root / peak).read_text() == "0\n"
    counters.close()


def test_a_refused_reset_of_the_peak_returns_false(v2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_file: int, _data: bytes, _offset: int) -> int:
        raise OSError(errno.EINVAL, "Invalid argument")

    counters = CgroupCounters.of_process(PID, V2, v2)
    monkeypatch.setattr(os, "pwrite", refuse)
    assert counters.reset_peak() is False
    assert counters.read().peak_bytes == 41_943_040
    counters.close()


def test_a_peak_without_write_permission_is_read_and_not_reset(v2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really_open = os.open

    def read_only(path: Path, flags: int) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return really_open(path, flags)

    monkeypatch.setattr(os, "open", read_only)
    counters = CgroupCounters.of_process(PID, V2, v2)
    monkeypatch.undo()
    assert counters.read().peak_bytes == 41_943_040
    assert counters.reset_peak() is False
    counters.close()


def test_every_reading_has_the_current_values(v1: Path) -> None:
    counters = CgroupCounters.of_process(PID, V1, v1)
    before = counters.read()
    (v1 / f"sys/fs/cgroup/cpuacct/docker/{V1}/cpuacct.usage").write_text("1790275630\n")
    replace(v1 / V1_MEMORY / "memory.stat", "total_rss 3710976", "total_rss 3710977")
    after = counters.read()
    counters.close()
    assert after.cpu_s - before.cpu_s == pytest.approx(1.0)
    assert after.memory_bytes - before.memory_bytes == 1


def test_controllers_that_share_a_mount_are_found(v1: Path) -> None:
    cgroups = v1 / "sys/fs/cgroup"
    shutil.copytree(cgroups / "cpu", cgroups / "cpu,cpuacct")
    shutil.copytree(cgroups / "cpuacct", cgroups / "cpu,cpuacct", dirs_exist_ok=True)
    shutil.rmtree(cgroups / "cpu")
    shutil.rmtree(cgroups / "cpuacct")
    without(v1 / "proc/self/mountinfo", "33")
    replace(
        v1 / "proc/self/mountinfo",
        "/sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu",
        "/sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct",
    )
    replace(v1 / "proc/4242/cgroup", f"2:cpuacct:/docker/{V1}\n1:cpu:", "2:cpu,cpuacct:")
    counters = read(v1, V1)
    assert (counters.cpu_s, counters.throttled_s) == (0.790275630, 2.992493433)


def test_a_controller_is_read_in_the_version_in_which_it_is_mounted(v1: Path) -> None:
    """A hybrid machine: memory in version 1, the CPU's controllers only in the unified tree."""
    unified = v1 / f"sys/fs/cgroup/unified/docker/{V1}"
    unified.mkdir(parents=True)
    (unified / "cpu.stat").write_text("usage_usec 2500000\nthrottled_usec 500000\n")
    for mount in ("32", "33"):
        without(v1 / "proc/self/mountinfo", mount)
    counters = read(v1, V1)
    assert (counters.cpu_s, counters.throttled_s) == (2.5, 0.5)
    assert counters.memory_bytes == 3_710_976 + 8_388_608 + 446_464


def test_a_mounted_part_of_the_tree_is_found(v2: Path) -> None:
    """As in a container with the machine's groups: the root of the mount is a group, not the root group."""
    replace(v2 / "proc/self/mountinfo", "0:31 / /sys/fs/cgroup", "0:31 /system.slice /sys/fs/cgroup/system.slice")
    assert read(v2, V2).cpu_s == 1.234567


def test_without_quotas_the_throttled_time_is_zero(v1: Path, v2: Path) -> None:
    (v1 / f"sys/fs/cgroup/cpu/docker/{V1}/cpu.stat").unlink()
    without(v2 / V2_GROUP / "cpu.stat", "throttled_usec")
    assert read(v1, V1).throttled_s == 0.0
    assert read(v2, V2).throttled_s == 0.0


def test_another_process_with_the_same_id_is_not_read_as_the_container(v1: Path) -> None:
    with pytest.raises(MachineError, match=r"process 4242.*not in a control group of aaaaaaaaaaaa.*not in a container"):
        read(v1, "a" * 64)


def test_a_missing_process_is_a_machine_error_with_a_remedy(v2: Path) -> None:
    with pytest.raises(MachineError, match=r"can't read .* \(process 7\): .*No such file.*harness doctor") as caught:
        CgroupCounters.of_process(7, V2, v2)
    assert caught.value.exit_code == 3


def test_groups_that_are_not_mounted_are_an_error(v2: Path) -> None:
    without(v2 / "proc/self/mountinfo", "36")
    with pytest.raises(MachineError, match="the kernel reports no control groups"):
        read(v2, V2)


def test_a_group_outside_the_mounts_is_an_error(v2: Path) -> None:
    replace(v2 / "proc/self/mountinfo", "0:31 / /sys/fs/cgroup", "0:31 /elsewhere /sys/fs/cgroup")
    with pytest.raises(MachineError, match="elsewhere"):
        read(v2, V2)


def test_the_error_names_a_counter_that_the_kernel_does_not_report(v1: Path) -> None:
    without(v1 / V1_MEMORY / "memory.oom_control", "oom_kill")
    with pytest.raises(MachineError, match="the kernel reports no oom_kill"):
        read(v1, V1)


def test_a_removed_group_is_an_error(v1: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_device(_file: int, _size: int, _offset: int) -> bytes:
        raise OSError(errno.ENODEV, "No such device")

    counters = CgroupCounters.of_process(PID, V1, v1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pread", no_device)
        with pytest.raises(MachineError, match="No such device"):
            counters.read()
    counters.close()


def test_a_failed_opening_leaves_no_file_open(v1: Path) -> None:
    shutil.rmtree(v1 / "sys/fs/cgroup/cpuacct")
    with pytest.raises(MachineError, match=r"cpuacct\.usage"):
        CgroupCounters.of_process(PID, V1, v1)


def test_closing_twice_is_no_error(v2: Path) -> None:
    counters = CgroupCounters.of_process(PID, V2, v2)
    counters.close()
    counters.close()
