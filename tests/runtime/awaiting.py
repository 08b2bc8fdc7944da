"""What tests of processes share: waiting for what another process brings about, and finding those of a run."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from harness.runtime.restraints import Restraints

PATIENCE_S = 10.0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.005)


def marked(run_id: str) -> list[int]:
    """Return the processes whose environment names a run, read without any help of the harness."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            variables = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if f"HARNESS_RUN={run_id}".encode() in variables:
            found.append(int(path.parent.name))
    return found


def lives(pid: int) -> bool:
    """Tell whether a process is there and more than a zombie."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (ProcessLookupError, FileNotFoundError):
        return False


def looks_stopped(restraints: Restraints) -> bool:
    """Tell whether a look finds something stopped that is watched."""
    before = restraints.read().stopped_s
    restraints.look()
    return restraints.read().stopped_s > before
