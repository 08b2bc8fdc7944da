"""Temporary folders: of living processes, of killed ones, and of others."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import temporary_folders
from harness.temporary_folders import remove_abandoned, temporary_folder

OWNER = """
import sys
from pathlib import Path
from harness.temporary_folders import temporary_folder
with temporary_folder(Path(sys.argv[1])) as folder:
    (folder / "hello.py").write_text("a scenario")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Process that has a temporary folder with a file."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
        process.kill()


def killed(owner: subprocess.Popen[str]) -> None:
    owner.kill()
    owner.wait()


def test_a_folder_is_removed_at_its_end_with_its_files(tmp_path: Path) -> None:
    with temporary_folder(tmp_path) as folder:
        (folder / "part").mkdir()
        (folder / "part" / "file").write_text("text")
        assert [*tmp_path.iterdir()] == [folder]
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not [*tmp_path.iterdir()]


def test_without_a_place_it_is_among_the_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with temporary_folder() as folder:
        assert folder.parent == tmp_path


@pytest.mark.usefixtures("owner")
def test_the_folder_of_a_living_process_stays(tmp_path: Path) -> None:
    (theirs,) = tmp_path.iterdir()
    with temporary_folder(tmp_path):
        pass
    assert remove_abandoned(tmp_path) == ()
    assert (theirs / "hello.py").read_text() == "a scenario"


def test_the_next_folder_removes_that_of_a_killed_process(tmp_path: Path, owner: subprocess.Popen[str]) -> None:
    killed(owner)
    with temporary_folder(tmp_path) as folder:
        assert [*tmp_path.iterdir()] == [folder]


def test_folders_of_others_stay(tmp_path: Path, owner: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch) -> None:
    killed(owner)
    (left,) = tmp_path.iterdir()
    others = [tmp_path / name for name in ("harness-0123456789abcdef-12345678", "harness", "harness-abcdefgh")]
    for other in others:
        other.mkdir()
    (tmp_path / f"{left.name}-file").write_text("theirs")
    (tmp_path / f"{left.name}-link").symlink_to(others[0])
    before = {*tmp_path.iterdir()}
    monkeypatch.setattr(os, "geteuid", lambda: 4_242)
    assert remove_abandoned(tmp_path) == ()
    monkeypatch.undo()
    assert remove_abandoned(tmp_path) == (left,)
    assert {*tmp_path.iterdir()} == before - {left}


def test_a_machine_without_an_identity_removes_nothing(
    tmp_path: Path, owner: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(owner)
    (left,) = tmp_path.iterdir()
    monkeypatch.setattr(temporary_folders, "machine_id", str)
    monkeypatch.setattr(temporary_folders, "boot_id", str)
    with temporary_folder(tmp_path) as folder:
        assert {*tmp_path.iterdir()} == {left, folder}


@pytest.mark.parametrize("at", ["open", "flock"])
def test_a_folder_that_another_process_removes_before_its_lock_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    module = {"open": os, "flock": fcntl}[at]
    real = getattr(module, at)
    removed: list[Path] = []

    def late(first: object, operation: int) -> object:
        if not removed and [*tmp_path.iterdir()]:
            removed.extend(tmp_path.iterdir())
            with monkeypatch.context() as undone:
                undone.setattr(module, at, real)
                shutil.rmtree(removed[0])
        return real(first, operation)

    monkeypatch.setattr(module, at, late)
    with temporary_folder(tmp_path) as folder:
        monkeypatch.undo()
        assert folder.is_dir()
        assert [folder] != removed
    assert not [*tmp_path.iterdir()]
