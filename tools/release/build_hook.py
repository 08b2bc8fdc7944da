"""Build hook of hatchling: files of a checkout that git does not know stay out of the archives, and are named.

A checkout may have scenarios and targets of its own, which are not a part of the package. An unpacked archive has no
git, and only what belongs to it.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PACKED = ("harness", "targets", "scenarios")
_SPECIAL = re.compile(r"([\\*?\[\]!# ])")


class KnownFiles(BuildHookInterface[BuilderConfig]):
    """Hook that excludes the files that git does not know."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Exclude unknown files before the first file is packed."""
        try:
            unknown = unknown_files(Path(self.root))
        except (OSError, subprocess.CalledProcessError) as error:
            self.app.display_warning(f"all files are packed, because git does not say which it knows: {error}")
            return
        own = self.build_config.target_config
        own["exclude"] = [*own.get("exclude", ()), *map(pattern_of, unknown)]
        if packed := [path for path in unknown if path.startswith(tuple(f"{folder}/" for folder in _PACKED))]:
            self.app.display_warning(f"left out, because git does not know them: {', '.join(packed)}")


def unknown_files(root: Path) -> list[str]:
    """Return the files of a checkout that git neither knows nor ignores; none of what is no checkout.

    Raises:
        OSError: There is no git.
        CalledProcessError: Git does not read this checkout, such as one of another user.
    """
    if not (root / ".git").exists():
        return []
    command = ["git", "-C", str(root), "ls-files", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [path for path in listed.split("\0") if path]


def pattern_of(path: str) -> str:
    """Return the pattern of an exclusion that is one file and nothing else."""
    return "/" + _SPECIAL.sub(r"\\\1", path)
