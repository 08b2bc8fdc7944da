"""The scripts that set up a machine, with fakes of the programs that they call, and with a real, private engine."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fake_machine import BASH, ENGINE, LOCAL_BASES, ROOT, FakeMachine, new_machine, run

pytestmark = [pytest.mark.program, pytest.mark.machine]

NOBODY = 65534
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def machine(tmp_path: Path) -> FakeMachine:
    return new_machine(tmp_path)


@pytest.mark.parametrize("script", sorted(filter(Path.is_file, (ROOT / "tools").iterdir())), ids=lambda path: path.name)
def test_every_tool_is_executable_strict_and_passes_shellcheck(script: Path) -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    checked = subprocess.run([str(shellcheck), str(script)], capture_output=True, text=True, check=False)
    assert checked.stdout + checked.stderr == ""
    assert checked.returncode == 0
    assert os.access(script, os.X_OK)
    assert "\nset -euo pipefail\n" in script.read_text()


@pytest.mark.parametrize(("script", "arguments"), [(ENGINE, ["restart"]), (LOCAL_BASES, ["--print-args"])])
def test_an_unknown_argument_of_a_tool_is_wrong_use(script: Path, arguments: list[str]) -> None:
    finished = run(script, *arguments, env=os.environ)
    assert finished.returncode == 2
    assert finished.stderr.startswith(f"usage: tools/{script.name} ")


def test_engine_without_docker_and_root_exits_with_code_3_and_a_remedy() -> None:
    finished = subprocess.run(
        [BASH, "-s"],
        input=ENGINE.read_text(),  # not by its path: this checkout may be in a folder that only root can read
        cwd="/",
        env={"PATH": "/nonexistent", "DOCKER_HOST": "unix:///nonexistent/docker.sock"},
        user=NOBODY if IS_ROOT else None,
        group=NOBODY if IS_ROOT else None,
        extra_groups=[] if IS_ROOT else None,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 3
    assert finished.stdout == ""
    assert "starting one needs root" in finished.stderr
    assert "sudo tools/engine" in finished.stderr
    assert "install and start Docker" in finished.stderr


def test_engine_starts_no_local_engine_instead_of_a_remote_one(tmp_path: Path) -> None:
    finished = run(
        ENGINE,
        env={
            "PATH": "/nonexistent",
            "DOCKER_HOST": "tcp://192.0.2.1:2375",
            "HARNESS_ENGINE_STATE": str(tmp_path / "state"),
        },
    )
    assert finished.returncode == 3
    assert "unset DOCKER_HOST" in finished.stderr
    assert not (tmp_path / "state").exists()


def test_an_engine_that_answers_is_not_changed(machine: FakeMachine) -> None:
    state = machine.folder / "state"
    finished = run(ENGINE, env={**machine.env, "HARNESS_ENGINE_STATE": str(state)})
    assert finished.returncode == 0
    assert "already answers" in finished.stdout
    assert not state.exists()


@pytest.mark.skipif(not IS_ROOT, reason="starting an engine takes root")
def test_an_engine_that_was_started_under_a_lock_does_not_hold_it(machine: FakeMachine) -> None:
    (machine.folder / "engine-answers").unlink()
    dockerd = machine.folder / "bin" / "dockerd"
    dockerd.write_text(f'#!{BASH}\ntouch "$FAKE/engine-answers"\nread -r -t 60 <>"$FAKE/quiet"\n')
    dockerd.chmod(0o755)
    os.mkfifo(machine.folder / "quiet")
    env = {**machine.env, "HARNESS_ENGINE_STATE": str(machine.folder), "HARNESS_ENGINE_RUN": str(machine.folder)}
    lock = str(machine.folder / "callers-lock")
    started = run(ENGINE, env=env, prefix=("flock", lock))
    try:
        free = subprocess.run(["flock", "--nonblock", lock, "true"], check=False)
    finally:
        stopped = run(ENGINE, "stop", env=env)
    assert started.returncode == 0, started.stderr
    assert free.returncode == 0
    assert stopped.stdout.startswith("Stopped the engine")


@pytest.mark.parametrize("note", ["", "{pid} {start_time}\n", "2147483647 1\n", "none\n"])
def test_stop_ends_no_process_other_than_the_engine_that_was_started(tmp_path: Path, note: str) -> None:
    with subprocess.Popen([BASH, "-c", "read"], stdin=subprocess.PIPE) as bystander:
        stat = Path(f"/proc/{bystander.pid}/stat").read_text()
        start_time = stat.rpartition(") ")[2].split()[19]
        (tmp_path / "started").write_text(note.format(pid=bystander.pid, start_time=start_time))
        finished = run(ENGINE, "stop", env={**os.environ, "HARNESS_ENGINE_STATE": str(tmp_path)})
        still_runs = bystander.poll() is None
        bystander.communicate(b"\n")
    assert still_runs
    assert finished.returncode == 0
    assert finished.stdout.startswith("Nothing to stop")


@dataclass(frozen=True, slots=True)
class PrivateEngine:
    """A second engine with its own folders, network and mount namespaces: it does not affect the machine's engine."""

    folder: Path

    def tool(self, command: str, **extra: str) -> subprocess.CompletedProcess[str]:
        env = {
            **os.environ,
            "DOCKER_HOST": f"unix://{self.folder}/docker.sock",
            "HARNESS_ENGINE_STATE": f"{self.folder}/state",
            "HARNESS_ENGINE_RUN": str(self.folder),
            "HARNESS_ENGINE_OPTIONS": f"--data-root {self.folder}/data",
            **extra,
        }
        return run(ENGINE, command, env=env, prefix=("unshare", "--net", "--mount"))

    @property
    def pidfile(self) -> Path:
        return self.folder / "docker.pid"


@pytest.fixture
def private_engine() -> Iterator[PrivateEngine]:
    if not IS_ROOT or not shutil.which("dockerd") or not shutil.which("unshare"):
        pytest.skip("needs root, dockerd and unshare")
    with tempfile.TemporaryDirectory(prefix="engine-") as folder:  # short: the path of a socket has at most 107 bytes
        engine = PrivateEngine(Path(folder))
        yield engine
        assert engine.tool("stop").returncode == 0


@pytest.mark.engine
def test_a_killed_engine_is_started_again_and_stopped_only_once(private_engine: PrivateEngine) -> None:
    assert private_engine.tool("start").returncode == 0
    os.kill(int(private_engine.pidfile.read_text()), signal.SIGKILL)

    restarted = private_engine.tool("start")
    assert restarted.returncode == 0, restarted.stderr
    assert f"Removing {private_engine.pidfile}" in restarted.stdout
    assert "already answers" in private_engine.tool("start").stdout

    assert private_engine.tool("stop").stdout.startswith("Stopped the engine")
    assert private_engine.tool("stop").stdout.startswith("Nothing to stop")


def number_of_a_dead_process() -> int:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


@pytest.mark.engine
@pytest.mark.parametrize("number", [os.getpid, number_of_a_dead_process], ids=["another process", "a dead process"])
def test_an_old_pid_file_does_not_prevent_the_engine_from_starting(
    private_engine: PrivateEngine, number: Callable[[], int]
) -> None:
    private_engine.pidfile.write_text(str(number()))
    started = private_engine.tool("start")
    assert started.returncode == 0, started.stderr
    assert f"Removing {private_engine.pidfile}" in started.stdout


@pytest.mark.engine
def test_an_engine_that_does_not_start_exits_with_code_3_and_its_last_log_lines(private_engine: PrivateEngine) -> None:
    finished = private_engine.tool("start", HARNESS_ENGINE_OPTIONS="--no-such-option")
    assert finished.returncode == 3
    assert "unknown flag: --no-such-option" in finished.stderr
    assert "error: the engine did not start" in finished.stderr
