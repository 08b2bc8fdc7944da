"""Real disturbances of this machine, each as a context manager: a burner, a stopped process, a CPU quota.

They disturb only processes that the self-test started. This module does not know the code that detects them.
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

_PERIOD_US, _QUOTA_US = 100_000, 5_000  # less than a busy machine leaves to the process without a quota
_WAIT_S = 5.0
_REMEDY = "Run it as root, on a machine that lets root create control groups of the cpu controller."


@contextmanager
def burning(cpus: frozenset[int]) -> Iterator[int]:
    """Run a process that computes without pause on the given cores; yield its process id."""
    with _process(f"import os; os.sched_setaffinity(0, {set(cpus)}); print(flush=True)\nwhile True: pass") as process:
        if process.stdout is None or not process.stdout.readline():
            raise MachineError(
                "no busy loop can be started",
                where=f"CPUs {sorted(cpus)}",
                cause="it ended before its loop",
                remedy="Let this process use these CPUs.",
            )
        yield process.pid


@contextmanager
def resting() -> Iterator[int]:
    """Run a process that sleeps; yield its process id."""
    with _process("import time; time.sleep(600)") as process:
        yield process.pid


@contextmanager
def _process(program: str) -> Iterator[subprocess.Popen[bytes]]:
    # a session of its own: the kernel shares a core between sessions, and this one may compute on all other cores too
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Keep a child process stopped while the context lasts.

    The kernel stops it where it next runs. On a busy machine this takes a while, so the context waits for it.
    """
    os.kill(pid, signal.SIGSTOP)
    try:
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def under_quota(cpus: frozenset[int]) -> Iterator[int]:
    """Run a process that computes, in a control group with a quota of a twentieth of a core; yield its process id.

    Raises:
        MachineError: The group can't be created. That needs root and the cpu controller.
    """
    with burning(cpus) as pid:
        group = _make_group(pid)
        try:
            yield pid
        finally:
            _leave(pid, group)


def _make_group(pid: int) -> Path:
    """Create a group below the current group of a process, and move the process there."""
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
    """Move the process back and remove the group. The kernel may report the group as busy for a moment: try again."""
    (group.parent / "cgroup.procs").write_text(str(pid))
    deadline_s = time.monotonic() + _WAIT_S
    while group.exists() and time.monotonic() < deadline_s:
        with suppress(OSError):
            group.rmdir()
