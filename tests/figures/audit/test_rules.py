"""The tables of docs/result_files.md, generated from the catalogues of rules and formats by --update-golden."""

import pytest

from harness.figures.audit import FORMATS, RULES, AuditRule
from tests.checkout import ROOT

PAGE = ROOT / "docs" / "result_files.md"


def tables() -> dict[str, str]:
    formats = [f"| {one.name} | {one.file} | {one.told_by} |" for one in FORMATS]
    rules = [f"| `{rule.value}` | {text.holds} | {text.allowed} |" for rule, text in RULES.items()]
    return {
        "formats": "\n".join(["", "| format | file | told by |", "|---|---|---|", *formats, "", ""]),
        "rules": "\n".join(["", "| rule | what holds | what is allowed |", "|---|---|---|", *rules, "", ""]),
    }


@pytest.mark.parametrize("name", ["formats", "rules"])
def test_the_page_prints_the_catalogue(name: str, request: pytest.FixtureRequest) -> None:
    page = PAGE.read_text(encoding="utf-8")
    start = page.index(f"<!-- {name},")
    begin = page.index("-->\n", start) + len("-->\n")
    end = page.index(f"<!-- /{name} -->")
    if request.config.getoption("--update-golden"):
        PAGE.write_text(page[:begin] + tables()[name] + page[end:], encoding="utf-8")
        return
    assert page[begin:end] == tables()[name], "docs/result_files.md differs from the catalogue; --update-golden"


def test_every_rule_has_its_words() -> None:
    assert list(RULES) == list(AuditRule)
