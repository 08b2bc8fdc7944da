"""The folder of what can be made again: builds without an engine, and answers of public services."""

from __future__ import annotations

import os
from pathlib import Path

_ROOT_CACHE = Path("/var/cache/harness")


def cache_folder() -> Path:
    """Return the cache folder: HARNESS_CACHE, or `harness` in the user's cache folder.

    For root it is in /var/cache: root's targets run as user nobody, who can't read root's home.
    """
    if named := os.environ.get("HARNESS_CACHE"):
        return Path(named).absolute()
    if users := os.environ.get("XDG_CACHE_HOME"):
        return Path(users) / "harness"
    return _ROOT_CACHE if os.geteuid() == 0 else Path.home() / ".cache" / "harness"
