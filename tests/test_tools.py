"""The scripts that set up a machine, with fakes of the programs that they call, and with a real, private engine."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.program

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "tools" / "engine"
LOCAL_BASES = ROOT / "tools" / "local-bases"
BASH = shutil.which("bash") or "bash"
NOBODY = 65534
IS_ROOT = os.geteuid() == 0

needs_root = pytest.mark.skipif(not IS_ROOT, reason="the script needs root for this")

FAKE_DOCKER = """#!/usr/bin/env bash
# A fake engine: a folder with one file per image, which has the image's id and the value of its label.
set -euo pipefail
name="${*: -1}"
printf '%s\\n' "$*" >>"$FAKE/calls"
record() {
  [[ "$*" =~ harness\\.base=([0-9a-f]{64}) ]]
  printf 'sha256:%s %s\\n' "$RANDOM$RANDOM$RANDOM" "${BASH_REMATCH[1]}" >"$FAKE/images/$image"
}
case "$1 ${2-}" in
  "version "*) [[ -e $FAKE/engine-answers ]] ;;
  "pull "*) [[ -e $FAKE/registry-answers ]] && echo pulled ;;
  "buildx version") exit 1 ;;
  "image rm") ;;
  "tag "*) cp "$FAKE/images/${2//[:\\/]/_}" "$FAKE/images/${name//[:\\/]/_}" ;;
  "image inspect")
    read -r id label 2>/dev/null <"$FAKE/images/${name//[:\\/]/_}" || exit 1
    if [[ $* == *Labels* ]]; then echo "$label"; else echo "$id"; fi
    ;;
  "import "*)
    tar -tf "${*: -2:1}" | sort >"$FAKE/python-files"
    image="${name//[:\\/]/_}" record "$@"
    ;;
  "build "*)
    cp "$name/Dockerfile" "$FAKE/Dockerfile"
    cp "$name/go/VERSION" "$FAKE/go-version"
    image=local_golang_1.26 record "$@"
    ;;
  *) echo "the fake knows no 'docker $*'" >&2; exit 64 ;;
esac
"""

FAKE_DEBOOTSTRAP = """#!/usr/bin/env bash
set -euo pipefail
root="${*: -1}"
mkdir -p "$root/usr/bin" "$root/etc/ssl/certs"
[[ ! -e $FAKE/debian-is-down ]] || { echo "W: the archive does not answer"; exit 1; }
touch "$root/usr/bin/python3"
"""

FAKE_GO = """#!/usr/bin/env bash
case "$2" in
  GOVERSION) cat "$FAKE/goroot/VERSION" ;;
  GOROOT) echo "$FAKE/goroot" ;;
esac
"""


def run(
    script: Path, *arguments: str, env: Mapping[str, str], prefix: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*prefix, BASH, str(script), *arguments],
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


@dataclass(frozen=True, slots=True)
class FakeMachine:
    folder: Path

    @property
    def env(self) -> dict[str, str]:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return {"PATH": path, "FAKE": str(self.folder), "TMPDIR": str(self.folder / "tmp")}

    def local_bases(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        (self.folder / "calls").write_text("")
        return run(LOCAL_BASES, *arguments, env=self.env)

    def changing_calls(self) -> list[str]:
        """Return the verbs of the calls that change the engine or contact a registry, in order."""
        verbs = [line.split()[0] for line in (self.folder / "calls").read_text().splitlines()]
        return [verb for verb in verbs if verb in {"pull", "import", "build"}]

    def set(self, fact: str, content: str = "") -> None:
        (self.folder / fact).write_text(content)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def left_behind(self) -> list[Path]:
        return list((self.folder / "tmp").iterdir())


@pytest.fixture
def machine(tmp_path: Path) -> FakeMachine:
    for name in ("bin", "images", "tmp", "goroot"):
        (tmp_path / name).mkdir()
    for name, text in (("docker", FAKE_DOCKER), ("debootstrap", FAKE_DEBOOTSTRAP), ("go", FAKE_GO)):
        program = tmp_path / "bin" / name
        program.write_text(text)
        program.chmod(0o755)
    fake = FakeMachine(tmp_path)
    fake.set("goroot/VERSION", "go1.26.8\n")
    fake.set("engine-answers")
    return fake


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


def test_local_bases_without_an_engine_exits_with_code_3_and_a_remedy(machine: FakeMachine) -> None:
    (machine.folder / "engine-answers").unlink()
    finished = machine.local_bases()
    assert finished.returncode == 3
    assert "make engine" in finished.stderr


def test_local_bases_makes_nothing_if_a_registry_answers(machine: FakeMachine) -> None:
    machine.set("registry-answers")
    finished = machine.local_bases()
    assert finished.returncode == 0
    assert "nothing to do" in finished.stdout
    assert machine.changing_calls() == ["pull"]


@needs_root
def test_local_bases_makes_every_image_once(machine: FakeMachine) -> None:
    made = machine.local_bases()
    assert made.returncode == 0, made.stderr
    assert machine.changing_calls() == ["pull", "import", "build"]
    assert "./usr/bin/python\n" in machine.read("python-files")
    assert machine.read("Dockerfile").startswith("FROM local/python:3.13-trixie\n")
    assert machine.read("go-version") == "go1.26.8\n"
    assert machine.read("images/local_debian_trixie-slim") == machine.read("images/local_python_3.13-trixie")
    assert machine.left_behind() == []

    again = machine.local_bases()
    assert "nothing to do" in again.stdout
    assert machine.changing_calls() == []


@needs_root
def test_local_bases_with_force_always_makes_every_image(machine: FakeMachine) -> None:
    machine.set("registry-answers")
    for _ in range(2):
        assert machine.local_bases("--force").returncode == 0
        assert machine.changing_calls() == ["import", "build"]


@needs_root
def test_after_a_change_of_the_toolchain_only_the_go_image_is_made_again(machine: FakeMachine) -> None:
    assert machine.local_bases().returncode == 0
    machine.set("goroot/VERSION", "go1.27.0\n")
    assert machine.local_bases().returncode == 0
    assert machine.changing_calls() == ["pull", "build"]


@needs_root
def test_an_image_with_another_recipe_is_made_again(machine: FakeMachine) -> None:
    assert machine.local_bases().returncode == 0
    machine.set("images/local_python_3.13-trixie", f"sha256:1 {'0' * 64}\n")
    assert machine.local_bases().returncode == 0
    assert machine.changing_calls() == ["pull", "import", "build"]


@needs_root
def test_a_failed_step_shows_its_last_lines_and_leaves_nothing_behind(machine: FakeMachine) -> None:
    machine.set("debian-is-down")
    finished = machine.local_bases()
    assert finished.returncode == 3
    assert "the archive does not answer" in finished.stderr
    assert "error: a step failed (debootstrap" in finished.stderr
    assert machine.changing_calls() == ["pull"]
    assert machine.left_behind() == []


@pytest.mark.engine
def test_a_second_run_of_local_bases_changes_nothing_on_a_real_engine() -> None:
    first = run(LOCAL_BASES, env=os.environ)
    assert first.returncode == 0, first.stderr
    before = image_ids()
    second = run(LOCAL_BASES, env=os.environ)
    assert second.returncode == 0, second.stderr
    assert "nothing to do" in second.stdout
    assert image_ids() == before


def image_ids() -> str:
    """Return the ids of the two base images only: images that are built on them inherit their label."""
    names = ["local/python:3.13-trixie", "local/golang:1.26"]
    listing = ["docker", "image", "inspect", "--format", "{{.Id}}", *names]
    return subprocess.run(listing, capture_output=True, text=True, check=True).stdout
