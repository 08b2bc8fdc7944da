"""The rules in the code and in the document."""

from harness.figures.published import Rule
from tests.checkout import ROOT


def test_the_document_has_the_rules_of_the_code_and_no_other() -> None:
    table = (ROOT / "docs" / "consistency.md").read_text(encoding="utf-8").partition("## Rules")[2].partition("##")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{rule}` | {rule.sentence} |" for rule in Rule]
