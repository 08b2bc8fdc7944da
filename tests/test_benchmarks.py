import importlib.util
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import docker
import pytest

from harness.errors import MachineError
from harness.runtime.engine import connect

ROOT = Path(__file__).parents[1]
GENERATOR = [sys.executable, str(ROOT / "benchmarks" / "generator.py"), "--json"]


def test_without_wrk_the_generator_benchmark_says_so_and_exits_3(tmp_path: Path) -> None:
    done = subprocess.run(GENERATOR, capture_output=True, text=True, check=False, env={"PATH": str(tmp_path)}, cwd=ROOT)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "error: wrk is missing (PATH): no such command. apt-get install wrk\n"


@pytest.fixture
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generator_benchmark", GENERATOR[1])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # data classes look their annotations up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Stand in for the limits of open files, soft and hard, the newest last."""
    kept = [(512, 1000)]
    monkeypatch.setattr(resource, "getrlimit", lambda _which: kept[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _which, both: kept.append(both))
    return kept


def test_more_connections_than_files_may_be_open_are_refused(
    generator: ModuleType, limits: list[tuple[int, int]]
) -> None:
    with pytest.raises(MachineError) as caught:
        generator.make_room(745)
    assert str(caught.value) == (
        "too many connections (--connections 745): a process may have 1,000 files open here, and a contest needs "
        "1,001. Ask for at most 744, or raise the hard limit (`ulimit -Hn`)."
    )
    assert limits == [(512, 1000)]


@pytest.mark.parametrize(("connections", "after"), [(256, (512, 1000)), (257, (1000, 1000)), (744, (1000, 1000))])
def test_the_soft_limit_is_raised_where_it_is_needed(
    generator: ModuleType, limits: list[tuple[int, int]], connections: int, after: tuple[int, int]
) -> None:
    generator.make_room(connections)
    assert limits[-1] == after


@pytest.mark.engine
@pytest.mark.locust
@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is missing")
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_generator_benchmark_and_its_containers(number: signal.Signals, exit_code: int) -> None:
    if not _engine_answers():
        (pytest.fail if os.environ.get("HARNESS_REQUIRE_ENGINE") == "1" else pytest.skip)("no engine answers")
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*GENERATOR, "--rounds", "1000"], stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    ) as process:
        assert process.stderr is not None
        said = next(line for line in process.stderr if line.startswith(("round 1 ", "error")))
        assert said.startswith("round 1 "), said
        assert len(_containers_of(process.pid)) == 2
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.wait(30) == exit_code, rest
    assert rest.splitlines()[-1] == "interrupted: nothing is left running, and nothing is stored"
    assert _containers_of(process.pid) == []


def _engine_answers() -> bool:
    try:
        connect().close()
    except MachineError:
        return False
    return True


def _containers_of(pid: int) -> list[str]:
    client = docker.from_env()
    try:
        return [str(one.id) for one in client.containers.list(all=True, filters={"label": f"harness.pid={pid}"})]
    finally:
        client.close()
