"""Shell completion, asked as a shell asks: by the environment of typer's protocol."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import cli
from tests.project import Shell, make_project
from tests.test_cli import store_run


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """A shell whose first command makes the options of completion anew: typer detects the shell when it makes them."""
    cli._commands.cache_clear()
    yield Shell(make_project(tmp_path), monkeypatch, capsys)
    cli._commands.cache_clear()


@pytest.fixture
def completed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> "Completed":
    return Completed(shell, monkeypatch)


class Completed:
    """What bash would offer for a line; its last word is what stands before the cursor."""

    def __init__(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shell = shell
        self._monkeypatch = monkeypatch

    def __call__(self, *words: str) -> list[str]:
        self._monkeypatch.setenv("_HARNESS_COMPLETE", "complete_bash")
        self._monkeypatch.setenv("COMP_WORDS", " ".join(("harness", *words)))
        self._monkeypatch.setenv("COMP_CWORD", str(len(words)))
        done = self.shell.run()
        assert done.err == ""
        return done.out.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("run", "--target", "fl"), ["flask_app"]),
        (("run", "--target", "a"), ["all"]),
        (("run", "--target", "flask_app:"), ["flask_app:gthread", "flask_app:sync"]),
        (("run", "--target", "flask_app,gin"), ["flask_app,gin_app"]),
        (("run", "--target", "flask_app,fl"), []),
        (("run", "--pair", "flask_app,g"), ["flask_app,gin_app"]),
        (("run", "--scenario", "hello,"), ["hello,json_body"]),
        (("run", "--profile", "q"), ["quick"]),
        (("history", "--profile", "co"), ["conditions"]),
        (("build", "--target", "gin"), ["gin_app"]),
        (("run", "--runtime", "do"), ["docker"]),
        (("expl",), ["explain"]),
    ],
)
def test_values_of_the_project_are_offered(completed: Completed, words: tuple[str, ...], offered: list[str]) -> None:
    assert completed(*words) == offered


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--run"),
        ("report",),
        ("render", "--run"),
        ("explain", "x", "--run"),
        ("compare",),
        ("compare", "old"),
        ("run", "--like"),
        ("run", "--resume"),
    ],
)
def test_stored_runs_are_offered_wherever_a_run_is_named(completed: Completed, words: tuple[str, ...]) -> None:
    for name in ("20260131-142501-smoke-9f3a", "old"):
        store_run(completed.shell, name)
    assert completed(*words, "2026") == ["20260131-142501-smoke-9f3a"]


def test_a_damaged_project_completes_nothing_and_prints_no_error(completed: Completed) -> None:
    (completed.shell.folder / "project.toml").write_text("x = [", encoding="utf-8")
    assert completed("run", "--target", "fl") == []
    assert completed("report", "2") == []


def test_outside_of_a_project_nothing_is_offered(
    completed: Completed, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert completed("run", "--target", "fl") == []


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_asks_by_the_harness_variable(
    shell: Shell, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    monkeypatch.setenv("_HARNESS_COMPLETE", f"source_{name}")
    assert "_HARNESS_COMPLETE=complete_" in shell.run().out


def test_the_help_names_the_two_options_of_completion(shell: Shell) -> None:
    help_text = shell.run("--help").out
    assert "--install-completion" in help_text
    assert "--show-completion" in help_text
