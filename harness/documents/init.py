"""`harness.init/1`: the files and folders that `harness init` created."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class InitDocument:
    """`harness.init/1`: output of `init --json`.

    Attributes:
        kind: What was created: a project, or a target in a project.
        created: The created files and folders.
    """

    schema: Literal["harness.init/1"] = "harness.init/1"
    kind: Literal["project", "target"]
    created: list[str]
