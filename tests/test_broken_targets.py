"""Targets with a wrong target.toml: the commands that need them fail, and all others leave them out with a warning."""

import json
from pathlib import Path

import pytest

from harness.commands import completion
from harness.model import Measurement
from harness.runtime import choice
from harness.store import Store
from harness.units import Unit
from tests.project import Shell, make_project, write
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

RUN = "20260131-142501-smoke-9f3a"
WARNING = "warning: {name} is left out: not a TOML file ({path}:2:11): the array that begins here is not closed before"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setattr(choice, "choose", lambda asked, _: asked)
    return Shell(make_project(tmp_path), monkeypatch, capsys)


def break_(shell: Shell, name: str) -> str:
    """Give a target a wrong target.toml, and return the beginning of its warning."""
    path = shell.folder / "targets" / name / "target.toml"
    write(path, 'title = "Mine"\nanswers = [\n  "plain",\n')
    return WARNING.format(name=name, path=path)


def error_of(warning: str) -> str:
    return f"error: {warning.partition(' is left out: ')[2]}"


def store_run(shell: Shell) -> None:
    folder = Store(shell.results).create(a_run(a_plan(FLASK, GIN), RUN))
    for block in range(3):
        for subject in (FLASK, GIN):
            folder.append(a_trial(block, subject, Measurement("memory.idle", Unit.BYTE, 3e7)))


@pytest.mark.parametrize(
    "words",
    [
        "run --dry-run --profile smoke",
        "run --dry-run --profile smoke --target flask_app",
        "run --dry-run --profile smoke --pair page",
        "run --dry-run --profile smoke --pair flask_app,gin_app",
        "check",
        "explain facts.memory",
        "report --format json",
    ],
)
def test_a_draft_that_a_command_does_not_need_is_a_warning(shell: Shell, words: str) -> None:
    store_run(shell)
    warning = break_(shell, "my_app")
    done = shell.run(*words.split())
    assert done.code == 0
    assert [line.startswith(warning) for line in done.err.splitlines() if "my_app" in line] == [True]


@pytest.mark.parametrize(
    "words",
    [
        "run --dry-run --profile smoke --target my_app,flask_app",
        "run --dry-run --profile smoke --target all",
        "run --dry-run --profile smoke --pair flask_app,my_app",
        "build --target my_app",
    ],
)
def test_a_command_that_names_the_draft_fails_with_its_error(shell: Shell, words: str) -> None:
    warning = break_(shell, "my_app")
    done = shell.run(*words.split())
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith(error_of(warning))


@pytest.mark.parametrize(
    "words", ["run --dry-run --profile smoke", "run --dry-run --pair page", "check", "report", "explain heap"]
)
def test_a_command_that_needs_a_broken_target_fails_with_its_error(shell: Shell, words: str) -> None:
    store_run(shell)
    warning = break_(shell, "flask_app" if "explain" in words else "gin_app")
    done = shell.run(*words.split())
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith(error_of(warning))


def test_a_broken_default_target_is_no_obstacle_for_others(shell: Shell) -> None:
    warning = break_(shell, "gin_app")
    done = shell.run("run", "--dry-run", "--profile", "smoke", "--target", "flask_app")
    assert (done.code, done.err.startswith(warning)) == (0, True)


def test_list_shows_the_draft_as_broken(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    warning = break_(shell, "my_app")
    done = shell.run("list")
    assert (done.code, done.err) == (0, "")
    problem = warning.partition(" is left out: ")[2]
    [row] = [line.split(maxsplit=1)[1] for line in done.out.splitlines() if line.startswith("my_app ")]
    assert row.partition(" ")[0] == "broken"
    assert row.partition(" ")[2].strip().startswith(problem)
    listed = json.loads(shell.run("list", "--json").out)["targets"]
    assert [one["name"] for one in listed] == ["flask_app", "gin_app", "null_app", "my_app"]
    assert [bool(one["problem"]) for one in listed] == [False, False, False, True]
    assert listed[-1]["problem"].startswith(problem)


def test_the_completion_of_names_prints_no_warning(shell: Shell) -> None:
    break_(shell, "my_app")
    assert completion.target_names("") == ["flask_app", "gin_app", "null_app"]


def test_a_comma_at_the_end_of_the_targets_names_nothing(shell: Shell) -> None:
    done = shell.run("run", "--dry-run", "--profile", "smoke", "--target", "gin_app,")
    assert (done.code, "targets gin_app:release;" in done.out) == (0, True)
    done = shell.run("run", "--dry-run", "--profile", "smoke", "--target", ",")
    assert done.code == 2
    assert done.err == "error: no target (','): the list is empty. Known: flask_app, gin_app, null_app.\n"
