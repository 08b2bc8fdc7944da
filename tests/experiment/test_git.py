"""Calls of git: what it says is returned, also after an error; no answer is an error of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import MachineError
from harness.experiment.git import git, text_of
from tests.repository import commit_all

if TYPE_CHECKING:
    from pathlib import Path


def put_git(folder: Path, script: str) -> None:
    path = folder / "git"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def test_the_answer_is_returned(tmp_path: Path) -> None:
    head = commit_all(tmp_path)
    assert text_of(git(tmp_path, "rev-parse", "HEAD")) == head


def test_the_exit_code_of_an_error_is_returned(tmp_path: Path) -> None:
    commit_all(tmp_path)
    done = git(tmp_path, "rev-parse", "--verify", "no-such-branch")
    assert (done.returncode, text_of(done)) == (128, "")


def test_bytes_that_are_no_text_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_git(tmp_path, r"printf 'a\377b\n'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert text_of(git(tmp_path, "log")) == "a\ufffdb"


def test_a_git_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_git(tmp_path, "exec sleep 60")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(MachineError, match=r"can't read the repository .*timed out after 0\.1 seconds"):
        git(tmp_path, "status", limit_s=0.1)


def test_without_git_the_machine_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError, match=r"can't read the repository .*Install git"):
        git(tmp_path, "status")


@pytest.mark.parametrize("words", [("rev-parse", "HEAD"), ("archive", "HEAD")])
def test_a_repository_of_another_user_is_named_with_the_command_that_allows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    commit_all(tmp_path)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # a variable of git's own tests
    with pytest.raises(MachineError) as caught:
        git(tmp_path, *words)
    assert str(caught.value) == (
        f"can't read the repository ({tmp_path}): it belongs to another user, and git reads it only if it is told to. "
        f"Run `git config --global --add safe.directory {tmp_path}`."
    )
