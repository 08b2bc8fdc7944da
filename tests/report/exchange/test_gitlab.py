"""GitLab's code quality report."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema

from harness.report.exchange.findings import Outcome
from harness.report.exchange.gitlab import code_quality
from tests.report.exchange.test_sarif import FINDING

# The members that GitLab's documentation requires.
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string"},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer"}}},
                },
            },
        },
    },
}


def test_a_failed_figure_is_an_issue_at_its_line() -> None:
    issues = json.loads(code_quality((FINDING, replace(FINDING, line=None, name="y"))))
    jsonschema.validate(issues, SCHEMA)
    assert [issue["location"]["lines"]["begin"] for issue in issues] == [7, 1]
    assert issues[0]["description"] == "flask_app, x: ~2: It is 3."


def test_other_findings_are_no_issues() -> None:
    assert json.loads(code_quality((replace(FINDING, outcome=Outcome.PASSED), replace(FINDING, file=None)))) == []
