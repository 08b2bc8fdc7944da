"""`harness.clean/1`: what was removed."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanDocument:
    """`harness.clean/1`: what `clean --json` removed."""

    schema: Literal["harness.clean/1"] = "harness.clean/1"
    containers: list[str]
    processes: list[str]
    images: list[str]
