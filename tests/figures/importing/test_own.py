"""Pages of the harness, which no command takes for published ones."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.figures.importing.own import is_own_page, refuse_own_page
from tests.checkout import ROOT

REPORT = '<meta name="generator" content="harness report">'
HISTORY = '<meta name="generator" content="harness history">'


def test_the_templates_of_the_pages_have_what_is_recognised() -> None:
    templates = ROOT / "harness" / "report" / "templates"
    assert REPORT in (templates / "page.html.j2").read_text(encoding="utf-8")
    assert HISTORY in (templates / "history.html.j2").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("head", "remedy"), [(REPORT, r"harness render --check page\.html"), (HISTORY, "Name a page that was published")]
)
def test_a_page_of_the_harness_is_refused(head: str, remedy: str) -> None:
    with pytest.raises(UsageError, match=rf"no published page \(page\.html\): .*{remedy}"):
        refuse_own_page(f"<head>{head}", Path("page.html"))
    assert is_own_page(head) == (head == REPORT)


def test_another_page_is_not_refused() -> None:
    refuse_own_page('<meta name="generator" content="Hugo">', Path("page.html"))
