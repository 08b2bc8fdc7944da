"""What people write by hand, read into nouns: a project, its targets and scenarios, and the profiles.

Complaints name file, key and remedy. The only door to pydantic for what people write. It knows the files' shapes and
nothing of what is done with them.
"""

from harness.manifest.lookup import find_all, find_one, find_subjects
from harness.manifest.profiles import load_profiles
from harness.manifest.project import ProjectFile, default_subjects, find_root, load_project
from harness.manifest.scenarios import load_scenarios
from harness.manifest.targets import TargetFile, load_target, load_targets
from harness.manifest.toml import Section, offered, read_toml, schema_of

__all__ = [
    "ProjectFile",
    "Section",
    "TargetFile",
    "default_subjects",
    "find_all",
    "find_one",
    "find_root",
    "find_subjects",
    "load_profiles",
    "load_project",
    "load_scenarios",
    "load_target",
    "load_targets",
    "offered",
    "read_toml",
    "schema_of",
]
