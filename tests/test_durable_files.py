"""Files that are whole after a crash: written atomically, and what killed writers leave."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from harness import durable_files
from harness.durable_files import remove_unfinished, write_atomically
from harness.errors import MachineError
from harness.store import Store
from tests.trials import a_run

WRITER = """
import os, sys
from pathlib import Path
from harness.durable_files import write_atomically
os.fsync = lambda _: (print("written", flush=True), sys.stdin.read())
write_atomically(Path(sys.argv[1]), "the new one\\n")
"""


def no_disk(*_: object) -> NoReturn:
    raise OSError(28, "No space left on device")


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Process that has written the temporary file of `run.json` and not yet renamed it."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", WRITER, str(tmp_path / "run.json")]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        yield process
        process.kill()


# Writing atomically.


def test_a_file_is_created_with_its_folders_and_readable_for_all_users(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.txt"
    write_atomically(path, "Grüße\n")
    assert path.read_text(encoding="utf-8") == "Grüße\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("rights", [0o600, 0o640, 0o755])
def test_a_replaced_file_keeps_its_rights(tmp_path: Path, rights: int) -> None:
    path = tmp_path / "mine.md"
    path.write_text("the old one\n")
    path.chmod(rights)
    write_atomically(path, "the new one\n")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("the new one\n", rights)


class Owners:
    """Owner and group of a new file, which only some may change."""

    def __init__(self, *, may_give: bool, groups: tuple[int, ...] = ()) -> None:
        self.owner, self.group = 1000, 1000
        self._may_give, self._groups = may_give, groups

    def fstat(self, _: int) -> os.stat_result:
        return os.stat_result((0o100600, 1, 1, 1, self.owner, self.group, 0, 0, 0, 0))

    def fchown(self, _: int, owner: int, group: int) -> None:
        if not self._may_give and (owner not in {-1, self.owner} or group not in self._groups):
            raise PermissionError(1, "Operation not permitted")
        self.owner, self.group = owner if owner >= 0 else self.owner, group


@pytest.mark.parametrize(
    ("owners", "is_kept", "found"),
    [
        (Owners(may_give=True), True, (7, 8)),
        (Owners(may_give=False), False, (1000, 1000)),
        (Owners(may_give=False, groups=(8,)), False, (1000, 8)),
    ],
)
def test_a_new_file_gets_owner_and_group_of_the_old_one_as_far_as_possible(
    monkeypatch: pytest.MonkeyPatch, owners: Owners, found: tuple[int, int], *, is_kept: bool
) -> None:
    old = os.stat_result((0o100640, 1, 1, 1, 7, 8, 0, 0, 0, 0))
    monkeypatch.setattr("harness.durable_files.os.fstat", owners.fstat)
    monkeypatch.setattr("harness.durable_files.os.fchown", owners.fchown)
    assert durable_files._keeps_owner(3, old) is is_kept
    assert (owners.owner, owners.group) == found


def test_a_file_of_this_user_is_never_given_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.durable_files.os.fchown", no_disk)
    path = tmp_path / "mine.md"
    assert write_atomically(path, "new\n")
    assert write_atomically(path, "newer\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_root_keeps_owner_and_rights_of_the_file_of_another_user(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text("the old one\n")
    path.chmod(0o640)
    os.chown(path, 4242, 4343)
    assert write_atomically(path, "the new one\n")
    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (4242, 4343, 0o640)


@pytest.mark.parametrize("failing", ["fsync", "fchmod"])
def test_a_failed_write_leaves_the_whole_old_file_and_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "run.json"
    write_atomically(path, "the old one\n")
    monkeypatch.setattr(os, failing, no_disk)
    with pytest.raises(MachineError) as caught:
        write_atomically(path, "the new one\n")
    assert caught.value.exit_code == 3
    assert path.read_text() == "the old one\n"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_leaves_the_whole_old_file_and_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "run.json"
    write_atomically(path, "the old one\n")
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "the new one\n")
    assert path.read_text() == "the old one\n"
    assert list(tmp_path.iterdir()) == [path]


def test_the_new_file_is_fsynced_before_it_replaces_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.json"
    write_atomically(path, "the old one\n")
    seen = []
    fsync = os.fsync

    def look(descriptor: int) -> None:
        synced = Path(f"/proc/self/fd/{descriptor}").readlink()
        seen.append((synced.is_dir(), path.read_text(), "" if synced.is_dir() else synced.read_text()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    write_atomically(path, "the new one\n")
    assert seen == [(False, "the old one\n", "the new one\n"), (True, "the new one\n", "")]


# What a killed writer leaves.


def killed(writer: subprocess.Popen[str]) -> None:
    writer.send_signal(signal.SIGKILL)
    writer.wait()


def test_the_next_write_removes_what_a_killed_writer_left(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    killed(writer)
    (left,) = tmp_path.iterdir()
    assert left.read_text() == "the new one\n"
    write_atomically(tmp_path / "trials.jsonl", "")
    assert [path.name for path in tmp_path.iterdir()] == ["trials.jsonl"]


def test_the_file_of_a_live_writer_stays_and_is_whole_in_the_end(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    assert remove_unfinished(tmp_path) == ()
    writer.communicate("")
    assert writer.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
    assert (tmp_path / "run.json").read_text() == "the new one\n"


def test_a_writer_whose_file_was_removed_before_it_was_locked_makes_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, removed = fcntl.flock, list[Path]()

    def late(descriptor: int, operation: int) -> None:
        if not removed:
            removed.extend(tmp_path.iterdir())
            removed[0].unlink()
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    write_atomically(tmp_path / "run.json", "whole\n")
    assert (tmp_path / "run.json").read_text() == "whole\n"
    assert len(list(tmp_path.iterdir())) == len(removed) == 1


def test_files_of_others_stay(tmp_path: Path, writer: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch) -> None:
    killed(writer)
    (left,) = tmp_path.iterdir()
    others = [tmp_path / name for name in (".harness-0123456789abcdef-12345678", ".harness", ".abcdefgh", "run.json")]
    for other in others:
        other.write_text("theirs")
    elsewhere = tmp_path / f"{left.name}-link"
    elsewhere.symlink_to(others[0])
    (tmp_path / f"{left.name}-folder").mkdir()
    before = {*tmp_path.iterdir()}
    monkeypatch.setattr(os, "geteuid", lambda: 4_242)
    assert remove_unfinished(tmp_path) == ()
    monkeypatch.undo()
    assert remove_unfinished(tmp_path) == (left,)
    assert {*tmp_path.iterdir()} == before - {left}


def test_a_machine_without_an_identity_removes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable_files, "machine_id", str)
    monkeypatch.setattr(durable_files, "boot_id", str)
    (tmp_path / ".abcdefgh").write_text("somebody's")
    write_atomically(tmp_path / "run.json", "whole\n")
    assert {path.name for path in tmp_path.iterdir()} == {".abcdefgh", "run.json"}


def test_results_lose_the_files_of_killed_writers_and_run_folders_without_anything_else(
    tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    killed(writer)
    (left,) = tmp_path.iterdir()
    store = Store(tmp_path / "results")
    folder = store.create(a_run())
    places = [folder.path / "report" / "tables" / left.name, store.root / "begun" / left.name]
    for place in places:
        place.parent.mkdir(parents=True)
        place.write_bytes(left.read_bytes())
    (store.root / "linked").symlink_to(tmp_path)
    assert sorted(store.remove_unfinished()) == sorted(places)
    assert left.exists()
    assert not (store.root / "begun").exists()
    assert folder.run() == a_run()
