"""Real disturbances of this machine, each for as long as a context lasts: a burner, a stop, a CPU quota.

What is disturbed are processes of the self-test's own. Knows nothing of what sees it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from harness.errors import MachineError
from harness.runtime.counters import group_folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WARM_S = 0.3
_PERIOD_US, _QUOTA_US = 100_000, 20_000
_WAIT_S = 5.0
_REMEDY = "Run it as root, where control groups of the cpu controller may be made."


@contextmanager
def burning(cpus: frozenset[int]) -> Iterator[int]:
    """Let a process compute on cores, and yield its number."""
    with _process(f"import os; os.sched_setaffinity(0, {set(cpus)})\nwhile True: pass") as pid:
        time.sleep(_WARM_S)
        os.kill(pid, 0)
        yield pid


@contextmanager
def resting() -> Iterator[int]:
    """Let a process sleep, and yield its number."""
    with _process("import time; time.sleep(600)") as pid:
        yield pid


@contextmanager
def _process(program: str) -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", program])
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Keep a process stopped."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def held_by_a_quota(cpus: frozenset[int]) -> Iterator[int]:
    """Let a process compute in a control group of its own, which may use a fifth of a core; yield its number.

    Raises:
        MachineError: No such group can be made: that takes root, and the cpu controller.
    """
    with burning(cpus) as pid:
        group = _make_group(pid)
        try:
            yield pid
        finally:
            _leave(pid, group)


def _make_group(pid: int) -> Path:
    """Make a group below the one that a process is in, and move it there."""
    try:
        folders = group_folders(pid)
        parent = folders.get("cpu", folders.get(""))
        if parent is None:
            raise FileNotFoundError("no control groups are mounted")
        group = parent / f"harness-selftest-{pid}"
        group.mkdir()
        try:
            _limit(group, is_version_1="cpu" in folders)
            (group / "cgroup.procs").write_text(str(pid))
        except OSError:
            group.rmdir()
            raise
    except (OSError, ValueError) as error:
        raise MachineError(
            "no CPU quota can be set", where="control groups", cause=str(error), remedy=_REMEDY
        ) from error
    return group


def _limit(group: Path, *, is_version_1: bool) -> None:
    if is_version_1:
        (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(_QUOTA_US))
    else:
        (group / "cpu.max").write_text(f"{_QUOTA_US} {_PERIOD_US}")


def _leave(pid: int, group: Path) -> None:
    """Move the process back, and remove the group, which the kernel may call busy for a moment."""
    (group.parent / "cgroup.procs").write_text(str(pid))
    deadline_s = time.monotonic() + _WAIT_S
    while group.exists() and time.monotonic() < deadline_s:
        with suppress(OSError):
            group.rmdir()
