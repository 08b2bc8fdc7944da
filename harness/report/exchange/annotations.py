"""Workflow commands of GitHub Actions: printed by a job, each becomes an annotation of a line.

The format: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.exchange.findings import Finding

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def workflow_commands(findings: Sequence[Finding]) -> str:
    """Return one command a failed finding; a failure of a target has no file."""
    return "".join(_command(finding) for finding in findings if finding.failed)


def _command(finding: Finding) -> str:
    properties = {"title": f"{finding.rule}: {finding.name}"}
    if finding.file:
        place = {"file": finding.file, "line": str(finding.line or 1), "col": str(finding.column or 1)}
        properties = place | properties
    stated = ",".join(f"{key}={value.translate(_PROPERTY)}" for key, value in properties.items())
    level = "warning" if finding.file and not finding.is_gate else "error"
    return f"::{level} {stated}::{finding.text.translate(_DATA)}\n"
