"""The files of the repository as tests see them: in a checkout, and in an unpacked archive without a repository."""

import subprocess
from pathlib import Path

import pytest

from tests.checkout import ROOT, committed_files, repository_files
from tests.project import write


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an unpacked archive, in which something has left a cache."""
    write(tmp_path / ".gitignore", "__pycache__/\n")
    write(tmp_path / "a" / "one.py", "1\n")
    write(tmp_path / "a" / "__pycache__" / "one.pyc", "cache")
    write(tmp_path / "two.txt", "2\n")
    monkeypatch.setattr("tests.checkout.ROOT", tmp_path)
    return tmp_path


def test_the_files_of_an_archive_are_all_that_are_not_ignored(archive: Path) -> None:
    assert sorted(repository_files()) == [archive / ".gitignore", archive / "a" / "one.py", archive / "two.txt"]
    assert repository_files("*.py") == repository_files("a") == [archive / "a" / "one.py"]


@pytest.mark.usefixtures("archive")
def test_the_committed_files_of_an_archive_are_those_that_it_has() -> None:
    assert committed_files("a") == {"a/one.py": b"1\n"}


def test_git_reads_the_checkout_although_another_user_owns_it(tmp_path: Path) -> None:
    command = ["git", "-C", str(tmp_path), "config", "--get-all", "safe.directory"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert str(ROOT) in listed.splitlines()
