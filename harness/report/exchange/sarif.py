"""SARIF 2.1.0: the figures of figures files that do not hold, each at its line, and failed thresholds.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from harness import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.exchange.findings import Finding

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(findings: Sequence[Finding]) -> str:
    """Return the failed findings that stand in a file as a SARIF log; those of the run itself are its notifications."""
    failed = [finding for finding in findings if finding.failed and finding.file]
    rules = sorted({finding.rule for finding in failed})
    driver = {"name": "harness", "version": __version__, "rules": [{"id": rule} for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation([finding for finding in findings if finding.failed and not finding.file])],
        "columnKind": "unicodeCodePoints",
        "results": [_result(one) for one in failed],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def _invocation(of_run: Sequence[Finding]) -> dict[str, Any]:
    """Return whether the run was complete, and what failed in it."""
    said = [{"level": "error", "message": {"text": f"{one.name}: {one.text}"}} for one in of_run]
    return {"executionSuccessful": not said, "toolExecutionNotifications": said}


def _result(finding: Finding) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": finding.file}}
    if finding.line is not None:
        place["region"] = {"startLine": finding.line, "startColumn": finding.column or 1}
    return {
        "ruleId": finding.rule,
        "level": "error" if finding.is_gate else "warning",
        "message": {"text": f"{finding.name}: {finding.text}"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"figure/v1": fingerprint(finding)},
    }


def fingerprint(finding: Finding) -> str:
    """Return what stays the same for a finding when its line or its measured numbers change, and is its own."""
    parts = (finding.file or "", finding.key, finding.name, finding.rule)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
