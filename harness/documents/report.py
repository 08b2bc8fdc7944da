"""`harness.report/1`: the files that `harness report` wrote, and the formats that it could not write."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class UnwrittenFormat:
    """Format that this machine can't write.

    Attributes:
        format: The format, as `--format` names it.
        message: Why it can't be written, and what to do.
    """

    format: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument:
    """`harness.report/1`: output of `report --json`.

    Attributes:
        run: The run's id.
        folder: The folder of the report.
        files: The written files.
        unwritten: The formats that could not be written; with one the exit code is not 0.
    """

    schema: Literal["harness.report/1"] = "harness.report/1"
    run: str
    folder: str
    files: list[str]
    unwritten: list[UnwrittenFormat]
