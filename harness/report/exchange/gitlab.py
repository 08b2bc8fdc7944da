"""GitLab's code quality report, which is a subset of Code Climate's.

The format: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.report.exchange.sarif import fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.exchange.findings import Finding


def code_quality(findings: Sequence[Finding]) -> str:
    """Return the failed findings that stand in a file. One without a known line is reported on the first."""
    issues = [
        {
            "description": f"{finding.name}: {finding.text}",
            "check_name": f"harness/{finding.rule}",
            "fingerprint": fingerprint(finding),
            "severity": "major",
            "location": {"path": finding.file, "lines": {"begin": finding.line or 1}},
        }
        for finding in findings
        if finding.failed and finding.file
    ]
    return json.dumps(issues, indent=1, ensure_ascii=False) + "\n"
