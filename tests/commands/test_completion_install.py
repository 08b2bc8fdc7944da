"""The installation of the completion: it names what it changed, and a failure changes nothing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from harness import cli
from tests.project import Done, Shell, make_project
from tests.small_disk import small_disk

BY_HAND = "Correct this, or put the output of `harness --show-completion` where your shell reads it."


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """A runner of commands; typer makes them anew, and does not look for the shell among this process's parents."""
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    cli._commands.cache_clear()
    yield Shell(make_project(tmp_path), monkeypatch, capsys)
    cli._commands.cache_clear()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def is_refused(done: Done, where: str, cause: str) -> bool:
    """Return whether the command ended with the code of the machine and this one sentence."""
    said = f"error: the completion can't be installed ({where}): {cause}. {BY_HAND}\n"
    return (done.code, done.out, done.err) == (3, "", said)


@pytest.mark.parametrize(
    ("name", "file", "line"),
    [("bash", ".bashrc", "source '{home}/.bash_completions/harness.sh'"), ("zsh", ".zshrc", "fpath+=~/.zfunc; ")],
)
def test_an_installation_names_the_changed_file_and_its_new_line_once(
    shell: Shell, home: Path, name: str, file: str, line: str
) -> None:
    (home / file).write_text("alias ll='ls -l'\nzstyle own\n", encoding="utf-8")
    done = shell.run("--install-completion", name)
    assert done.code == 0
    assert f"Added to {home / file}: {line.format(home=home)}" in done.out
    assert done.out.count("Added to") == 1
    assert done.out.endswith("To undo it, delete this line and the installed file.\n")
    assert "Added to" not in shell.run("--install-completion", name).out


def test_several_new_lines_are_named_in_the_order_of_the_file(shell: Shell, home: Path) -> None:
    said = shell.run("--install-completion", "zsh").out
    written = [line for line in (home / ".zshrc").read_text(encoding="utf-8").splitlines() if line]
    assert len(written) > 1
    assert [line.partition(".zshrc: ")[2] for line in said.splitlines() if "Added to" in line] == written


def test_a_user_without_a_home_folder_is_told(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_knows(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody_knows)
    monkeypatch.setattr("os.geteuid", lambda: 1234)
    done = shell.run("--install-completion", "bash")
    assert is_refused(done, "user 1234", "this user has no home folder, and HOME is not set")


@pytest.mark.parametrize("name", ["none", "file"])
def test_a_home_folder_that_is_no_folder_is_told_and_not_made(
    shell: Shell, home: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "file").touch()
    monkeypatch.setenv("HOME", str(home / name))
    done = shell.run("--install-completion", "bash")
    assert is_refused(done, str(home / name), "this home folder of the user is no folder")
    assert [path.name for path in home.iterdir()] == ["file"]


def test_a_home_folder_that_can_not_be_written_is_told(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/proc/self")  # not writable for root either
    done = shell.run("--install-completion", "bash")
    assert is_refused(done, "/proc/self/.bashrc", "No such file or directory")


def test_a_startup_file_that_is_no_text_is_told_and_stays(shell: Shell, home: Path) -> None:
    (home / ".bashrc").write_bytes(b"# caf\xe9\n")
    done = shell.run("--install-completion", "bash")
    assert is_refused(done, str(home), "a startup file of the shell is not text in UTF-8")
    assert (home / ".bashrc").read_bytes() == b"# caf\xe9\n"


def test_a_script_that_can_not_be_written_leaves_the_startup_files_unchanged(shell: Shell, home: Path) -> None:
    (home / ".bash_completions").write_text("no folder")
    (home / ".zfunc").write_text("no folder")
    (home / ".bashrc").write_text("alias ll='ls -l'")
    for name in ("bash", "zsh"):
        assert shell.run("--install-completion", name).code == 3
    assert (home / ".bashrc").read_text() == "alias ll='ls -l'"
    assert not (home / ".zshrc").exists()


def test_a_full_disk_leaves_the_startup_file_unchanged(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "small") as home:
        monkeypatch.setenv("HOME", str(home))
        before = "alias ll='ls -l'\n".ljust(4096, "#")
        (home / ".bashrc").write_text(before)
        room = os.statvfs(home)
        (home / "rest").write_bytes(bytes(room.f_bavail * room.f_frsize))
        done = shell.run("--install-completion", "bash")
        assert is_refused(done, str(home), "No space left on device")
        assert (home / ".bashrc").read_text() == before


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("option", ["--install-completion", "--show-completion"])
def test_a_shell_that_is_not_known_is_wrong_use(shell: Shell, option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def finds_none(**_: str) -> None:
        raise typer.Exit(1)

    monkeypatch.setattr("typer.completion.install", finds_none)
    monkeypatch.setattr("typer.completion.get_completion_script", finds_none)
    done = shell.run(option, "bash")
    assert done.code == 2
    assert done.err.endswith(
        "error: there is no completion for this shell (the parents of this process): no bash, zsh, fish or PowerShell "
        "is found there. Type the command in one of these shells.\n"
    )
