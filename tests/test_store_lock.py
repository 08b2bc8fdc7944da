"""The machine's lock, with a second process that holds it."""

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.errors import MachineError
from harness.store import machine_lock

HOLDER = """
import sys
from pathlib import Path
from harness.store import machine_lock

with machine_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_another(path: Path) -> Iterator[subprocess.Popen[str]]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder


def test_a_second_run_is_refused_and_the_error_names_the_first_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held_by_another(path) as holder:
        with pytest.raises(MachineError) as caught, machine_lock(path):
            pytest.fail("two runs at once")
        assert caught.value.exit_code == 3
        assert caught.value.cause == f"process {holder.pid} holds the machine's lock"
        assert caught.value.where == str(path)


def test_the_lock_is_free_after_a_run_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held_by_another(path):
        pass
    with machine_lock(path):
        assert path.read_text() == f"{os.getpid()}\n"


def test_the_lock_is_free_after_a_run_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held_by_another(path) as holder:
        holder.kill()
        holder.wait()
        with machine_lock(path):
            assert path.read_text() == f"{os.getpid()}\n"


def test_the_lock_is_free_after_an_error_in_a_run(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(KeyError), machine_lock(path):
        raise KeyError
    with machine_lock(path), pytest.raises(MachineError, match=f"process {os.getpid()} holds"), machine_lock(path):
        pytest.fail("two runs at once")


def test_children_do_not_inherit_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with machine_lock(path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        with machine_lock(path):
            assert child.poll() is None
    finally:
        child.communicate(b"\n")


def test_a_lock_file_that_can_not_be_created_is_a_machine_error(tmp_path: Path) -> None:
    with pytest.raises(MachineError) as caught, machine_lock(tmp_path / "missing" / "lock"):
        pytest.fail("no lock")
    assert str(caught.value) == (
        f"can't lock the machine ({tmp_path / 'missing' / 'lock'}): No such file or directory. "
        "Set TMPDIR to a writable folder."
    )
    assert caught.value.exit_code == 3


def no_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_while_locking_is_a_machine_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "ftruncate", no_disk)
    with pytest.raises(MachineError, match="can't lock the machine"), machine_lock(tmp_path / "lock"):
        pytest.fail("no lock")


def test_a_symbolic_link_in_place_of_the_lock_file_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep this")
    (tmp_path / "lock").symlink_to(precious)
    with pytest.raises(MachineError, match="can't lock the machine"), machine_lock(tmp_path / "lock"):
        pytest.fail("no lock")
    assert precious.read_text() == "keep this"


def test_the_lock_file_is_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with machine_lock():
        assert [path.name for path in tmp_path.iterdir()] == [f"harness-{os.getuid()}.lock"]
