"""Names and files that the system or Python refuses, wherever a user or a manifest gives them: a sentence each."""

import base64
import bz2
import errno
import os
import subprocess
from pathlib import Path

import pytest

from harness import cli
from harness.errors import MachineError, UsageError
from harness.experiment.revision import targets_at
from harness.manifest import folders
from harness.report.carried import DamagedError, unpack

LONG = "a" * 5_000


@pytest.mark.parametrize("words", [("check", LONG), ("init", LONG), ("run", "--dry-run", "--target", LONG)])
def test_a_name_that_is_too_long_is_wrong_use(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["harness", *words])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    printed = capsys.readouterr().err
    assert caught.value.code == 2, printed
    assert "File name too long. Correct the path." in printed
    assert len(printed) < 400


@pytest.mark.parametrize(
    ("number", "code", "remedy"),
    [
        ("ENOSPC", 3, "Free some space, then repeat the command."),
        ("EACCES", 3, "Change the rights of this file or folder."),
        ("EMFILE", 3, "Repeat the command."),
        ("ENAMETOOLONG", 2, "Correct the path."),
        ("ELOOP", 2, "Correct the path."),
    ],
)
def test_a_call_that_the_system_refuses_has_its_exit_code_and_no_traceback(
    number: str, code: int, remedy: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_: object) -> None:
        value = getattr(errno, number)
        raise OSError(value, os.strerror(value), "some/file\x1b[2J")

    monkeypatch.setattr(cli, "_commands", lambda: refuse)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    printed = capsys.readouterr().err
    assert caught.value.code == code
    assert printed.startswith("error: ")
    assert "some/file\\x1b[2J" in printed
    assert printed.endswith(f"{remedy}\n")


def test_a_call_without_a_file_blames_no_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(cli, "_commands", lambda: refuse)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    expected = "error: this machine refuses a call (the harness): Invalid argument. Repeat the command.\n"
    assert (caught.value.code, capsys.readouterr().err) == (3, expected)


def test_a_list_of_a_dockerfile_that_is_nested_too_deep_is_left_to_the_engine() -> None:
    assert list(folders._copied("COPY " + "[" * 20_000)) == []


@pytest.mark.parametrize(
    "content", ["[" * 60_000, '{"version": "1", "files": {"trials.jsonl": "' + "[" * 60_000 + '"}}']
)
def test_a_page_whose_data_are_nested_too_deep_is_damaged(content: str) -> None:
    with pytest.raises(DamagedError):
        unpack(base64.b64encode(bz2.compress(content.encode())).decode())


def test_a_histogram_with_a_number_too_large_is_damage() -> None:
    line = '{\\"distributions\\": [{\\"histogram\\": \\"1:1:1:' + "9" * 30 + ':1\\"}]}'
    content = '{"version": "1", "files": {"trials.jsonl": "' + line + '"}}'
    with pytest.raises(DamagedError):
        unpack(base64.b64encode(bz2.compress(content.encode())).decode())


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "targets/flask_app").mkdir(parents=True)
    (root / "targets/flask_app/target.toml").write_text("")
    return root


def commit_all(root: Path) -> str:
    git = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "x")):
        subprocess.run([*git, *words], check=True, capture_output=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("link", ["/etc/passwd", "../../../../outside"])
def test_a_revision_with_a_link_that_leads_out_is_refused(repository: Path, link: str) -> None:
    (repository / "targets/flask_app/link").symlink_to(link)
    commit = commit_all(repository)
    with (
        pytest.raises(UsageError, match="/link leads out of its folder, to "),
        targets_at(commit, repository, ["flask_app"], "v1"),
    ):
        pytest.fail("a link out of the folder")


def test_a_revision_without_room_for_its_files_is_a_machine_error(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    commit = commit_all(repository)
    monkeypatch.setattr("tarfile.TarFile.extract", no_room)
    with (
        pytest.raises(MachineError, match="No space left on device"),
        targets_at(commit, repository, ["flask_app"], "v1"),
    ):
        pytest.fail("there is no room")
