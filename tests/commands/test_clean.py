"""`harness clean` and the temporary files of results; what else it removes is in tests/test_cli_run.py."""

import errno
import os
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from harness.errors import MachineError
from harness.runtime import cleaning
from harness.runtime.cleaning import Cleaned
from harness.store import RunFolder, Store
from harness.temporary_folders import temporary_folder
from tests.project import Shell, make_project
from tests.trials import a_run


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(cleaning, "clean", lambda *_, **__: Cleaned(("c0ffee",), (), ()))
    return Shell(make_project(tmp_path), monkeypatch, capsys)


def no_disk(*_: object) -> NoReturn:
    raise OSError(errno.EIO, "no disk")


def killed_save(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write run.json as a process does that ends before it can rename the new file; return the new file."""
    with monkeypatch.context() as dying:
        dying.setattr(os, "fsync", no_disk)
        dying.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(MachineError):
            folder.save(a_run())
    (left,) = set(folder.path.iterdir()) - {folder.path / "run.json"}
    return left


def test_it_removes_the_temporary_files_of_killed_writers(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Store(shell.results).create(a_run())
    left = killed_save(folder, monkeypatch)
    assert shell.run("clean").out == f"removed c0ffee\nremoved {left}\n"
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


def test_it_removes_the_temporary_folders_of_killed_commands(shell: Shell, tmp_path: Path) -> None:
    with temporary_folder() as folder:
        left = tmp_path / f"{folder.name}-of-a-dead-process"
        (left / "part").mkdir(parents=True)
        (left / "part" / "hello.py").write_text("a scenario")
        assert shell.run("clean").out == f"removed c0ffee\nremoved {left}\n"
        assert (folder.is_dir(), left.exists()) == (True, False)


def test_a_wrong_project_file_does_not_keep_it_from_the_containers(shell: Shell) -> None:
    (shell.folder / "project.toml").write_text("nonsense")
    done = shell.run("clean")
    assert (done.code, done.out) == (0, "removed c0ffee\n")
    assert "temporary files of results were not checked" in done.err


def test_outside_of_a_project_it_removes_the_containers(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    done = shell.run("clean")
    assert (done.code, done.out, done.err) == (0, "removed c0ffee\n", "")
