"""`harness check`: what it says of its run, and of the figures that fail it."""

from pathlib import Path

import pytest

from harness.model import Flag, FlagKind
from tests.project import Shell, make_project
from tests.test_cli import store_run

MB = 1e6


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(make_project(tmp_path), monkeypatch, capsys)


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (("refuted,not_reproduced",), "They are listed above; --verbose prints why."),
        (("not_reproduced", "--verbose"), "The output lists them, each with its reason."),
        (("not_reproduced,not_measured",), "--verbose prints all of them, and why."),
        (("not_measured", "--verbose"), "The output lists them, each with its reason."),
    ],
)
def test_the_error_says_where_the_figures_that_fail_stand(shell: Shell, words: tuple[str, ...], where: str) -> None:
    store_run(shell, memory_idle=30 * MB)
    done = shell.run("check", "--fail-on", *words)
    assert done.code == 1
    assert done.err.endswith(f" {where}\n")
    is_listed = "facts.stars" in done.out or "\n  stars " in done.out
    assert is_listed is ("--verbose" in words)


def test_a_check_against_a_disturbed_run_says_so_once_in_each_format(shell: Shell) -> None:
    store_run(shell, memory_idle=30 * MB, flags=(Flag(FlagKind.STEAL, "stolen"),))
    said = "The machine was disturbed in all 3 blocks (the hypervisor took the core). "
    for words in (("check",), ("check", "--verbose"), ("check", "--json")):
        assert shell.run(*words).out.replace("\n", " ").count(said) == 1
