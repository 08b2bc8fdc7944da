"""Listening sockets of this network namespace, read without the rights to see whose they are.

An ordinary user can't read the sockets of another user's process, such as those of a container. The kernel's tables of
all sockets are readable for everyone, so what a target opened is what was not there before it.

Source: proc_net_tcp in the kernel's documentation; addresses are words in the byte order of the machine. The table of
Unix sockets is in proc_pid_net(5); its flags are those of `SO_ACCEPTCON`.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLES = {Path("/proc/net/tcp"): socket.AF_INET, Path("/proc/net/tcp6"): socket.AF_INET6}
_ADDRESS, _STATE, _LISTEN = 1, 3, "0A"
_WORD = 8  # hexadecimal digits
_UNIX_FLAGS, _UNIX_INODE, _UNIX_PATH, _ACCEPTS = 3, 6, 7, 0x10000


def listening() -> frozenset[tuple[str, int]] | None:
    """Return hosts and ports of all listening sockets; None if the kernel's tables can't be read."""
    try:
        return frozenset(found for path, family in _TABLES.items() for found in _listening_in(path, family))
    except OSError:
        return None


def _listening_in(path: Path, family: socket.AddressFamily) -> Iterator[tuple[str, int]]:
    if family is socket.AF_INET6 and not path.exists():
        return  # a kernel without IPv6
    for line in path.read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[_STATE] == _LISTEN:
            host, _, port = fields[_ADDRESS].partition(":")
            words = (int(host[at : at + _WORD], 16) for at in range(0, len(host), _WORD))
            packed = b"".join(struct.pack("=I", word) for word in words)
            yield socket.inet_ntop(family, packed), int(port, 16)


def unix_listeners(table: Path) -> dict[str, str]:
    """Return the paths of all listening Unix sockets in a kernel's table, by inode; none if it can't be read."""
    try:
        rows = (line.split(maxsplit=_UNIX_PATH) for line in table.read_text(errors="replace").splitlines()[1:])
        # a path may have any character but a null byte, line breaks included
        return {row[_UNIX_INODE]: row[_UNIX_PATH] for row in rows if len(row) > _UNIX_PATH and _accepts(row)}
    except OSError:
        return {}


def _accepts(row: list[str]) -> bool:
    with suppress(ValueError):
        return bool(int(row[_UNIX_FLAGS], 16) & _ACCEPTS)
    return False
