"""The readers of hand-written files: a project, its targets and scenarios, and the profiles.

Every error names the file, the key and a remedy. This room owns the form of the files, checked by pydantic. It must not
know how their contents are used.
"""

from harness.manifest.folders import require_complete, require_manifests
from harness.manifest.lookup import find_all, find_one, find_subjects
from harness.manifest.profiles import load_profiles
from harness.manifest.project import ProjectFile, default_subjects, find_root, load_project
from harness.manifest.scenarios import find_scenarios, load_scenarios
from harness.manifest.targets import TargetFile, load_target, load_targets, manifest_names, readable_targets
from harness.manifest.toml import (
    IS_LIST,
    IS_TABLE,
    LIST_OR_TABLE,
    Count,
    OpenSection,
    Positive,
    Section,
    YesOrNo,
    offered,
    parse_toml,
    read_text,
    read_toml,
    schema_of,
)

__all__ = [
    "IS_LIST",
    "IS_TABLE",
    "LIST_OR_TABLE",
    "Count",
    "OpenSection",
    "Positive",
    "ProjectFile",
    "Section",
    "TargetFile",
    "YesOrNo",
    "default_subjects",
    "find_all",
    "find_one",
    "find_root",
    "find_scenarios",
    "find_subjects",
    "load_profiles",
    "load_project",
    "load_scenarios",
    "load_target",
    "load_targets",
    "manifest_names",
    "offered",
    "parse_toml",
    "read_text",
    "read_toml",
    "readable_targets",
    "require_complete",
    "require_manifests",
    "schema_of",
]
