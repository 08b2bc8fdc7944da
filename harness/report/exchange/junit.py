"""JUnit XML: one suite a page and one for the run, one test case a figure, and one a threshold and target."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from harness.report.exchange.findings import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.exchange.findings import Finding


def junit(findings: Sequence[Finding]) -> str:
    """Return the findings as JUnit XML.

    A failure of a target is an error; a figure or a threshold that does not hold is a failure.
    """
    document = JUnitXml("harness")
    for group, members in groupby(findings, attrgetter("group")):
        suite = TestSuite(group)
        for finding in members:
            suite.add_testcase(_case(finding))
        document.add_testsuite(suite)
    document.update_statistics()
    text: bytes = document.tostring()
    return text.decode() + "\n"


def _case(finding: Finding) -> TestCase:
    name = f"{finding.name} ({finding.key})" if finding.key else finding.name  # CI systems join cases of one name
    case = TestCase(name, classname="thresholds" if finding.is_gate else finding.file or "run")
    if finding.outcome is Outcome.SKIPPED:
        case.result = [Skipped(f"{finding.rule}: {finding.text}")]
    elif finding.failed:
        kind = Failure if finding.file or finding.is_gate else Error
        case.result = [kind(finding.text, finding.rule)]
    return case
