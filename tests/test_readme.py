"""The README is correct: its commands, goals and links exist, and its numbers are those of the reference run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.manifest import load_project
from harness.rendering.fed import Feeder
from harness.rendering.markers import Markup, read_markers
from harness.rendering.sources import Sources

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


def harness(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "HARNESS_RESULTS"}
    command = [sys.executable, "-m", "harness", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)


@pytest.mark.program
def test_the_marked_blocks_and_the_reference_page_say_what_the_run_says(request: pytest.FixtureRequest) -> None:
    files = ["README.md", "docs/documents.md", "results/reference/report/index.html"]
    if request.config.getoption("--update-golden"):
        harness("render", *files)
    done = harness("render", "--check", *files)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_every_bold_number_is_in_a_marked_block() -> None:
    outside = re.sub(r"<!-- harness: .*?<!-- /harness -->", "", README, flags=re.DOTALL)
    assert re.search(r"\*\*\d", README)
    assert not re.search(r"\*\*[^*\n]*\d[^*\n]*\*\*", outside)


@pytest.mark.program
def test_every_changed_digit_of_every_block_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HARNESS_RESULTS", raising=False)
    feeder = Feeder(Sources(load_project(ROOT)))
    fed = feeder.feed(README, ROOT / "README.md").text
    blocks = read_markers(fed, ROOT / "README.md", Markup.MARKDOWN).blocks
    digits = [place for block in blocks for place in range(block.begin, block.end) if fed[place].isdigit()]
    assert len(digits) > 300
    for place in digits:
        changed = f"{fed[:place]}{(int(fed[place]) + 1) % 10}{fed[place + 1 :]}"
        assert len(feeder.feed(changed, ROOT / "README.md").differences) == 1
