"""The machine's lock, with a second process that holds it."""

import errno
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness import machine_lock as machine_lock_module
from harness.errors import MachineError
from harness.machine_lock import machine_lock
from tests.checkout import ROOT

HOLDER = """
import sys
from pathlib import Path
from harness.machine_lock import machine_lock

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
        since = r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
        assert re.fullmatch(rf"process {holder.pid} \({since}\) holds the machine's lock", caught.value.cause)
        assert caught.value.where == str(path)


def test_the_lock_is_free_after_a_run_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held_by_another(path):
        pass
    with machine_lock(path):
        assert path.read_text().splitlines()[0] == str(os.getpid())


def test_the_lock_is_free_after_a_run_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held_by_another(path) as holder:
        holder.kill()
        holder.wait()
        with machine_lock(path):
            assert path.read_text().splitlines()[0] == str(os.getpid())


def test_the_lock_is_free_after_an_error_in_a_run(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(KeyError), machine_lock(path):
        raise KeyError
    with (
        machine_lock(path),
        pytest.raises(MachineError, match=rf"process {os.getpid()} \(.*\) holds"),
        machine_lock(path),
    ):
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
        "Check that its folder can be written, or see HARNESS_LOCK in docs/platforms.md."
    )
    assert caught.value.exit_code == 3


def test_only_a_lock_file_that_exists_is_to_be_removed(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(MachineError) as caught, machine_lock(tmp_path / "lock"):
        pytest.fail("no lock")
    assert caught.value.remedy.startswith("Remove the file if no run is under way, or see HARNESS_LOCK")


def no_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_on_a_full_disk_the_lock_is_held_without_the_process_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "pwrite", no_disk)
    path = tmp_path / "lock"
    with machine_lock(path), pytest.raises(MachineError, match="process unknown holds"), machine_lock(path):
        pytest.fail("two runs at once")


def test_a_symbolic_link_in_place_of_the_lock_file_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep this")
    (tmp_path / "lock").symlink_to(precious)
    with pytest.raises(MachineError, match="can't lock the machine"), machine_lock(tmp_path / "lock"):
        pytest.fail("no lock")
    assert precious.read_text() == "keep this"


def test_a_pipe_in_place_of_the_lock_file_is_refused_without_a_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lock")
    with pytest.raises(MachineError, match="it is not a regular file"), machine_lock(tmp_path / "lock"):
        pytest.fail("no lock")


def test_text_that_another_user_wrote_into_the_file_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with machine_lock(path):
        path.write_text("::error::\x1b[31m")
        with pytest.raises(MachineError, match="process unknown holds"), machine_lock(path):
            pytest.fail("two runs at once")


@pytest.mark.parametrize(
    "text", ["12\n2026-01-31 14:25:01\n::error::x\n", "12\nnow\n", "12", "12\n2026-01-31 14:25:01\n../../x\n", "-1\n"]
)
def test_only_a_process_a_time_and_the_id_of_a_run_are_believed(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lock"
    with machine_lock(path):
        path.write_text(text)
        with pytest.raises(MachineError, match="process unknown holds"), machine_lock(path):
            pytest.fail("two runs at once")


def test_the_error_names_the_command_and_the_run_of_the_holder(tmp_path: Path) -> None:
    path, script = tmp_path / "lock", tmp_path / "harness"
    script.write_text(
        HOLDER.replace("machine_lock(Path(sys.argv[1])):", "machine_lock(Path(sys.argv[1])) as hold_for:").replace(
            '    print("held"', '    hold_for("20260131-142501-quick-9f3a")\n    print("held"'
        )
    )
    words = [sys.executable, str(script), str(path), "run\n::error::", "x" * 200]
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(MachineError) as caught, machine_lock(path):
            pytest.fail("two runs at once")
        holder.communicate()
    cause = caught.value.cause
    assert cause.startswith(f"process {holder.pid} (harness {path} 'run \\::error::' xxx")
    assert "xxx...; since 20" in cause
    assert cause.endswith("UTC; run 20260131-142501-quick-9f3a) holds the machine's lock")


def test_a_run_that_waits_says_for_whom_once_and_goes_on_when_the_lock_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, told, slept = tmp_path / "lock", list[str](), list[float]()
    with held_by_another(path) as holder:

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 3:
                holder.kill()
                holder.wait()

        monkeypatch.setattr(time, "sleep", sleep)
        with machine_lock(path, told.append):
            assert path.read_text().splitlines()[0] == str(os.getpid())
    assert [line.startswith(f"process {holder.pid} (") for line in told] == [True]
    assert slept == [1.0, 1.0, 1.0]


def test_the_lock_is_one_file_whatever_the_user_and_tmpdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Path("/tmp/harness.lock") == machine_lock_module.LOCK  # noqa: S108 - as documented
    monkeypatch.delenv("HARNESS_LOCK")
    monkeypatch.setattr(machine_lock_module, "LOCK", tmp_path / "lock")
    for uid, folder in ((0, "one"), (1, "two")):
        monkeypatch.setenv("TMPDIR", str(tmp_path / folder))
        monkeypatch.setattr(os, "getuid", lambda uid=uid: uid)
        with machine_lock():
            assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_harness_lock_names_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_LOCK", str(tmp_path / "own"))
    with machine_lock():
        assert [path.name for path in tmp_path.iterdir()] == ["own"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("first", ["root", "nobody"])
def test_the_lock_of_one_user_holds_for_another(first: str) -> None:
    with tempfile.TemporaryDirectory(prefix="lock-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o1777)  # as /tmp: the kernel guards another user's file there
        script = f"""
import os, sys
sys.path[:0] = {[str(ROOT), *sys.path]!r}
from pathlib import Path
from harness.errors import MachineError
from harness.machine_lock import machine_lock
os.umask(0o077)
if {first != "root"}:
    os.setuid(65534)
with machine_lock(Path({str(folder / "lock")!r})):
    if {first == "root"}:
        if os.fork() == 0:
            os.setuid(65534)
            try:
                with machine_lock(Path({str(folder / "lock")!r})):
                    os._exit(1)
            except MachineError as error:
                os._exit(0 if error.what == "another run is measuring" else 2)
        raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))
"""
        assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0
        with machine_lock(folder / "lock"):  # also where the other user has created it
            pass
