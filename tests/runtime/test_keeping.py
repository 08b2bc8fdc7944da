"""The keeper and its handle: what a kept program gets, and that nothing of it outlives keeper or harness."""

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
from harness.runtime import keeping
from harness.runtime.keeping import Keeper, NotStartedError, Request
from tests.checkout import ROOT
from tests.runtime.awaiting import lives, marked, until

SLEEPS = "trap 'exit 0' TERM; echo ready; while :; do sleep 60 & wait; done"
NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
Keep = Callable[..., Keeper]


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
    kept: list[Keeper] = []

    def keep(script: str, request: Request | None = None) -> Keeper:
        request = replace(request or a_request(run_id), command=("sh", "-c", script))
        kept.append(Keeper.prepare(request, {"HARNESS_RUN": run_id}, printed.fileno()))
        return kept[-1]

    yield keep
    for keeper in kept:
        keeper.end()


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


def running(keep: Keep, printed: IO[bytes], script: str = SLEEPS) -> Keeper:
    keeper = keep(script)
    keeper.start()
    until(lambda: "ready" in said(printed))
    return keeper


class TestALife:
    def test_what_is_prepared_waits_until_it_is_started(self, keep: Keep, printed: IO[bytes]) -> None:
        keeper = keep("echo here; exit 7")
        assert keeper.exit_code() is None
        assert said(printed) == ""
        keeper.start()
        assert (keeper.exit_code(within_s=10), said(printed)) == (7, "here\n")
        assert keeper.exit_code() == 7, "it does not forget"

    def test_it_is_stopped_by_sigterm(self, keep: Keep, printed: IO[bytes]) -> None:
        keeper = running(keep, printed)
        assert keeper.exit_code() is None
        keeper.stop()
        assert keeper.exit_code(within_s=10) == 0

    def test_a_signal_is_a_negative_code(self, keep: Keep, printed: IO[bytes]) -> None:
        keeper = running(keep, printed, "echo ready; kill -USR1 $$")
        assert keeper.exit_code(within_s=10) == -signal.SIGUSR1

    def test_what_was_never_started_ends_too(self, keep: Keep, run_id: str) -> None:
        keeper = keep("echo here")
        keeper.end()
        assert marked(run_id) == []
        keeper.end()

    def test_stopping_what_has_ended_is_no_error(self, keep: Keep) -> None:
        keeper = keep("exit 0")
        keeper.start()
        assert keeper.exit_code(within_s=10) == 0
        keeper.stop()


class TestWhatCanNotBe:
    def test_a_command_that_is_nowhere(self, printed: IO[bytes], run_id: str) -> None:
        keeper = Keeper.prepare(a_request(run_id, ("flying-carpet",)), {}, printed.fileno())
        with pytest.raises(NotStartedError, match="No such file or directory"):
            keeper.start()
        keeper.end()

    def test_a_folder_that_is_nowhere(self, printed: IO[bytes], run_id: str) -> None:
        with pytest.raises(NotStartedError, match="No such file or directory: '/nowhere'"):
            Keeper.prepare(replace(a_request(run_id), folder="/nowhere"), {}, printed.fileno())

    def test_a_keeper_that_ends_by_itself_is_told(
        self, printed: IO[bytes], run_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(keeping, "_PROGRAM", tmp_path / "none.py")
        with pytest.raises(MachineError, match=r"keeper does not answer .* it has ended"):
            Keeper.prepare(a_request(run_id), {}, printed.fileno())
        assert "none.py" in said(printed)

    def test_a_keeper_that_says_nothing_is_told(
        self, printed: IO[bytes], run_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "mute.py").write_text("import sys; sys.stdin.read()")
        monkeypatch.setattr(keeping, "_PROGRAM", tmp_path / "mute.py")
        monkeypatch.setattr(keeping, "_REPLY_WITHIN_S", 0.1)
        with pytest.raises(MachineError, match=r"keeper does not answer .* nothing within 0\.1 s"):
            Keeper.prepare(a_request(run_id), {}, printed.fileno())

    def test_a_keeper_that_does_not_end_is_told(
        self, printed: IO[bytes], run_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keeper = Keeper.prepare(a_request(run_id), {}, printed.fileno())
        os.kill(keeper.pid, signal.SIGSTOP)
        monkeypatch.setattr(keeping, "_ENDED_WITHIN_S", 0.1)
        with pytest.raises(MachineError, match=r"can't be ended \(keeper \d+\): it is still there 0\.1 s"):
            keeper.end()
        os.kill(keeper.pid, signal.SIGCONT)
        monkeypatch.undo()
        keeper.end()


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
    """Whoever is lost, harness, keeper or leader, the rest ends."""

    ORPHANS = 'setsid sh -c "echo orphan \\$\\$; trap : TERM INT HUP; while :; do sleep 60; done" & ' + SLEEPS

    @pytest.fixture
    def keeper(self, keep: Keep, printed: IO[bytes]) -> Keeper:
        keeper = running(keep, printed, self.ORPHANS)
        until(lambda: "orphan" in said(printed))
        return keeper

    def test_orphans_end_when_the_leader_does(self, keeper: Keeper, run_id: str) -> None:
        assert len(marked(run_id)) >= 3
        keeper.stop()
        assert keeper.exit_code(within_s=10) == 0
        assert marked(run_id) in ([], [keeper.pid]), "the code comes when all else is gone"

    def test_orphans_end_at_once_when_told(self, keeper: Keeper, run_id: str) -> None:
        keeper.end()
        assert marked(run_id) == []

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    def test_a_keeper_that_is_asked_to_end_takes_all_along(
        self, keeper: Keeper, run_id: str, number: signal.Signals
    ) -> None:
        os.kill(keeper.pid, number)
        assert keeper.exit_code(within_s=10) == -signal.SIGKILL
        until(lambda: marked(run_id) == [])

    def test_a_keeper_that_is_killed_takes_the_leader_along(self, keep: Keep, printed: IO[bytes]) -> None:
        keeper = running(keep, printed, "echo $$ ready; exec sleep 60")
        leader = int(said(printed).split()[0])
        os.kill(keeper.pid, signal.SIGKILL)
        assert keeper.exit_code(within_s=10) == -signal.SIGKILL
        until(lambda: not lives(leader))

    def test_a_harness_that_is_killed_takes_all_along(self, run_id: str) -> None:
        program = (
            "import sys; from harness.runtime.keeping import *; from tests.runtime.test_keeping import *\n"
            f"keeper = Keeper.prepare(a_request({run_id!r}, ('sh', '-c', TestNothingIsLeft.ORPHANS)), {{}}, 1)\n"
            "keeper.start(); input()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as harness:
            assert harness.stdout
            words = {harness.stdout.readline().split()[0], harness.stdout.readline().split()[0]}
            assert words == {b"ready", b"orphan"}
            harness.kill()
        until(lambda: marked(run_id) == [])
