"""The user's home folder, and the folder of what can be made again: builds without an engine, answers of services."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import MachineError

_ROOT_CACHE = Path("/var/cache/harness")


def cache_folder() -> Path:
    """Return the cache folder: HARNESS_CACHE, or `harness` in the user's cache folder.

    For root it is in /var/cache: root's targets run as user nobody, who can't read root's home.

    Raises:
        MachineError: The user has no home folder.
    """
    if named := os.environ.get("HARNESS_CACHE"):
        return Path(named).absolute()
    if users := os.environ.get("XDG_CACHE_HOME"):
        return Path(users) / "harness"
    if os.geteuid() == 0:
        return _ROOT_CACHE
    if (home := home_folder()) is None:
        raise MachineError(
            "there is no folder for builds",
            where=f"user {os.geteuid()}",
            cause="this user has no home folder",
            remedy="Name a folder with HARNESS_CACHE.",
        )
    return home / ".cache" / "harness"


def home_folder() -> Path | None:
    """Return the user's home folder; None if HOME is not set and the list of users does not have this one."""
    try:
        return Path.home()
    except RuntimeError:
        return None
