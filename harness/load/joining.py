"""Worker for a run on another machine: the function of `harness worker`.

The worker is a separate process, so that Locust does not patch the calling process. It ends with the run or with the
caller.
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
    """Run a worker for the master at `HOST:PORT` until the run ends.

    Raises:
        UsageError: `master` is not HOST:PORT, or HARNESS_HOSTS has an entry that is not an address.
        MeasurementError: The worker failed.
    """
    endpoint_of(master)
    own_hosts()
    command = worker_command(cpus, spin=spin, master=master)
    with ExitStack() as ending:
        with shielded():  # an interrupt during the start must not leave the process running
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, env=environment())
            ending.callback(_end, process)
        status = process.wait()
    if status:
        raise MeasurementError(
            "the worker failed",
            where=master,
            cause=f"it ended with status {status}",
            remedy="Its output above says why.",
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
