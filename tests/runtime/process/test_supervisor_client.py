"""The supervisor and its handle: what a kept program gets, and that nothing of it outlives supervisor or harness."""

import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pytest

from harness.errors import MachineError
from harness.runtime.process import supervisor_client
from harness.runtime.process.supervisor_client import NotStartedError, Request, Supervisor
from tests.checkout import ROOT
from tests.runtime.awaiting import lives, marked, until

pytestmark = pytest.mark.program

SLEEPS = "trap 'exit 0' TERM; echo ready; while :; do sleep 60 & wait; done"
NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
Keep = Callable[..., Supervisor]


@pytest.fixture
def printed() -> Iterator[IO[bytes]]:
    with TemporaryFile() as file:
        yield file


@pytest.fixture
def run_id() -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex}"
    yield name
    until(lambda: marked(name) == [])


@pytest.fixture
def keep(printed: IO[bytes], run_id: str) -> Iterator[Keep]:
    """Prepare a shell script; it ends with the test."""
    kept: list[Supervisor] = []

    def keep(script: str, request: Request | None = None) -> Supervisor:
        request = replace(request or a_request(run_id), command=("sh", "-c", script))
        kept.append(Supervisor.prepare(request, {"HARNESS_RUN": run_id}, printed.fileno()))
        return kept[-1]

    yield keep
    for supervisor in kept:
        supervisor.end()


@pytest.fixture
def like_nohup_in_the_background() -> Iterator[None]:
    """Ignore what `nohup` and a shell's `&` have a program ignore, and block one more."""
    before = {
        number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
    }
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGUSR1,))
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    for number, handler in before.items():
        signal.signal(number, handler)


def a_request(run_id: str, command: tuple[str, ...] = ("true",)) -> Request:
    cpus = tuple(os.sched_getaffinity(0))
    return Request(command, {"PATH": os.defpath, "HARNESS_RUN": run_id}, "/", cpus, open_files=64, user=None)


def said(printed: IO[bytes]) -> str:
    return os.pread(printed.fileno(), 1 << 16, 0).decode()


def running(keep: Keep, printed: IO[bytes], script: str = SLEEPS) -> Supervisor:
    supervisor = keep(script)
    supervisor.start()
    until(lambda: "ready" in said(printed))
    return supervisor


class TestALife:
    def test_what_is_prepared_waits_until_it_is_started(self, keep: Keep, printed: IO[bytes]) -> None:
        supervisor = keep("echo here; exit 7")
        assert supervisor.exit_code() is None
        assert said(printed) == ""
        supervisor.start()
        assert (supervisor.exit_code(within_s=10), said(printed)) == (7, "here\n")
        assert supervisor.exit_code() == 7, "it does not forget"

    def test_it_is_stopped_by_sigterm(self, keep: Keep, printed: IO[bytes]) -> None:
        supervisor = running(keep, printed)
        assert supervisor.exit_code() is None
        supervisor.stop()
        assert supervisor.exit_code(within_s=10) == 0

    def test_a_signal_is_a_negative_code(self, keep: Keep, printed: IO[bytes]) -> None:
        supervisor = running(keep, printed, "echo ready; kill -USR1 $$")
        assert supervisor.exit_code(within_s=10) == -signal.SIGUSR1

    def test_what_was_never_started_ends_too(self, keep: Keep, run_id: str) -> None:
        supervisor = keep("echo here")
        supervisor.end()
        assert marked(run_id) == []
        supervisor.end()

    def test_stopping_what_has_ended_is_no_error(self, keep: Keep) -> None:
        supervisor = keep("exit 0")
        supervisor.start()
        assert supervisor.exit_code(within_s=10) == 0
        supervisor.stop()


class TestWhatCanNotBe:
    def test_a_command_that_is_nowhere(self, printed: IO[bytes], run_id: str) -> None:
        supervisor = Supervisor.prepare(a_request(run_id, ("flying-carpet",)), {}, printed.fileno())
        with pytest.raises(NotStartedError, match="No such file or directory"):
            supervisor.start()
        supervisor.end()

    def test_a_folder_that_is_nowhere(self, printed: IO[bytes], run_id: str) -> None:
        with pytest.raises(NotStartedError, match="No such file or directory: '/nowhere'"):
            Supervisor.prepare(replace(a_request(run_id), folder="/nowhere"), {}, printed.fileno())

    def test_a_keeper_that_ends_by_itself_is_told(
        self, printed: IO[bytes], run_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(supervisor_client, "_PROGRAM", tmp_path / "none.py")
        with pytest.raises(MachineError, match=r"supervisor does not answer .* it has ended"):
            Supervisor.prepare(a_request(run_id), {}, printed.fileno())
        assert "none.py" in said(printed)

    def test_a_keeper_that_says_nothing_is_told(
        self, printed: IO[bytes], run_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "mute.py").write_text("import sys; sys.stdin.read()")
        monkeypatch.setattr(supervisor_client, "_PROGRAM", tmp_path / "mute.py")
        monkeypatch.setattr(supervisor_client, "_REPLY_WITHIN_S", 0.1)
        with pytest.raises(MachineError, match=r"supervisor does not answer .* nothing within 0\.1 s"):
            Supervisor.prepare(a_request(run_id), {}, printed.fileno())

    def test_a_keeper_that_does_not_end_is_told(
        self, printed: IO[bytes], run_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        supervisor = Supervisor.prepare(a_request(run_id), {}, printed.fileno())
        os.kill(supervisor.pid, signal.SIGSTOP)
        monkeypatch.setattr(supervisor_client, "_ENDED_WITHIN_S", 0.1)
        with pytest.raises(MachineError, match=r"can't be ended \(supervisor \d+\): it is still there 0\.1 s"):
            supervisor.end()
        os.kill(supervisor.pid, signal.SIGCONT)
        monkeypatch.undo()
        supervisor.end()


class TestWhatAProgramGets:
    def test_it_has_no_power_to_gain(self, keep: Keep, printed: IO[bytes]) -> None:
        running(keep, printed, "cat /proc/self/status; echo ready")
        status = dict(line.split(":\t", 1) for line in said(printed).splitlines() if ":\t" in line)
        assert status["NoNewPrivs"] == "1"
        assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {0}
        if os.geteuid() == 0:
            assert int(status["CapBnd"], 16) == 0

    @pytest.mark.usefixtures("like_nohup_in_the_background")
    def test_it_takes_every_signal_whatever_its_starter_ignores(self, keep: Keep, printed: IO[bytes]) -> None:
        running(keep, printed, "grep ^Sig /proc/self/status; echo ready")
        masks = dict(line.split(":\t") for line in said(printed).splitlines() if ":\t" in line)
        inner = (
            1 << 31 | 1 << 32
        )  # the C library keeps 32 and 33 for itself: nobody can set them, everybody inherits them
        assert (int(masks["SigIgn"], 16) & ~inner, int(masks["SigBlk"], 16) & ~inner) == (0, 0)

    def test_it_has_three_files_open_and_no_more(self, keep: Keep, printed: IO[bytes]) -> None:
        running(keep, printed, "ls -l /proc/$$/fd; echo ready")
        files = dict(re.findall(r"(\d+) -> (.+)", said(printed)))
        assert sorted(files) == ["0", "1", "2"]
        assert files["0"] == "/dev/null"
        assert files["1"] == files["2"]

    @NEEDS_ROOT
    def test_it_runs_as_somebody_else_and_his_group_alone(self, keep: Keep, printed: IO[bytes], run_id: str) -> None:
        keep("id -u; id -G; umask; echo ready", replace(a_request(run_id), user=65534)).start()
        until(lambda: "ready" in said(printed))
        assert said(printed).split() == ["65534", "65534", "0022", "ready"]


class TestNothingIsLeft:
    """Whoever is lost, harness, supervisor or leader, the rest ends."""

    ORPHANS = 'setsid sh -c "echo orphan \\$\\$; trap : TERM INT HUP; while :; do sleep 60; done" & ' + SLEEPS

    @pytest.fixture
    def supervisor(self, keep: Keep, printed: IO[bytes]) -> Supervisor:
        supervisor = running(keep, printed, self.ORPHANS)
        until(lambda: "orphan" in said(printed))
        return supervisor

    def test_orphans_end_when_the_leader_does(self, supervisor: Supervisor, run_id: str) -> None:
        assert len(marked(run_id)) >= 3
        supervisor.stop()
        assert supervisor.exit_code(within_s=10) == 0
        assert marked(run_id) in ([], [supervisor.pid]), "the code comes when all else is gone"

    def test_orphans_end_at_once_when_told(self, supervisor: Supervisor, run_id: str) -> None:
        supervisor.end()
        assert marked(run_id) == []

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    def test_a_keeper_that_is_asked_to_end_takes_all_along(
        self, supervisor: Supervisor, run_id: str, number: signal.Signals
    ) -> None:
        os.kill(supervisor.pid, number)
        assert supervisor.exit_code(within_s=10) == -signal.SIGKILL
        until(lambda: marked(run_id) == [])

    def test_a_keeper_that_is_killed_takes_the_leader_along(self, keep: Keep, printed: IO[bytes]) -> None:
        supervisor = running(keep, printed, "echo $$ ready; exec sleep 60")
        leader = int(said(printed).split()[0])
        os.kill(supervisor.pid, signal.SIGKILL)
        assert supervisor.exit_code(within_s=10) == -signal.SIGKILL
        until(lambda: not lives(leader))

    def test_a_harness_that_is_killed_takes_all_along(self, run_id: str) -> None:
        program = (
            "import sys\n"
            "from harness.runtime.process.supervisor_client import *\n"
            "from tests.runtime.process.test_supervisor_client import *\n"
            f"request = a_request({run_id!r}, ('sh', '-c', TestNothingIsLeft.ORPHANS))\n"
            "supervisor = Supervisor.prepare(request, {}, 1)\n"
            "supervisor.start(); input()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as harness:
            assert harness.stdout
            words = {harness.stdout.readline().split()[0], harness.stdout.readline().split()[0]}
            assert words == {b"ready", b"orphan"}
            harness.kill()
        until(lambda: marked(run_id) == [])
