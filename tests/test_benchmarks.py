"""The benchmarks as programs: errors, the limit of open files, signals, and the counts of k6."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import docker
import pytest

from harness.errors import MachineError
from harness.model import Slice, SliceResult, Subject
from harness.runtime.docker.engine import connect
from tests.fakes import driven as answered
from tests.scripted_server import ScriptedServer, text
from tests.scripts import loaded

ROOT = Path(__file__).parents[1]
GENERATOR = [sys.executable, str(ROOT / "benchmarks" / "generator.py"), "--json"]
PRECISION = [sys.executable, str(ROOT / "benchmarks" / "precision.py"), "--json"]
RUNTIMES = [sys.executable, str(ROOT / "benchmarks" / "runtimes.py"), "--json"]


def test_without_wrk_the_generator_benchmark_exits_with_code_3_and_an_error(tmp_path: Path) -> None:
    done = subprocess.run(GENERATOR, capture_output=True, text=True, check=False, env={"PATH": str(tmp_path)}, cwd=ROOT)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "error: wrk is missing (PATH): no such command. apt-get install wrk\n"


@pytest.fixture
def generator() -> ModuleType:
    return loaded("generator")


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Replace the limits of open files; return the soft and hard limits that were set, the newest last."""
    kept = [(512, 1000)]
    monkeypatch.setattr(resource, "getrlimit", lambda _which: kept[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _which, both: kept.append(both))
    return kept


def test_more_connections_than_open_files_are_refused(generator: ModuleType, limits: list[tuple[int, int]]) -> None:
    with pytest.raises(MachineError) as caught:
        generator.raise_file_limit(745)
    assert str(caught.value) == (
        "too many connections (--connections 745): a process may have 1,000 open files here, but 1,001 are needed. "
        "Use at most 744, or raise the hard limit (`ulimit -Hn`)."
    )
    assert limits == [(512, 1000)]


@pytest.mark.parametrize(("connections", "after"), [(256, (512, 1000)), (257, (1000, 1000)), (744, (1000, 1000))])
def test_the_soft_limit_is_raised_if_necessary(
    generator: ModuleType, limits: list[tuple[int, int]], connections: int, after: tuple[int, int]
) -> None:
    generator.raise_file_limit(connections)
    assert limits[-1] == after


@pytest.mark.engine
@pytest.mark.locust
@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is missing")
@pytest.mark.parametrize(
    ("command", "begun", "containers", "number", "exit_code"),  # all of them take signals by `interrupts`
    [
        ([*GENERATOR, "--rounds", "1000"], "round 1 of 1000: ", 3, signal.SIGINT, 130),
        ([*PRECISION, "--blocks", "9"], "gin_app: driving block 1 of 9", 2, signal.SIGTERM, 143),
        ([*RUNTIMES, "--blocks", "9"], "driving block 1 of 9", 2, signal.SIGINT, 130),
    ],
    ids=["generator", "precision", "runtimes"],
)
def test_a_signal_ends_a_benchmark_and_its_containers(
    command: list[str], begun: str, containers: int, number: signal.Signals, exit_code: int
) -> None:
    if not _engine_answers():
        (pytest.fail if os.environ.get("HARNESS_REQUIRE_ENGINE") == "1" else pytest.skip)("no engine answers")
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as process:
        assert process.stderr is not None
        line = next(line for line in process.stderr if line.startswith((begun, "error")))
        assert line.startswith(begun), line
        assert len(_containers_of(process.pid)) == containers
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.wait(120) == exit_code, rest
    assert rest.splitlines()[-1] == "interrupted: nothing is left running, and nothing is stored"
    assert _containers_of(process.pid) == []


def test_each_ratio_of_the_generator_has_its_name_and_its_interval(generator: ModuleType) -> None:
    rates_per_s = {
        "lane_null": [100.0, 110.0],
        "wrk_null": [100.0, 110.0],
        "httpuser_null": [1.0, 1.1],
        "lane_gin": [40.0, 40.0],
        "wrk_gin": [20.0, 20.0],
    }
    found = generator.ratios(generator.Bench(None, "1", 32, {}, rates_per_s))
    assert {name: round(row["estimate"], 6) for name, row in found.items()} == {
        "lane_over_wrk_null": 1.0,
        "lane_over_http_user": 100.0,
        "lane_over_wrk_gin": 2.0,
    }
    assert all({"estimate", "low", "high"} <= row.keys() for row in found.values())


def test_stamped_and_plain_slices_alternate_within_a_round(generator: ModuleType) -> None:
    driven: list[str] = []

    class Fake:
        def run(self, orders: list[Slice], urls: dict[Subject, str]) -> Iterator[SliceResult]:
            for order in orders:
                driven.append(urls[order.subject])
                yield replace(answered(order), counted=80.0 if order.subject.target == "stamped" else 100.0)

        def disconnect(self, urls: list[str]) -> None:
            driven.append(f"disconnected from {len(urls)}")

    bench = generator.Bench(Fake(), "1", 32, {"null": "plain", "stamped": "stamped"})
    assert generator.stamped_over_plain(bench, 2)["estimate"] == pytest.approx(0.8)
    assert driven == [*["stamped", "plain", "plain", "stamped"] * 10, "disconnected from 2"]


def test_the_counts_of_k6_become_a_rate(generator: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    output = 'a warning of its own\n{"requests": 6000, "wrong": 0, "duration_ms": 3000.0}\n'
    monkeypatch.setattr(generator, "pinned", lambda *_: output)
    assert generator.k6(generator.Bench(None, "1", 32, {"null": "http://127.0.0.1:1"}), "null") == 2000


def test_a_wrong_answer_to_k6_is_an_error(generator: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "pinned", lambda *_: '{"requests": 6000, "wrong": 3, "duration_ms": 3000.0}')
    with pytest.raises(MachineError, match="3 of 6,000 answers to k6 were wrong or missing"):
        generator.k6(generator.Bench(None, "1", 32, {"null": "http://127.0.0.1:1"}), "null")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("k6"), reason="k6 is missing")
@pytest.mark.parametrize(("body", "is_wrong"), [("Hello, World!", False), ("Hello, Wrold!", True)])
def test_the_output_of_k6_itself_can_be_parsed(*, body: str, is_wrong: bool) -> None:
    with ScriptedServer.listening(lambda _request: text(body)) as server:
        options = ["--vus", "2", "--duration", "1s", "--quiet", "--no-usage-report", "--env", f"URL={server.url}/"]
        command = ["k6", "run", *options, str(ROOT / "benchmarks" / "k6.js")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["requests"] > 0
    assert report["wrong"] == (report["requests"] if is_wrong else 0)
    assert report["duration_ms"] >= 1000


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
