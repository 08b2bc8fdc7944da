"""`harness.doctor/1`: what this machine can do, each finding with its fix."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """Finding of one check.

    Attributes:
        name: What was checked.
        state: `missing` if a run can't do without it.
        detail: What was found.
        fix: What to do; empty if the state is ok.
        lines: Everything that was looked at, if `detail` is only a part of it.
    """

    name: str
    state: Literal["ok", "warning", "missing"]
    detail: str
    fix: str
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorDocument:
    """`harness.doctor/1`: output of `doctor --json`.

    Attributes:
        findings: One of each check.
    """

    schema: Literal["harness.doctor/1"] = "harness.doctor/1"
    findings: list[FindingRow]
