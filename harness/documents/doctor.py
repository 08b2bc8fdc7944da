"""`harness.doctor/1`: what this machine can do, each finding with its fix."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One thing that was looked at; `fix` says what to do about it, and is empty where all is well."""

    name: str
    state: Literal["ok", "warning", "missing"]
    detail: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorDocument:
    """`harness.doctor/1`: what `doctor --json` gives."""

    schema: Literal["harness.doctor/1"] = "harness.doctor/1"
    findings: list[FindingRow]
