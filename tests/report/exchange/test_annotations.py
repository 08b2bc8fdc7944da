"""Workflow commands of GitHub Actions."""

from __future__ import annotations

from dataclasses import replace

from harness.report.exchange.annotations import workflow_commands
from harness.report.exchange.findings import Outcome
from tests.report.exchange.test_sarif import FINDING


def test_a_failed_figure_is_a_warning_at_its_line() -> None:
    place = "file=figures/page.toml,line=7,col=5"
    assert workflow_commands((FINDING,)) == f"::warning {place},title=refuted%3A flask_app%2C x%3A ~2::It is 3.\n"


def test_a_failed_target_is_an_error_without_a_file() -> None:
    assert workflow_commands((replace(FINDING, file=None, line=None, name="t"),)) == (
        "::error title=refuted%3A t::It is 3.\n"
    )


def test_a_finding_that_holds_is_no_annotation() -> None:
    assert workflow_commands((replace(FINDING, outcome=Outcome.PASSED),)) == ""


def test_a_text_can_not_begin_another_command() -> None:
    hostile = replace(FINDING, text="100%\r\n::stop-commands::x", name="a,b:c\n::error::y")
    (line,) = workflow_commands((hostile,)).splitlines()
    assert "100%25%0D%0A::stop-commands" in line
    assert "a%2Cb%3Ac%0A%3A%3Aerror" in line
