"""The thresholds of `--fail-on` in the reports: each target's outcome, and what makes the exit code 1."""

from __future__ import annotations

from dataclasses import replace

from harness.report.page import render_page
from harness.report.thresholds import thresholds_said
from tests.report.markdown_texts import full_markdown
from tests.report.markup import read
from tests.report.revision_run import with_thresholds

FAILING = "1 of 2 fails. A threshold that fails makes the exit code of the run 1."
CHANGE = "throughput.closed.c32 of hello changed by -10.0% [-10.9%, -9.1%]"


def test_the_page_has_the_thresholds_before_the_tables_those_that_fail_first() -> None:
    html = render_page(with_thresholds("memory.loaded>5%", "throughput<-5%"))
    page = read(html)
    section = page.one("section", aria_labelledby="thresholds")
    assert section.attributes["class"] == "alerts"
    assert FAILING in section.text
    first, second = (one.text for one in section.all("li"))
    assert first.startswith("throughput<-5%, Flask: does not hold: ")
    assert first.endswith(CHANGE)
    assert second == "memory.loaded>5%, Flask: holds for 1 of 1 change"
    assert "Thresholds" in [one.text for one in page.one("nav").all("a")]
    assert html.index('id="thresholds"') < html.index('id="comparison"')


def test_the_full_markdown_has_the_same() -> None:
    text = full_markdown(with_thresholds("memory.loaded>5%", "throughput<-5%"))
    assert f"## Thresholds of `--fail-on`\n\n{FAILING}\n\n- throughput&lt;-5%, Flask: does not hold: " in text
    assert "- memory.loaded&gt;5%, Flask: holds for 1 of 1 change\n" in text


def test_thresholds_that_hold_are_no_alert() -> None:
    section = read(render_page(with_thresholds("memory.loaded>5%"))).one("section", aria_labelledby="thresholds")
    assert "class" not in section.attributes
    assert "None of 1 fails." in section.text


def test_a_run_without_thresholds_has_no_section() -> None:
    report = with_thresholds()
    assert read(render_page(report)).all("section", aria_labelledby="thresholds") == []
    assert "--fail-on" not in full_markdown(report)


def test_the_page_of_a_pair_has_the_thresholds_of_its_own_targets() -> None:
    report = with_thresholds("throughput<-5%")
    assert thresholds_said(replace(report, focus=("gin_app",))) == ()
    assert len(thresholds_said(replace(report, focus=("flask_app",)))) == 1
