"""The cache folder."""

import os
from pathlib import Path

import pytest

from harness.errors import MachineError
from harness.runtime import cache
from harness.runtime.cache import cache_folder


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HARNESS_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def test_the_default_is_in_the_cache_folder_of_the_user(tmp_path: Path) -> None:
    assert cache_folder() == tmp_path / ".cache" / "harness"


def test_the_folder_of_root_is_readable_for_other_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert cache_folder() == cache._ROOT_CACHE


def test_environment_variables_name_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/harness")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_CACHE", "mine")
    assert cache_folder() == tmp_path / "mine"


def test_a_user_without_a_home_folder_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_knows(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", nobody_knows)
    with pytest.raises(MachineError, match=r"\(user 1000\): this user has no home folder\. .*HARNESS_CACHE"):
        cache_folder()
