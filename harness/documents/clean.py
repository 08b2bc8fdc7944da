"""`harness.clean/1`: removed containers, processes, images and temporary files."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanDocument:
    """`harness.clean/1`: output of `clean --json`: removed containers, processes, images, temporary files.

    Attributes:
        containers: The removed containers.
        processes: The ended processes.
        images: The removed images; only with `--images`.
        files: The removed temporary files and folders.
    """

    schema: Literal["harness.clean/1"] = "harness.clean/1"
    containers: list[str]
    processes: list[str]
    images: list[str]
    files: list[str]
