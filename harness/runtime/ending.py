"""How a target ended, read when a step with it has failed.

The connections of a target fail before its end is known: an engine learns of the end some milliseconds later, on a busy
machine after more. So if connections to a target are refused, its end is awaited.
"""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import TargetEndedError, TargetError
from harness.runtime.failures import broken_down

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runtime.base import Instance

SETTLES_WITHIN_S = 10.0
"""Seconds after which the end of a target must be known, once connections to it are refused."""

BREAKS_WITHIN_S = 2.0
"""Seconds after which a target whose connection broke must refuse connections, if it has ended."""

_CONNECT_TIMEOUT_S = 1.0
_PAUSE_S = 0.02


def ending_of(instance: Instance, *, connection_broke: bool = False) -> str | None:
    """Return how an instance has ended or lost a process, in words; None while it is whole.

    Args:
        instance: The target that a step failed with.
        connection_broke: Whether the step failed because a connection broke. The kernel closes the sockets of a process
            that ends one after the other: its port may accept connections for a moment after one of them broke.
    """
    deadline_s = time.monotonic() + (BREAKS_WITHIN_S if connection_broke else 0.0)
    while not refuses(instance.url):
        how = instance.ending()
        if how is not None or time.monotonic() >= deadline_s:
            return how
        time.sleep(_PAUSE_S)
    return instance.ending(SETTLES_WITHIN_S)


@contextmanager
def explained_by_ending(instance: Instance | None) -> Iterator[None]:
    """Replace the error of a target that has ended by one that says how it ended; pass on any other error.

    Raises:
        TargetEndedError: The target has ended or lost a process.
    """
    try:
        yield
    except TargetEndedError:
        raise
    except TargetError as error:
        broke = isinstance(error.__cause__, OSError)
        how = None if instance is None else ending_of(instance, connection_broke=broke)
        if instance is None or how is None:
            raise
        cause = error.cause.partition("\n")[0]
        raise broken_down(error.where, how, instance.logs(), f"{error.what}: {cause}") from error


def refuses(url: str) -> bool:
    """Return whether a connection to a URL is refused, because no process listens there."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), _CONNECT_TIMEOUT_S).close()
    except ConnectionRefusedError:
        return True
    except OSError:  # a full queue belongs to a process that listens
        return False
    return False


def oom_kills(root: Path = Path("/")) -> int:
    """Return the number of processes that the kernel of this machine has ended for lack of memory; 0 if unknown."""
    lines: list[str] = []
    with suppress(OSError):
        lines = (root / "proc/vmstat").read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
