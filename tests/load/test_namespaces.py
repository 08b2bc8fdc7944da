"""Workers on another machine, simulated by network namespaces, one of them with another clock.

Target and master are in one namespace, the workers in another. A virtual cable connects the two.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
HERE, THERE = "192.0.2.1", "192.0.2.2"
MASTER = f"{HERE}:5557"
AHEAD_S = 1000

pytestmark = [
    pytest.mark.locust,
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"), reason="needs root, ip and unshare"
    ),
]

DRIVER = f"""
import json, sys
from dataclasses import asdict
from harness.errors import HarnessError
from harness.load.generator import Generator
from harness.model import LoadKind
from tests.load.conftest import SUBJECT, order, scenario
from tests.load.server import Server

with Server(host="{HERE}") as server:
    with Generator([scenario("hello")], frozenset({{0}}), workers=int(sys.argv[1]), bind="{MASTER}") as all_:
        print(json.dumps([asdict(worker) for worker in all_.workers]), flush=True)
        for line in sys.stdin:
            wanted = json.loads(line)
            before = server.calls
            wanted["kind"] = LoadKind(wanted.pop("kind", "closed"))
            try:
                [result] = all_.run([order(**wanted)], {{SUBJECT: server.url}})
                reply = {{"sent": result.sent, "verified": result.verified, "planned": result.planned}}
            except HarnessError as error:
                reply = {{"error": str(error)}}
            print(json.dumps({{**reply, "calls": server.calls - before}}), flush=True)
"""


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)


@pytest.fixture
def namespaces() -> Iterator[tuple[str, str]]:
    near, far = f"near-{os.getpid()}", f"far-{os.getpid()}"
    cable = (f"a{os.getpid()}", f"b{os.getpid()}")
    with ExitStack() as ending:
        for name in (near, far):
            try:
                run("ip", "netns", "add", name)
            except subprocess.CalledProcessError:
                pytest.skip("this machine can't make network namespaces")
            ending.callback(run, "ip", "netns", "delete", name)
        run("ip", "link", "add", cable[0], "netns", near, "type", "veth", "peer", "name", cable[1], "netns", far)
        for name, end, address in ((near, cable[0], HERE), (far, cable[1], THERE)):
            run("ip", "-n", name, "address", "add", f"{address}/24", "dev", end)
            for link in (end, "lo"):
                run("ip", "-n", name, "link", "set", link, "up")
        yield near, far


class Far:
    """Driver in the near namespace, and workers in the far one."""

    def __init__(self, namespaces: tuple[str, str], workers: int, hosts: str = HERE) -> None:
        self._near, self._far = namespaces
        environment = {**os.environ, "HARNESS_HOSTS": hosts}
        # a clock with another time, as on another machine
        clock = ("unshare", "--time", "--monotonic", str(AHEAD_S), "--fork", "--kill-child")
        worker = (*clock, sys.executable, "-m", "harness", "worker", "--master", MASTER, "--cpus", "0")
        self.driver = self._start(self._near, sys.executable, "-c", textwrap.dedent(DRIVER), str(workers))
        self.workers = [self._start(self._far, *worker, environment=environment) for _ in range(workers)]
        self.peers = self._read()

    def ask(self, **wanted: object) -> dict[str, Any]:
        assert self.driver.stdin is not None
        self.driver.stdin.write(json.dumps(wanted) + "\n")
        self.driver.stdin.flush()
        reply: dict[str, Any] = self._read()
        return reply

    def close(self) -> list[int]:
        assert self.driver.stdin is not None
        self.driver.stdin.close()
        return [process.wait(60) for process in (self.driver, *self.workers)]

    def kill(self) -> None:
        for process in (self.driver, *self.workers):
            with process:  # closes its pipes
                process.kill()

    def _start(self, namespace: str, *command: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            ["ip", "netns", "exec", namespace, *command], stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=environment
        )

    def _read(self) -> Any:  # noqa: ANN401 - any reply of the driver
        assert self.driver.stdout is not None
        return json.loads(self.driver.stdout.readline())


@pytest.fixture
def far(namespaces: tuple[str, str], request: pytest.FixtureRequest) -> Iterator[Far]:
    started = Far(namespaces, *getattr(request, "param", (1,)))
    yield started
    started.kill()


@pytest.mark.parametrize("far", [(2,)], indirect=True)
def test_remote_workers_drive_exactly_the_planned_load_and_end_with_the_run(far: Far) -> None:
    for peer in far.peers:
        assert 0 < peer["uncertainty_s"] < 1
        assert abs(peer["offset_s"] - AHEAD_S) <= peer["uncertainty_s"]
    closed = far.ask(connections=5, duration_s=1.0)
    assert closed["sent"] == closed["verified"] == closed["calls"] > 0
    opened = far.ask(kind="poisson", connections=16, rate_per_s=300.0, duration_s=1.0)
    assert opened["planned"] == opened["sent"] == opened["calls"] > 200
    assert far.close() == [0, 0, 0]


@pytest.mark.parametrize("far", [(1, "")], indirect=True)
def test_a_remote_worker_refuses_a_host_that_its_own_machine_does_not_name(far: Far) -> None:
    refused = far.ask(connections=1)
    assert "load refused" in refused["error"]
    assert refused["calls"] == 0


def test_a_lost_remote_worker_makes_the_slice_invalid(far: Far) -> None:
    pid = int(far.peers[0]["name"].rpartition(":")[2])
    os.kill(pid, signal.SIGKILL)
    assert "its heartbeats are missing" in far.ask(connections=1, duration_s=0.5)["error"]
