"""The README says nothing that is not so: its commands exist, and its numbers are the reference run's."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"^    (?:\.venv/bin/)?harness (.+?)(?:\s+#.*)?$", README, flags=re.MULTILINE)))
GOALS = sorted(set(re.findall(r"^    make ([a-z ]+?)(?:\s+#.*)?$", README, flags=re.MULTILINE)))
LINKS = re.findall(r"\]\(((?!https?:)[^)#]+)", README)


def test_it_names_commands_goals_and_links() -> None:
    assert len(COMMANDS) > 5
    assert len(GOALS) > 2
    assert len(LINKS) > 5


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_are_understood(command: str) -> None:
    name, *options = command.split()
    asked = subprocess.run(
        [sys.executable, "-m", "harness", name, "--help"], capture_output=True, text=True, check=False
    )
    assert asked.returncode == 0
    for option in (word for word in options if word.startswith("--")):
        assert option in asked.stdout


@pytest.mark.parametrize("goals", GOALS)
def test_its_goals_are_in_the_makefile(goals: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for goal in goals.split():
        assert re.search(rf"^{goal}:", makefile, flags=re.MULTILINE)


@pytest.mark.parametrize("link", LINKS)
def test_its_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_its_numbers_are_those_of_the_reference_run() -> None:
    report = (ROOT / "results/reference/report/report.md").read_text(encoding="utf-8").splitlines()
    [block] = re.findall(r"<!-- reference: .*? -->\n(.*?)<!-- /reference -->", README, flags=re.DOTALL)
    quoted = [line for line in block.splitlines() if line]
    assert len(quoted) > 5
    assert [line for line in quoted if line not in report] == []
