"""JUnit XML, read back by junitparser."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from junitparser import JUnitXml

from harness.report.exchange.findings import Outcome, findings
from harness.report.exchange.junit import junit
from tests.report.material import failed_material, material


def test_every_finding_is_a_test_case_with_its_outcome() -> None:
    expected = findings(material())
    document = JUnitXml.fromstring(junit(expected).encode())
    cases = [case for suite in document for case in suite]
    assert [case.name for case in cases] == [f"{finding.name} ({finding.key})" for finding in expected]
    assert len({(case.classname, case.name) for case in cases}) == len(cases)
    counts = Counter(finding.outcome for finding in expected)
    assert (document.tests, document.failures) == (len(expected), counts[Outcome.FAILED])
    assert (document.skipped, document.errors) == (counts[Outcome.SKIPPED], 0)


def test_a_failed_target_is_an_error_with_its_message() -> None:
    document = JUnitXml.fromstring(junit(findings(failed_material())).encode())
    (first, second), *_ = ([*suite] for suite in document)
    assert document.errors == 2
    assert first.result[0].message == "The run is failed."
    assert "panic: <nil>" in second.result[0].message


def test_control_characters_of_a_target_keep_the_document_well_formed() -> None:
    run = failed_material()
    failure = replace(run.summary.run.failures[0], message="\x1b[2J \x00 \ud800 </testsuite>")
    summary = replace(run.summary, run=replace(run.summary.run, failures=(failure,)))
    document = JUnitXml.fromstring(junit(findings(replace(run, summary=summary))).encode())
    assert "\\x1b[2J \\x00 \\ud800 </testsuite>" in [*next(iter(document))][1].result[0].message


def test_a_run_without_figures_has_no_test() -> None:
    assert JUnitXml.fromstring(junit(()).encode()).tests == 0
