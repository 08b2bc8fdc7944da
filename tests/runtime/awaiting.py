"""Functions that tests of processes share: waiting for a condition, and finding the processes of a run."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from harness.runtime.restraints import Restraints

PATIENCE_S = 60.0  # ends a test that hangs; a passing test never waits so long


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"the condition is not true after {PATIENCE_S:g} s"
        time.sleep(0.005)


def until_executed(pid: int, *words: str) -> None:
    """Wait until a process runs this command: its parent goes on before its arguments and environment can be read."""
    wanted = b"".join(f"{word}\0".encode() for word in words)
    until(lambda: Path(f"/proc/{pid}/cmdline").read_bytes() == wanted)


def marked(run_id: str) -> list[int]:
    """Return the ids of the processes with a run's marks, read without the harness."""
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
    """Return whether a process exists and is no zombie."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (ProcessLookupError, FileNotFoundError):
        return False


def looks_stopped(restraints: Restraints) -> bool:
    """Return whether a sample finds a stopped process."""
    before = restraints.read().stopped_s
    restraints.sample()
    return restraints.read().stopped_s > before
