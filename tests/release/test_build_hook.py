"""What a build leaves out: files of a checkout that git does not know."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.checkout import ROOT, repository_files
from tools.release.build_hook import pattern_of, unknown_files

OWN = ("scenarios/mine.py", "scenarios/a b[1].py", "targets/mine_app/target.toml", "harness/mine.py")
UV = str(Path(sys.executable).parent / "uv")
BUILD = (UV, "build", "--offline", "--no-build-isolation", "--python", sys.executable)


def git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout of this state of the package, in which a user has files of its own."""
    folder = tmp_path / "checkout"
    packed = ("harness", "targets", "scenarios", "tools", "packaging")
    for path in repository_files(*packed, "pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    git(tmp_path, "init", "-q", str(folder))
    git(folder, "add", ".")
    for name in OWN:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("# mine\n", encoding="utf-8")
    return folder


@pytest.mark.program
def test_archives_of_a_checkout_have_no_file_that_git_does_not_know(checkout: Path, tmp_path: Path) -> None:
    command = [*BUILD, "--out-dir", str(tmp_path / "dist"), str(checkout)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert "left out, because git does not know them: harness/mine.py, scenarios/a b[1].py, " in built.stderr
    (wheel,), (source,) = (tmp_path / "dist").glob("*.whl"), (tmp_path / "dist").glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as opened, tarfile.open(source) as unpacked:
        names, sources = opened.namelist(), unpacked.getnames()
    assert {"harness/stock/scenarios/hello.py", "harness/stock/targets/flask_app/app.py"} <= set(names)
    assert [name for name in (*names, *sources) if "mine" in name or "a b" in name] == []


@pytest.mark.program
def test_a_checkout_that_git_does_not_read_is_built_with_a_warning(checkout: Path, tmp_path: Path) -> None:
    (checkout / ".git" / "HEAD").write_text("broken", encoding="utf-8")
    built = subprocess.run(
        [*BUILD, "--wheel", "--out-dir", str(tmp_path / "dist"), str(checkout)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    assert "all files are packed, because git does not say which it knows" in built.stderr


def test_what_is_no_checkout_has_no_unknown_files(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("", encoding="utf-8")
    assert unknown_files(tmp_path) == []


def test_unknown_files_are_neither_known_nor_ignored(checkout: Path) -> None:
    (checkout / "harness" / "a.pyc").write_text("", encoding="utf-8")
    assert unknown_files(checkout) == sorted(OWN)


def test_a_pattern_is_the_name_of_one_file() -> None:
    assert pattern_of("scenarios/a b[1].py") == r"/scenarios/a\ b\[1\].py"
