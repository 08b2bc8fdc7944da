"""The supervisor and its client: the conditions of a program, and that it ends with the supervisor and the harness."""

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
from tests.runtime.awaiting import PATIENCE_S, lives, marked, until

pytestmark = pytest.mark.program

SLEEPS = "trap 'exit 0' TERM; echo ready; while :; do sleep 60 & wait; done"
# A program with a child in a session of its own; at SIGUSR1 it signals its supervisor.
HOSTILE = "setsid sleep 60 & trap 'kill -{number} $PPID' USR1; echo ready $$; while :; do sleep 60 & wait $!; done"
NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run as another user")
# A harness whose user can't raise its hard limit of open files: root only without CAP_SYS_RESOURCE (24).
LIMITED = """
import ctypes, os, resource, sys
if "limited" not in sys.argv:
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]),) * 2)
    ctypes.CDLL(None).prctl(24, 24, 0, 0, 0)  # PR_CAPBSET_DROP
    os.execv(sys.executable, [sys.executable, "-c", os.environ["LIMITED"], "limited"])
from harness.runtime.process.supervisor_client import Request, Supervisor
command = ("sh", "-c", "ulimit -S -n; ulimit -H -n")
cpus = tuple(os.sched_getaffinity(0))
supervisor = Supervisor.prepare(Request(command, {"PATH": os.defpath}, "/", cpus, 64, None), {}, 1)
supervisor.start()
supervisor.exit_code(within_s=60)
supervisor.end()
"""
Prepare = Callable[..., Supervisor]


@pytest.fixture
def output() -> Iterator[IO[bytes]]:
    with TemporaryFile() as file:
        yield file


@pytest.fixture
def run_id() -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex}"
    yield name
    until(lambda: marked(name) == [])


@pytest.fixture
def prepare(output: IO[bytes], run_id: str) -> Iterator[Prepare]:
    """Prepare a shell script; it ends with the test."""
    supervisors: list[Supervisor] = []

    def prepare(script: str, request: Request | None = None) -> Supervisor:
        request = replace(request or a_request(run_id), command=("sh", "-c", script))
        supervisors.append(Supervisor.prepare(request, {"HARNESS_RUN": run_id}, output.fileno()))
        return supervisors[-1]

    yield prepare
    for supervisor in supervisors:
        supervisor.end()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let supervisors reply late that a target has started."""
    before = "reason = leader.start()"
    program = supervisor_client._PROGRAM.read_text(encoding="utf-8").replace(before, f"{before}; time.sleep(4)")
    (tmp_path / "slow.py").write_text(program, encoding="utf-8")
    monkeypatch.setattr(supervisor_client, "_PROGRAM", tmp_path / "slow.py")


@pytest.fixture
def like_nohup_in_the_background() -> Iterator[None]:
    """Ignore the signals that a program ignores under `nohup` and a shell's `&`, and block one more."""
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


def text_of(output: IO[bytes]) -> str:
    return os.pread(output.fileno(), 1 << 16, 0).decode()


def running(prepare: Prepare, output: IO[bytes], script: str = SLEEPS) -> Supervisor:
    supervisor = prepare(script)
    supervisor.start()
    until(lambda: "ready" in text_of(output))
    return supervisor


def also_replies(folder: Path, *, after: str, written: str) -> Path:
    """Make a supervisor that writes one more reply, as a target of the same user can do in its place."""
    (folder / "text").write_text(written)
    more = f"""
_own_reply = _reply

def _reply(text):
    _own_reply(text)
    if text.startswith({after!r}):
        _own_reply(Path({str(folder / "text")!r}).read_text())

if __name__"""
    program = supervisor_client._PROGRAM.read_text(encoding="utf-8").replace("\nif __name__", more)
    (folder / "also_replies.py").write_text(program, encoding="utf-8")
    return folder / "also_replies.py"


class TestLifeCycle:
    def test_a_prepared_program_waits_for_its_start(self, prepare: Prepare, output: IO[bytes]) -> None:
        supervisor = prepare("echo here; exit 7")
        assert supervisor.exit_code() is None
        assert text_of(output) == ""
        supervisor.start()
        assert (supervisor.exit_code(within_s=PATIENCE_S), text_of(output)) == (7, "here\n")
        assert supervisor.exit_code() == 7, "the exit code stays known"

    def test_a_program_is_stopped_by_sigterm(self, prepare: Prepare, output: IO[bytes]) -> None:
        supervisor = running(prepare, output)
        assert supervisor.exit_code() is None
        supervisor.stop()
        assert supervisor.exit_code(within_s=PATIENCE_S) == 0

    def test_a_signal_is_a_negative_exit_code(self, prepare: Prepare, output: IO[bytes]) -> None:
        supervisor = running(prepare, output, "echo ready; kill -USR1 $$")
        assert supervisor.exit_code(within_s=PATIENCE_S) == -signal.SIGUSR1

    def test_a_program_that_was_never_started_is_killed(self, prepare: Prepare, run_id: str) -> None:
        supervisor = prepare("echo here")
        supervisor.end()
        assert marked(run_id) == []
        supervisor.end()

    def test_stopping_an_ended_program_is_no_error(self, prepare: Prepare) -> None:
        supervisor = prepare("exit 0")
        supervisor.start()
        assert supervisor.exit_code(within_s=PATIENCE_S) == 0
        supervisor.stop()


class TestErrors:
    @pytest.mark.parametrize(
        ("command", "why"),
        [
            (("no-such-command",), "no program 'no-such-command' is in PATH, which is /usr/bin:/bin"),
            (("sh -c true",), "no program 'sh -c true' is in PATH, which is /usr/bin:/bin"),
            (("{folder}/nothing",), "[Errno 2] No such file or directory: '{folder}/nothing'"),
            (("{folder}/script",), "the program that '{folder}/script' names in its first line does not exist"),
        ],
    )
    def test_a_missing_command_can_not_be_started(
        self, output: IO[bytes], run_id: str, tmp_path: Path, command: tuple[str, ...], why: str
    ) -> None:
        script = tmp_path / "script"
        script.write_text("#!/no/such/shell\n", encoding="ascii")
        script.chmod(0o755)
        request = a_request(run_id, tuple(word.format(folder=tmp_path) for word in command))
        environment = {**request.environment, "PATH": "/usr/bin:/bin"}
        supervisor = Supervisor.prepare(replace(request, environment=environment), {}, output.fileno())
        with pytest.raises(NotStartedError) as caught:
            supervisor.start()
        assert str(caught.value) == why.format(folder=tmp_path)
        supervisor.end()

    def test_a_missing_folder_can_not_be_prepared(self, output: IO[bytes], run_id: str) -> None:
        with pytest.raises(NotStartedError, match="No such file or directory: '/nowhere'"):
            Supervisor.prepare(replace(a_request(run_id), folder="/nowhere"), {}, output.fileno())

    def test_a_supervisor_that_ends_by_itself_is_a_machine_error(
        self, output: IO[bytes], run_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(supervisor_client, "_PROGRAM", tmp_path / "none.py")
        with pytest.raises(MachineError, match=r"supervisor does not answer .* it has ended"):
            Supervisor.prepare(a_request(run_id), {}, output.fileno())
        assert "none.py" in text_of(output)

    def test_a_supervisor_that_does_not_reply_is_a_machine_error(
        self, output: IO[bytes], run_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "mute.py").write_text("import sys; sys.stdin.read()")
        monkeypatch.setattr(supervisor_client, "_PROGRAM", tmp_path / "mute.py")
        monkeypatch.setattr(supervisor_client, "_REPLY_WITHIN_S", 0.1)
        with pytest.raises(MachineError, match=r"supervisor does not answer .* no reply within 0\.1 s"):
            Supervisor.prepare(a_request(run_id), {}, output.fileno())

    def test_a_supervisor_that_does_not_end_is_a_machine_error(
        self, output: IO[bytes], run_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        supervisor = Supervisor.prepare(a_request(run_id), {}, output.fileno())
        os.kill(supervisor.pid, signal.SIGSTOP)
        monkeypatch.setattr(supervisor_client, "_ENDED_WITHIN_S", 0.1)
        monkeypatch.setattr(subprocess.Popen, "send_signal", lambda *_: None)
        with pytest.raises(MachineError, match=r"can't be ended \(supervisor \d+\): it still exists 0\.1 s"):
            supervisor.end()
        os.kill(supervisor.pid, signal.SIGCONT)
        monkeypatch.undo()
        supervisor.end()

    @pytest.mark.usefixtures("slow")
    @pytest.mark.parametrize(
        ("number", "did"),
        [
            ("KILL", "it has ended"),
            ("STOP", "it is stopped"),
            ("USR1", "it has ended"),
            ("CONT", "no reply within 2 s"),  # as one that waits for ever
        ],
    )
    def test_a_program_that_attacks_its_supervisor_at_once_does_not_start(
        self, prepare: Prepare, run_id: str, monkeypatch: pytest.MonkeyPatch, number: str, did: str
    ) -> None:
        monkeypatch.setattr(supervisor_client, "_REPLY_WITHIN_S", 2.0)
        supervisor = prepare(f"setsid sleep 60 & kill -{number} $PPID; sleep 60")
        with pytest.raises(NotStartedError, match=f"its supervisor, which .* can attack, does not answer: {did}"):
            supervisor.start()
        supervisor.end()
        assert marked(run_id) == []

    @pytest.mark.parametrize("written", ["exited early", "exited 0 0 0 " + "0" * 5000, "started", "0" * (1 << 17)])
    def test_replies_that_a_target_writes_itself_end_it(
        self, prepare: Prepare, run_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str
    ) -> None:
        monkeypatch.setattr(supervisor_client, "_PROGRAM", also_replies(tmp_path, after="started", written=written))
        monkeypatch.setattr(supervisor_client, "_ENDED_WITHIN_S", 0.5)
        supervisor = prepare("setsid sleep 60 & sleep 60")
        supervisor.start()
        until(lambda: supervisor.exit_code() is not None)
        assert supervisor.exit_code() == -signal.SIGKILL
        assert supervisor.lost is not None
        assert marked(run_id) == []

    def test_a_program_that_writes_a_reply_before_its_supervisor_does_not_start(
        self, prepare: Prepare, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(supervisor_client, "_PROGRAM", also_replies(tmp_path, after="prepared", written="here"))
        with pytest.raises(NotStartedError, match="does not answer: it replied something else"):
            prepare("sleep 60").start()


class TestConditionsOfAProgram:
    def test_a_program_has_no_capabilities_and_can_gain_none(self, prepare: Prepare, output: IO[bytes]) -> None:
        running(prepare, output, "cat /proc/self/status; echo ready")
        status = dict(line.split(":\t", 1) for line in text_of(output).splitlines() if ":\t" in line)
        assert status["NoNewPrivs"] == "1"
        assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {0}
        if os.geteuid() == 0:
            assert int(status["CapBnd"], 16) == 0

    @pytest.mark.usefixtures("like_nohup_in_the_background")
    def test_a_program_receives_all_signals_even_if_its_parent_ignores_them(
        self, prepare: Prepare, output: IO[bytes]
    ) -> None:
        running(prepare, output, "grep ^Sig /proc/self/status; echo ready")
        masks = dict(line.split(":\t") for line in text_of(output).splitlines() if ":\t" in line)
        reserved = 1 << 31 | 1 << 32  # signals 32 and 33 belong to the C library: they can't be set, and are inherited
        assert (int(masks["SigIgn"], 16) & ~reserved, int(masks["SigBlk"], 16) & ~reserved) == (0, 0)

    def test_a_program_has_exactly_three_open_files(self, prepare: Prepare, output: IO[bytes]) -> None:
        running(prepare, output, "ls -l /proc/$$/fd; echo ready")
        files = dict(re.findall(r"(\d+) -> (.+)", text_of(output)))
        assert sorted(files) == ["0", "1", "2"]
        assert files["0"] == "/dev/null"
        assert files["1"] == files["2"]

    @pytest.mark.parametrize(("hard", "files"), [(32, "32"), (4096, "64")])
    def test_a_program_has_the_asked_limit_of_open_files_or_the_machines_own(self, hard: int, files: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, str(hard)],
            env=os.environ | {"LIMITED": LIMITED},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.stdout.split(), done.stderr) == ([files, files], "")

    @NEEDS_ROOT
    def test_a_program_runs_as_another_user_with_only_the_group_of_that_user(
        self, prepare: Prepare, output: IO[bytes], run_id: str
    ) -> None:
        prepare("id -u; id -G; umask; echo ready", replace(a_request(run_id), user=65534)).start()
        until(lambda: "ready" in text_of(output))
        assert text_of(output).split() == ["65534", "65534", "0022", "ready"]


class TestNoProcessIsLeft:
    """If harness, supervisor or leader ends, all other processes end."""

    ORPHANS = 'setsid sh -c "echo orphan \\$\\$; trap : TERM INT HUP; while :; do sleep 60; done" & ' + SLEEPS

    @pytest.fixture
    def supervisor(self, prepare: Prepare, output: IO[bytes]) -> Supervisor:
        supervisor = running(prepare, output, self.ORPHANS)
        until(lambda: "orphan" in text_of(output))
        return supervisor

    def test_orphans_end_with_the_leader(self, supervisor: Supervisor, run_id: str) -> None:
        assert len(marked(run_id)) >= 3
        supervisor.stop()
        assert supervisor.exit_code(within_s=PATIENCE_S) == 0
        assert marked(run_id) in ([], [supervisor.pid]), "the exit code comes after the end of all others"

    def test_orphans_are_killed_by_end(self, supervisor: Supervisor, run_id: str) -> None:
        supervisor.end()
        assert marked(run_id) == []

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    def test_a_signal_to_the_supervisor_ends_all_processes(
        self, supervisor: Supervisor, run_id: str, number: signal.Signals
    ) -> None:
        os.kill(supervisor.pid, number)
        assert supervisor.exit_code(within_s=PATIENCE_S) == -signal.SIGKILL
        until(lambda: marked(run_id) == [])

    def test_the_leader_ends_when_the_supervisor_is_killed(self, prepare: Prepare, output: IO[bytes]) -> None:
        supervisor = running(prepare, output, "echo $$ ready; exec sleep 60")
        leader = int(text_of(output).split()[0])
        os.kill(supervisor.pid, signal.SIGKILL)
        assert supervisor.exit_code(within_s=PATIENCE_S) == -signal.SIGKILL
        until(lambda: not lives(leader))

    @pytest.mark.parametrize("number", ["KILL", "STOP"])
    def test_all_processes_end_with_a_supervisor_that_the_target_kills_or_stops(
        self, prepare: Prepare, output: IO[bytes], run_id: str, number: str
    ) -> None:
        supervisor = running(prepare, output, HOSTILE.format(number=number))
        os.kill(int(text_of(output).split()[-1]), signal.SIGUSR1)
        if number == "KILL":
            assert supervisor.exit_code(within_s=PATIENCE_S) == supervisor.lost == -signal.SIGKILL
        else:
            until(supervisor.is_stopped)
            assert (supervisor.exit_code(), supervisor.lost) == (None, None)
            supervisor.end()
        assert marked(run_id) == []

    @NEEDS_ROOT
    def test_a_target_of_another_user_can_not_kill_its_supervisor(
        self, prepare: Prepare, output: IO[bytes], run_id: str
    ) -> None:
        supervisor = prepare(HOSTILE.format(number="KILL"), replace(a_request(run_id), user=65534))
        supervisor.start()
        until(lambda: "ready" in text_of(output))
        os.kill(int(text_of(output).split()[-1]), signal.SIGUSR1)
        until(lambda: "Operation not permitted" in text_of(output))
        assert lives(supervisor.pid)
        supervisor.end()
        assert marked(run_id) == []

    def test_all_processes_end_when_the_harness_is_killed(self, run_id: str) -> None:
        program = (
            "import sys\n"
            "from harness.runtime.process.supervisor_client import *\n"
            "from tests.runtime.process.test_supervisor_client import *\n"
            f"request = a_request({run_id!r}, ('sh', '-c', TestNoProcessIsLeft.ORPHANS))\n"
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
