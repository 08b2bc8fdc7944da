"""What people write by hand, read into nouns: targets, scenarios and profiles.

Complaints name file, key and remedy. The only door to pydantic for what people write. It knows the files' shapes and
nothing of what is done with them.
"""

from pathlib import Path

from harness.errors import UsageError
from harness.manifest.lookup import find_all, find_one, find_subjects
from harness.manifest.profiles import load_profiles
from harness.manifest.scenarios import load_scenarios
from harness.manifest.targets import load_target, load_targets
from harness.manifest.toml import Section, read_toml

__all__ = [
    "Section",
    "find_all",
    "find_one",
    "find_subjects",
    "load_profiles",
    "load_scenarios",
    "load_target",
    "load_targets",
    "project_root",
    "read_toml",
]


def project_root(start: Path) -> Path:
    """Return the nearest folder at or above `start` with targets/ and scenarios/, else the checkout of this package.

    Raises:
        UsageError: Neither has them.
    """
    for folder in (start, *start.parents, Path(__file__).parents[2]):
        if (folder / "targets").is_dir() and (folder / "scenarios").is_dir():
            return folder
    raise UsageError(
        "no project here",
        where=str(start),
        cause="no folder at or above it holds targets/ and scenarios/",
        remedy="Change to a checkout of the harness.",
    )
