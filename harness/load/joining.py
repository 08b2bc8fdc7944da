"""Worker for a run on another machine: the function of `harness worker`.

The worker is a separate process, so that Locust does not patch the calling process. It starts when the run's address
accepts connections, because ZeroMQ, which then connects, does not say why it can't. It ends with the run or with the
caller.
"""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from harness.errors import MeasurementError
from harness.interrupts import shielded
from harness.load.address import endpoint_of, own_hosts
from harness.load.processes import environment, worker_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_END_S = 5.0
_AWAIT_S = 600.0
_EVERY_S = 5.0


def join(master: str, cpus: Iterable[int], tell: Callable[[str], None], *, spin: bool) -> None:
    """Wait for the master at `HOST:PORT`, and run a worker for it until the run ends.

    Args:
        master: The address where the run waits for workers.
        cpus: The CPUs of the worker.
        tell: Called every few seconds while the address can't be reached, with the reason.
        spin: Whether the worker waits by spinning.

    Raises:
        UsageError: `master` is not HOST:PORT, or HARNESS_HOSTS has an entry that is not an address.
        MeasurementError: The master can't be reached for ten minutes, or the worker failed.
    """
    endpoint_of(master)
    own_hosts()
    _await_master(master, tell)
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


def _await_master(master: str, tell: Callable[[str], None]) -> None:
    deadline = time.monotonic() + _AWAIT_S
    while (why := _obstacle(master)) is not None:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise MeasurementError(
                "no run to join",
                where=master,
                cause=why,
                remedy="Start the run with --master-bind, or open the port in its machine's firewall.",
            )
        tell(f"can't reach the run at {master}: {why}; trying for {left_s / 60:.0f} more minutes")
        time.sleep(min(_EVERY_S, left_s))
    tell(f"joining the run at {master}")


def _obstacle(master: str) -> str | None:
    """Return why an address can't be reached; None if it accepts a connection."""
    try:
        socket.create_connection(endpoint_of(master), _EVERY_S).close()
    except OSError as error:
        return error.strerror or f"no answer within {_EVERY_S:g} s"
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
