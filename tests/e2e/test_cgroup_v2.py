"""Control groups of version 2, on a real hierarchy that the test mounts in a mount namespace of its own.

On a machine whose controllers belong to version 1 the hierarchy has no memory controller. Then only CPU time and the
freezer are read from real files; tests/runtime/test_counters.py reads recorded files for the rest.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import ROOT

pytestmark = pytest.mark.machine

SCRIPT = """
import json, os, subprocess, sys, time
from pathlib import Path
from harness.runtime.counters import CgroupCounters, _CpuV2, group_folders
from harness.runtime.restraints import Restraints
from contextlib import ExitStack, closing

root = Path(sys.argv[1])
mounted, name = root / "sys/fs/cgroup", f"harness-test-{os.getpid()}"
mounted.mkdir(parents=True)
subprocess.run(["mount", "-t", "cgroup2", "none", str(mounted)], check=True)
line = next(one for one in Path("/proc/self/mountinfo").read_text().splitlines() if f" {mounted} " in one)
(root / "proc/self").mkdir(parents=True)
(root / "proc/self/mountinfo").write_text(line.replace(str(mounted), "/sys/fs/cgroup") + chr(10))
group = mounted / name
group.mkdir()
busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
try:
    (group / "cgroup.procs").write_text(str(busy.pid))
    of_busy = root / f"proc/{busy.pid}"
    of_busy.mkdir()
    groups = Path(f"/proc/{busy.pid}/cgroup").read_text().splitlines()
    (of_busy / "cgroup").write_text(next(one for one in groups if one.startswith("0::")) + chr(10))
    (of_busy / "stat").symlink_to(f"/proc/{busy.pid}/stat")
    found = {"folder": group_folders(busy.pid, name, root) == {"": group}}
    with ExitStack() as files:
        cpu = _CpuV2(group, files)
        before_s = cpu.used_s()
        deadline_s = time.monotonic() + 60
        while cpu.used_s() - before_s < 0.05 and time.monotonic() < deadline_s:
            time.sleep(0.01)
        found["cpu_s"] = cpu.used_s() - before_s
    if (group / "memory.stat").exists():
        with closing(CgroupCounters.of_process(busy.pid, name, root)) as counters:
            found["memory_bytes"] = counters.read().memory_bytes
    restraints = Restraints(root)
    restraints.begin(busy.pid)
    def stopped_s():
        before_s = restraints.read().stopped_s
        restraints.sample()
        time.sleep(0.02)
        restraints.sample()
        return restraints.read().stopped_s - before_s
    found["stopped_before"] = stopped_s()
    (group / "cgroup.freeze").write_text("1")
    deadline_s = time.monotonic() + 60
    while "frozen 1" not in (group / "cgroup.events").read_text() and time.monotonic() < deadline_s:
        time.sleep(0.01)
    found["stopped_frozen"] = stopped_s()
    (group / "cgroup.freeze").write_text("0")
    restraints.end(busy.pid)
    print(json.dumps(found))
finally:
    busy.kill()
    busy.wait()
    deadline_s = time.monotonic() + 60
    while "populated 1" in (group / "cgroup.events").read_text() and time.monotonic() < deadline_s:
        time.sleep(0.01)
    group.rmdir()
"""


@pytest.fixture
def readings(tmp_path: Path) -> dict[str, Any]:
    """Read the counters of a busy process in a new group; skip where the kernel allows no such mount."""
    if os.getuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("only root can mount a hierarchy")
    can = subprocess.run(["unshare", "-m", "mount", "-t", "cgroup2", "none", str(tmp_path)], check=False, timeout=30)
    if can.returncode:
        pytest.skip("this kernel allows no mount of a cgroup2 hierarchy")
    command = ["unshare", "-m", sys.executable, "-c", SCRIPT, str(tmp_path / "root")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_cpu_time_memory_and_a_pause_are_read_from_a_real_hierarchy(readings: dict[str, Any]) -> None:
    assert readings["folder"] is True
    assert readings["cpu_s"] >= 0.05
    assert readings.get("memory_bytes", 1) > 0
    assert readings["stopped_before"] == 0.0
    assert readings["stopped_frozen"] > 0.0
