"""Saved pages in `check` and `report`: what is refused, and what is said of it."""

from pathlib import Path

import pytest

from harness.model import Bound, Measurement
from harness.store import Store
from harness.units import Unit
from tests.project import Shell, make_project
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

NUMBERS = "# Flask ja Gin\n\n| | Flask | Gin |\n|---|---|---|\n| Pyyntöjä | 3,210 req/s | 41,000 req/s |\n"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    root = make_project(tmp_path)
    (root / "page.md").write_text(NUMBERS, encoding="utf-8")
    (root / "own.html").write_text('<head><meta name="generator" content="harness report">', encoding="utf-8")
    shell = Shell(root, monkeypatch, capsys)
    folder = Store(shell.results).create(a_run(a_plan(FLASK, GIN)))
    for block in range(3):
        for subject in (FLASK, GIN):
            rate = Measurement("throughput.closed.c32", Unit.PER_SECOND, 6000.0 + block, "hello", Bound.TARGET)
            folder.append(a_trial(block, subject, rate))
    return shell


@pytest.mark.parametrize("words", [("check", "page.md"), ("report", "--figures", "page.md")])
def test_numbers_that_could_not_be_placed_are_listed_with_what_to_do(shell: Shell, words: tuple[str, ...]) -> None:
    done = shell.run(*words)
    assert done.code == 1
    assert "'3,210' on line 5 is 3210 or 3.21" in done.err
    assert "error: no figure could be placed (page.md): each of its 2 numbers lacks something. Say the" in done.err


def test_the_language_of_a_page_can_be_named(shell: Shell) -> None:
    assert "2 published figures" in shell.run("check", "page.md", "--language", "en").out
    assert "value = 41000" in shell.run("import", "page.md", "--language", "en").out
    refused = shell.run("check", "page.md", "--language", "english")
    assert (refused.code, "unknown language" in refused.err) == (2, True)


@pytest.mark.parametrize("command", [("check",), ("import",), ("report", "--figures")])
def test_a_page_of_the_harness_itself_is_no_published_one(shell: Shell, command: tuple[str, ...]) -> None:
    done = shell.run(*command, "own.html")
    assert (done.code, done.out) == (2, "")
    assert "`harness render --check own.html`" in done.err


@pytest.mark.parametrize("command", [("check",), ("import",), ("report", "--figures")])
@pytest.mark.parametrize("name", ["x.html", "results.json", "figures.toml", "page"])
def test_an_address_is_named_whole_and_is_to_be_saved(shell: Shell, command: tuple[str, ...], name: str) -> None:
    done = shell.run(*command, f"https://example.com/{name}")
    assert (done.code, done.out) == (2, "")
    assert f"can't read a page (https://example.com/{name}): addresses are not fetched. Save the page" in done.err
