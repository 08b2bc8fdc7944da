"""How a target ended, asked when something about it failed.

A target that ends is noticed by its connections first. Whoever keeps it learns of its end later: an engine after some
milliseconds, on a busy machine after more. So one that nobody can connect to any more is waited for.
"""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import TargetEndedError, TargetError
from harness.runtime.failures import broken_down

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runtime.base import Instance

SETTLES_WITHIN_S = 10.0
"""How long the end of a target may take to become known once nobody can connect to it."""

_CONNECT_TIMEOUT_S = 1.0


def ending_of(instance: Instance) -> str | None:
    """Say how an instance of which something failed has ended; None while it is whole."""
    return instance.ending(SETTLES_WITHIN_S if refuses(instance.url) else 0.0)


@contextmanager
def telling_how_it_ended(instance: Instance | None) -> Iterator[None]:
    """Turn the failure of a target that has ended into one that says how; leave any other failure alone.

    Raises:
        TargetEndedError: The target failed, and it has ended or lost a process.
    """
    try:
        yield
    except TargetEndedError:
        raise
    except TargetError as error:
        how = None if instance is None else ending_of(instance)
        if instance is None or how is None:
            raise
        raise broken_down(error.where, how, instance.logs(), f"{error.what}: {error.cause}") from error


def refuses(url: str) -> bool:
    """Tell whether a connection to a URL is refused: nobody listens there."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), _CONNECT_TIMEOUT_S).close()
    except ConnectionRefusedError:
        return True
    except OSError:  # a queue that is full is somebody's
        return False
    return False


def oom_kills(root: Path = Path("/")) -> int:
    """Return how many processes of this machine its kernel has ended for want of memory; 0 where it does not tell."""
    lines: list[str] = []
    with suppress(OSError):
        lines = (root / "proc/vmstat").read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
