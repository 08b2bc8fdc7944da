"""The comparison with golden files, and the order of the files in a run of all tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.conftest import GoldenFiles, group, rank


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_missing_golden_file_fails_and_leaves_the_text_as_got_file(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="--update-golden accepts the new text"):
        GoldenFiles(tmp_path, update=False).check("words.txt", "two\n")
    assert names(tmp_path) == ["words.txt.got"]
    assert (tmp_path / "words.txt.got").read_text() == "two\n"


def test_a_different_text_fails_and_leaves_the_golden_file_unchanged(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("one\n")
    with pytest.raises(AssertionError):
        GoldenFiles(tmp_path, update=False).check("words.txt", "two\n")
    assert (tmp_path / "words.txt").read_text() == "one\n"


def test_the_same_text_passes_and_removes_an_old_got_file(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("one\n")
    (tmp_path / "words.txt.got").write_text("two\n")
    GoldenFiles(tmp_path, update=False).check("words.txt", "one\n")
    assert names(tmp_path) == ["words.txt"]


def test_the_update_flag_rewrites_the_golden_file(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("one\n")
    GoldenFiles(tmp_path, update=True).check("words.txt", "two\n")
    assert names(tmp_path) == ["words.txt"]
    assert (tmp_path / "words.txt").read_text() == "two\n"


@pytest.mark.parametrize(
    ("path", "place"),
    [("tests/e2e/test_unruly.py", 0), ("tests/selftest/test_live.py", 1), ("tests/test_units.py", 2)],
)
def test_files_with_the_longest_tests_come_first(path: str, place: int) -> None:
    assert rank(path) == place


@pytest.mark.parametrize(
    ("path", "name"),
    [("tests/e2e/test_doctor.py", "machine"), ("tests/e2e/test_wheel.py", "engine"), ("tests/test_units.py", None)],
)
def test_files_that_look_at_the_machine_are_one_group_and_other_files_with_an_engine_another(
    path: str, name: str | None
) -> None:
    assert group(path) == name


def test_each_worker_has_a_lock_of_its_own() -> None:
    """A lock that workers share refuses the runs of one while the other measures."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    assert worker is None or os.environ["HARNESS_LOCK"].endswith(f"-{worker}.lock")


SETTINGS = """
import os, subprocess, urllib.request
import tests.conftest
print(sorted({"COLUMNS", "FORCE_COLOR", "NO_COLOR", "GIT_DIR", "GIT_INDEX_FILE"} & os.environ.keys()))
print(urllib.request.proxy_bypass("127.0.0.1"))
print(subprocess.run(["git", "-C", "/", "status"], capture_output=True, text=True).stderr[:21])
"""


def test_the_settings_of_a_terminal_a_language_a_proxy_and_a_hook_of_git_do_not_reach_the_tests() -> None:
    settings = {"FORCE_COLOR": "1", "COLUMNS": "40", "NO_COLOR": "1", "LANGUAGE": "de", "LC_ALL": "de_DE.UTF-8"}
    hook = {"GIT_DIR": str(ROOT / ".git"), "GIT_INDEX_FILE": "index"}
    proxy = {"http_proxy": "http://127.0.0.1:9", "no_proxy": "", "NO_PROXY": ""}
    done = subprocess.run(
        [sys.executable, "-c", SETTINGS],
        cwd=ROOT,
        env=os.environ | settings | hook | proxy,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["[]", "True", "fatal: not a git repo"]
