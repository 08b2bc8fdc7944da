"""Joining a run on another machine: what `harness worker` does.

The worker is a process of its own, as everywhere, so that Locust's patches stay out of the caller's; it ends with the
run, or with the caller.
"""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

from harness.errors import MeasurementError
from harness.interrupts import shielded
from harness.load.address import endpoint_of, own_hosts
from harness.load.processes import environment, worker_command

if TYPE_CHECKING:
    from collections.abc import Iterable

_END_S = 5.0


def join(master: str, cpus: Iterable[int], *, spin: bool) -> None:
    """Drive load for the master at `HOST:PORT` until its run ends.

    Raises:
        UsageError: `master` is no HOST:PORT, or HARNESS_HOSTS holds something that is no address.
        MeasurementError: The worker fails.
    """
    endpoint_of(master)
    own_hosts()
    command = worker_command(cpus, spin=spin, master=master)
    with ExitStack() as ending:
        with shielded():  # who interrupts leaves no process behind, not even one that is just being started
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, env=environment())
            ending.callback(_end, process)
        status = process.wait()
    if status:
        raise MeasurementError(
            "the worker failed",
            where=master,
            cause=f"it ended with status {status}",
            remedy="What it said stands above.",
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
