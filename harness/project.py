"""Where things are: the project that a command works in, and its results.

Between the commands, which know words, and the rooms, which know nothing of a project's folder. What only some commands
need is imported where it is needed, for the reason that `commands` gives.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.store import Store


def find_project() -> Path:
    """Return the project that the current folder belongs to.

    Raises:
        UsageError: It belongs to none.
    """
    from harness.manifest import project_root

    return project_root(Path.cwd())


def results_folder(project: Path) -> Path:
    """Return where a project's results are, or what HARNESS_RESULTS names."""
    return Path(os.environ.get("HARNESS_RESULTS") or project / "results")


def open_store(project: Path) -> Store:
    """Return the results of a project, or those that HARNESS_RESULTS names."""
    from harness import console
    from harness.store import Store

    return Store(results_folder(project), console.tell)
