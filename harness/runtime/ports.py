"""Choice of a free port for a target."""

from __future__ import annotations

import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_000
_LOWEST_OUTGOING = 32_768  # Linux's default
_ATTEMPTS = 100


def free_port(taken: frozenset[int] = frozenset(), host: str = LOOPBACK) -> int:
    """Return a free TCP port of this machine that the kernel will not give to an outgoing connection.

    The kernel takes the ports of outgoing connections from a range, and a load generator opens thousands of them. A
    port of that range may be in use before the target binds it. So the port is below the range, if the range is known.

    Args:
        taken: Ports reserved for targets that do not listen yet.
        host: Address of this machine on which the port must be free.
    """
    lowest_outgoing = _lowest_outgoing()
    for _ in range(_ATTEMPTS if lowest_outgoing > _LOWEST else 0):
        port = random.randrange(_LOWEST, lowest_outgoing)  # noqa: S311 - no secret; any free port will do
        if port not in taken and _bind(host, port) == port:
            return port
    while (port := _bind(host, 0)) in taken or not port:
        pass
    return port


def port_elsewhere(taken: frozenset[int]) -> int:
    """Return a port for a target on another machine, below the range from which kernels take outgoing ports by default.

    Args:
        taken: Ports that are known to be in use there.
    """
    while (port := random.randrange(_LOWEST, _LOWEST_OUTGOING)) in taken:  # noqa: S311 - no secret
        pass
    return port


def _lowest_outgoing() -> int:
    try:
        return int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def _bind(host: str, port: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return 0
        bound: int = probe.getsockname()[1]
        return bound
