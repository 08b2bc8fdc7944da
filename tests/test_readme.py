"""The README is correct: its commands, goals and links exist, and its numbers are those of the reference run."""

import os
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


def test_the_readme_has_commands_goals_and_links() -> None:
    assert len(COMMANDS) > 5
    assert len(GOALS) > 2
    assert len(LINKS) > 5


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_and_their_options_exist(command: str) -> None:
    name, *options = command.split()
    done = subprocess.run(
        [sys.executable, "-m", "harness", name, "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    for option in (word for word in options if word.startswith("--")):
        assert option in done.stdout


@pytest.mark.parametrize("goals", GOALS)
def test_the_goals_are_in_the_makefile(goals: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for goal in goals.split():
        assert re.search(rf"^{goal}:", makefile, flags=re.MULTILINE)


@pytest.mark.parametrize("link", LINKS)
def test_the_files_of_the_links_exist(link: str) -> None:
    assert (ROOT / link).exists()


ROWS = (
    "Throughput: 32 connections",
    "Throughput: peak",
    "Latency: median at 1,000 req/s",
    "Latency: p99 at 1,000 req/s",
    "Memory: loaded",
    "Cold start: ready",
    "CPU time: per request over 32 connections",
    "Memory: peak",
)


def headline(report: list[str]) -> list[str]:
    """Return what the README shows of a report: the short answer, and numbers and intervals of eight rows."""
    start, end = report.index("## Short answer"), report.index("## Key facts")
    answer = [line for line in report[start + 1 : end] if line and not re.match(r"- |\d+\. ", line)]
    table = report[report.index("## Full comparison") + 2 :]
    cells = [line.strip("| ").split(" | ") for line in table[: table.index("")]]
    rows = {metric: numbers for metric, scenario, *numbers in reversed(cells[2:]) if scenario in {"", "hello"}}
    lines = [f"| {row} | {' | '.join(map(number, rows[row]))} |" for row in ROWS]
    head = [name for name in cells[0] if name != "Scenario"]
    return [*answer, "", f"| {' | '.join(head)} |", "|---" * len(head) + "|", *lines]


def number(cell: str) -> str:
    """Return the number of a cell with its interval, without its bound and notes."""
    return cell[: cell.index("]") + 1]


def test_the_numbers_are_those_of_the_reference_run(request: pytest.FixtureRequest) -> None:
    report = (ROOT / "results/reference/report/report.md").read_text(encoding="utf-8").splitlines()
    before, block, after = re.split(r"(?<=-->\n)(.*?)(?=<!-- /reference)", README, maxsplit=1, flags=re.DOTALL)
    expected = "\n".join(["", *headline(report), "", ""])
    if request.config.getoption("--update-golden"):
        (ROOT / "README.md").write_text(before + expected + after, encoding="utf-8")
        return
    assert block == expected


SHOWN = {"check --run reference": 14, "explain flask.framework_throughput --run reference": None}


def shown(command: str, most_lines: int | None) -> str:
    """Return a command and its output in 80 columns as an indented block."""
    done = subprocess.run(
        [sys.executable, "-m", "harness", *command.split()],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "HARNESS_RESULTS"} | {"COLUMNS": "80"},
    )
    lines = done.stdout.splitlines()
    cut = [*lines[:most_lines], *(["..."] if most_lines and lines[most_lines:] else [])]
    return "".join(f"    {line}".rstrip() + "\n" for line in [f"harness {command}", "", *cut])


def test_the_shown_output_is_that_of_the_commands(request: pytest.FixtureRequest) -> None:
    # read here, because another test of this file may have updated it
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    before, block, after = re.split(r"(?<=explain -->\n)(.*?)(?=<!-- /shown)", readme, maxsplit=1, flags=re.DOTALL)
    expected = "\n" + "\n".join(shown(command, most) for command, most in SHOWN.items()) + "\n"
    if request.config.getoption("--update-golden"):
        (ROOT / "README.md").write_text(before + expected + after, encoding="utf-8")
        return
    assert block == expected
