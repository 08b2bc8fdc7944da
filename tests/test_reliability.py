"""The table of docs/reliability.md: it has every kind of fault, and each test that it names exists."""

import re

from tests.checkout import ROOT

TEXT = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("|")][2:]


def test_all_thirty_kinds_of_fault_have_a_row() -> None:
    kinds = {int(found[1]) for row in ROWS if (found := re.match(r"\| (\d+)[a-e]?\. ", row))}
    assert kinds == set(range(1, 31))


def test_every_row_names_a_test_that_exists() -> None:
    for row in ROWS:
        named = re.findall(r"`((?:tests|benchmarks)/[^`]*)`", row)
        rows = [name for found in re.findall(r"`harness selftest ([^`]*)`", row) for name in found.split()]
        assert named or rows, row
        assert [name for name in rows if not (ROOT / f"harness/selftest/rows/{name}.py").exists()] == [], row
        assert [path for path in named if not (ROOT / path).exists()] == [], row
