"""Commands of a build: logged line by line, errors with their last lines, and killed with their children."""

import fcntl
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import uuid
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from harness import interrupts
from harness.documents.findings import LONGEST_BYTES
from harness.errors import Interrupted, TargetError
from harness.runtime.process import steps
from harness.runtime.process.steps import Confinement, StepError, Steps, change_owner
from tests.checkout import ROOT
from tests.runtime.awaiting import lives, marked, until

TOO_LONG = TargetError("it takes too long", where="here", cause="a test", remedy="None.")


def never_ends() -> AbstractContextManager[None]:
    """Raise an error of another type if a command keeps the harness waiting."""
    return interrupts.limited(20.0, lambda: TOO_LONG)


def test_every_line_of_stdout_and_stderr_is_logged(tmp_path: Path) -> None:
    lines: list[str] = []
    Steps(lines.append).run(
        "sh", "-c", "echo one; echo two >&2; echo $WORD; pwd", where=tmp_path, variables={"WORD": "3"}
    )
    step = "Step: sh -c 'echo one; echo two >&2; echo $WORD; pwd'"
    assert lines == [step, "one", "two", "3", str(tmp_path)]


def test_the_colours_of_a_command_are_not_logged(tmp_path: Path) -> None:
    lines: list[str] = []
    Steps(lines.append).run("printf", r"\033[91mred\033[0m\n", where=tmp_path)
    assert lines[1:] == ["red"]


def test_a_command_does_not_get_the_python_path_of_the_harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "somewhere else")
    lines: list[str] = []
    Steps(lines.append).run("sh", "-c", 'echo "$PYTHONPATH, $PIP_INDEX_URL"', where=tmp_path)
    assert lines[1:] == [", somewhere else"]


def test_the_error_of_a_failed_command_has_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(StepError) as caught:
        Steps(lambda _: None).run("sh", "-c", "seq 30; exit 7", where=tmp_path)
    assert caught.value.lines == [*map(str, range(11, 31)), "sh exited with code 7"]


def test_the_error_names_a_command_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="no-such-command can't be run: No such file or directory"):
        Steps(lambda _: None).run("no-such-command", where=tmp_path)
    with pytest.raises(StepError, match="no-such-command can't be run: No such file or directory"):
        Steps(lambda _: None).read("no-such-command", where=tmp_path)


def test_read_returns_only_stdout(tmp_path: Path) -> None:
    lines: list[str] = []
    assert Steps(lines.append).read("sh", "-c", "echo one; echo two >&2", where=tmp_path) == "one\n"
    assert lines == []


def test_the_error_of_a_failed_read_has_the_lines_of_stderr(tmp_path: Path) -> None:
    with pytest.raises(StepError) as caught:
        Steps(lambda _: None).read("sh", "-c", "echo one; echo two >&2; exit 7", where=tmp_path)
    assert caught.value.lines == ["two", "sh exited with code 7"]


def test_an_interrupt_kills_a_command_and_its_children(tmp_path: Path) -> None:
    name = f"test-{uuid.uuid4().hex}"

    def interrupt(line: str) -> None:
        if line == "here":
            until(lambda: len(marked(name)) == 3)  # with its guard
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted), interrupts.raising():
        Steps(interrupt).run("sh", "-c", "sleep 60 & echo here; wait", where=tmp_path, variables={"HARNESS_RUN": name})
    until(lambda: marked(name) == [])


class TestConfinement:
    """A command of a build runs a target's own code."""

    def test_a_command_gets_only_the_listed_variables(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        kept = ("PIP_INDEX_URL", "npm_config_registry")
        for name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "GOOGLE_CREDENTIALS", "SSH_AUTH_SOCK", *kept):
            monkeypatch.setenv(name, "secret")
        monkeypatch.setenv("https_proxy", "http://user:secret@proxy")
        lines: list[str] = []
        Steps(lines.append).run("env", where=tmp_path)
        assert {line.partition("=")[0] for line in lines[1:] if "secret" in line} == {*kept, "https_proxy"}
        assert "secret" not in Steps(lines.append).read("env", where=tmp_path)

    def test_a_command_that_is_read_has_no_network(self, tmp_path: Path) -> None:
        others = Steps(lambda _: None).read("readlink", "/proc/self/ns/net", where=tmp_path).strip()
        if others == str(Path("/proc/self/ns/net").readlink()):
            pytest.skip("this kernel gives users no network namespaces")
        with pytest.raises(StepError):
            Steps(lambda _: None).read("python3", "-c", _CONNECTS, where=tmp_path)

    def test_a_command_that_hangs_is_ended_at_its_limit(self, tmp_path: Path) -> None:
        name = f"test-{uuid.uuid4().hex}"
        with pytest.raises(StepError, match=r"sh did not end within 0\.3 s"):
            Steps(lambda _: None).read(
                "sh", "-c", "sleep 60 & sleep 60", where=tmp_path, variables={"HARNESS_RUN": name}, within_s=0.3
            )
        until(lambda: marked(name) == [])

    @pytest.mark.parametrize("code", [0, 7])
    def test_what_a_command_leaves_running_ends_with_it(self, tmp_path: Path, code: int) -> None:
        left = "; ".join(
            f"env -i {way} sh -c 'echo $$ >> pids; exec sleep 60' {output}"
            for way in ("", "setsid")  # without marks, in its group and in a session of its own
            for output in (">/dev/null 2>&1 &", "&")  # the second keeps the pipe open that the harness reads
        ).replace("&;", "&")
        words = ("sh", "-c", f"{left} while [ $(wc -l < pids) -lt 4 ]; do sleep 0.01; done; echo done; exit {code}")
        for way in (Steps(lambda _: None).run, Steps(lambda _: None).read):
            (tmp_path / "pids").write_text("")
            with pytest.raises(StepError, match="exited with code 7") if code else nullcontext():
                way(*words, where=tmp_path)
            pids = (tmp_path / "pids").read_text().split()
            assert len(pids) == 4
            assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []

    @pytest.mark.parametrize("output", ["", ">/dev/null 2>&1"])
    @pytest.mark.parametrize("number", ["KILL", "STOP"])
    @pytest.mark.parametrize("way", ["run", "read"])
    def test_a_command_that_kills_or_stops_its_guard_fails_at_once_and_ends(
        self, tmp_path: Path, number: str, way: str, output: str
    ) -> None:
        leaves = f"setsid sleep 60 {output} & echo $! > pid; echo last"
        words = ("sh", "-c", f"{leaves}; kill -{number} $PPID; exec {output}; exec sleep 60")
        runner = Steps(lambda _: None)
        did = "stopped the guard" if number == "STOP" else r"ended the guard .* by signal 9 \(SIGKILL\)"
        with pytest.raises(StepError, match=f"sh, or another process, {did}") as caught, never_ends():
            (runner.run if way == "run" else runner.read)(*words, where=tmp_path)
        assert way == "read" or caught.value.lines[0] == "last"
        until(lambda: not lives(int((tmp_path / "pid").read_text())))  # one that was killed needs a moment

    def test_a_command_that_stops_its_guard_again_and_again_ends_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(steps, "_ENDS_WITHIN_S", 0.5)
        stops = "for _ in range(10**9): os.kill(guard, signal.SIGSTOP)"
        (tmp_path / "stops.py").write_text(f"import os, signal; guard = os.getppid()\n{stops}")
        with pytest.raises(StepError, match="stopped the guard"), never_ends():
            Steps(lambda _: None).run(
                "sh", "-c", f"echo $$ > pid; exec {shlex.quote(sys.executable)} stops.py", where=tmp_path
            )
        until(lambda: not lives(int((tmp_path / "pid").read_text())))  # one that was killed needs a moment

    def test_output_without_end_does_not_hide_a_killed_guard(self, tmp_path: Path) -> None:
        words = ("sh", "-c", "setsid yes & echo $! > pid; kill -KILL $PPID; sleep 60")
        with pytest.raises(StepError, match="ended the guard"), never_ends():
            Steps(lambda _: None).run(*words, where=tmp_path)
        until(lambda: not lives(int((tmp_path / "pid").read_text())))  # one that was killed needs a moment

    def test_a_signal_that_ends_a_command_is_named_as_shells_do(self, tmp_path: Path) -> None:
        with pytest.raises(StepError, match="sh exited with code 139"):
            Steps(lambda _: None).run("sh", "-c", "kill -SEGV $$", where=tmp_path)

    def test_an_endless_output_is_cut(self, tmp_path: Path) -> None:
        printed = Steps(lambda _: None).read("head", "-c", "1000000", "/dev/zero", where=tmp_path)
        assert len(printed) == LONGEST_BYTES + 1
        lines: list[str] = []
        Steps(lines.append).run("sh", "-c", "head -c 5000 /dev/zero | tr '\\0' x", where=tmp_path)
        assert [len(line) for line in lines[1:]] == [2000, 2000, 1000]

    def test_a_command_ends_with_the_harness(self) -> None:
        name = f"test-{uuid.uuid4().hex}"
        program = (
            "from pathlib import Path; from harness.runtime.process.steps import Steps; "
            f"Steps(print).run('sleep', '60', where=Path('/'), variables={{'HARNESS_RUN': {name!r}}})"
        )
        with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.DEVNULL) as harness:
            until(lambda: marked(name) != [])
            harness.kill()
        until(lambda: marked(name) == [])

    def test_every_process_of_a_build_keeps_its_lock(self, tmp_path: Path) -> None:
        lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
        fcntl.flock(lock, fcntl.LOCK_EX)
        locked = Steps(lambda _: None, Confinement(lock=lock))
        without_marks = "env -i sleep 60 >/dev/null 2>&1 & echo $! > pid; until grep -q sleep /proc/$!/comm; do :; done"
        with pytest.raises(StepError):
            locked.run("sh", "-c", f"{without_marks}; kill -KILL $PPID; wait", where=tmp_path)
        os.close(lock)
        other = os.open(tmp_path / "lock", os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
        fcntl.flock(other, fcntl.LOCK_EX)
        os.close(other)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
    def test_roots_commands_run_also_if_root_has_no_home_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def nobody_knows(_: int) -> None:
            raise KeyError

        monkeypatch.delenv("HOME", raising=False)
        monkeypatch.setattr("pwd.getpwuid", nobody_knows)
        Confinement(65534, tmp_path / "home").make_home()
        assert (tmp_path / "home/tmp").is_dir()

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
    def test_roots_commands_run_as_nobody_in_a_home_of_their_own(self) -> None:
        with tempfile.TemporaryDirectory(dir="/tmp") as name:
            folder = Path(name)
            folder.chmod(0o755)
            confinement = Confinement(65534, folder / "home")
            confinement.make_home()
            (folder / "app").mkdir()
            confinement.own(folder / "app")
            lines: list[str] = []
            Steps(lines.append, confinement).run(
                "sh",
                "-c",
                "id -u; id -G; echo $HOME; touch mine $TMPDIR/x; touch ../not || echo refused",
                where=folder / "app",
            )
            assert lines[1:4] == ["65534", "65534", f"{folder}/home"]
            assert lines[-1] == "refused"
            assert (folder / "app/mine").stat().st_uid == 65534
            change_owner(folder / "app", 0)
            assert (folder / "app/mine").stat().st_uid == 0


_CONNECTS = "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)"
