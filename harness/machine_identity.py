"""The identity of this machine that outlives its restart, and that of its current boot.

This module reads two files of the system; it imports nothing from the package.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

_MACHINE_ID = Path("/etc/machine-id")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_NAME = re.compile("[0-9a-f]{32}")  # a machine that was never started has a word in its place
_LETTERS = 16


def boot_id() -> str:
    """Return the kernel's id of this boot; empty if the kernel has none."""
    return _content(_BOOT_ID)


def machine_id() -> str:
    """Return 16 hexadecimal digits made of the machine's id; empty if it has none.

    It is a digest, because machine-id(5) asks for the id itself not to be shown to others.
    """
    name = _content(_MACHINE_ID)
    return hashlib.sha256(f"harness {name}".encode()).hexdigest()[:_LETTERS] if _NAME.fullmatch(name) else ""


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
