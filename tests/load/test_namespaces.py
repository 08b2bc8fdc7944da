"""Workers on another machine, simulated by network namespaces, the workers' one with another clock.

Target and master are in one namespace, the workers in another.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.analysis.intervals import log_t_interval
from tests.namespaces import HERE, NOBODY, cabled, inside, needs_namespaces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
MASTER = f"{HERE}:5557"
AHEAD_S = 1000
LATE = {"duration_s": 1.0, "discard_s": 0.9}  # a worker that a busy machine wakes late begins in the head of its slice

pytestmark = [pytest.mark.locust, needs_namespaces]

DRIVER = f"""
import json, sys, time
from dataclasses import asdict
from harness.errors import HarnessError
from harness.load.generator import Generator
from harness.model import LoadKind
from tests.load.conftest import SUBJECT, order, scenario
from tests.load.server import Answer, Server, response

def drive(generator, **wanted):
    before = server.calls
    wanted["kind"] = LoadKind(wanted.pop("kind", "closed"))
    try:
        [result] = generator.run([order(**wanted)], {{SUBJECT: server.url}})
    except HarnessError as error:
        return {{"error": str(error), "calls": server.calls - before}}
    counts = {{"sent": result.sent, "verified": result.verified, "planned": result.planned}}
    rate_per_s = result.counted / result.counted_s
    # the times of the requests in the counted part: those before it may be others, where this machine stalls
    connections = (result.in_flight_s or 0.0) / result.counted_s + rate_per_s * result.gap_s
    return {{**counts, "calls": server.calls - before, "connections": connections, "rate_per_s": rate_per_s}}

def say(answer):
    print(json.dumps(answer), flush=True)

class Turnstile:
    # closed, it answers one request each 5 ms, however many wait: its rate is the same for all who keep it busy
    step_s = 0.005

    def __init__(self):
        self.due_s = 0.0
        self.is_closed = False

    def answer(self, _call):
        if not self.is_closed:  # each answer takes long, so that a rate is the server's and not this machine's
            return Answer((b"", response()), pause_s=0.02)
        now_s = time.monotonic()
        was_idle = self.due_s < now_s - 10 * self.step_s
        self.due_s = (now_s if was_idle else self.due_s) + self.step_s
        return Answer((b"", response()), pause_s=max(0.0, self.due_s - now_s))

turnstile, alone = Turnstile(), None
with Server(turnstile.answer, host="{HERE}") as server:
    try:
        workers = Generator([scenario("hello")], {{0}}, workers=int(sys.argv[1]), bind="{MASTER}",
                            notify=lambda text: say({{"notice": text}}))
    except HarnessError as error:
        sys.exit(say({{"error": str(error)}}))
    with workers:
        say([asdict(worker) for worker in workers.workers])
        for line in sys.stdin:
            wanted = json.loads(line)
            turnstile.is_closed = wanted.pop("by_turnstile", False)
            if wanted.pop("local", False):
                alone = alone or Generator([scenario("hello")], {{0}}, spin=False)
                say(drive(alone, **wanted))
            else:
                say(drive(workers, **wanted))
        if alone:
            alone.close()
"""


@pytest.fixture
def namespaces() -> Iterator[tuple[str, str]]:
    with cabled() as names:
        yield names


class Far:
    """Driver in the near namespace, and workers in the far one.

    Attributes:
        notices: What the driver said of its workers.
    """

    def __init__(self, namespaces: tuple[str, str], expected: int) -> None:
        self._near, self._far = namespaces
        self.notices: list[str] = []
        self.workers: list[subprocess.Popen[str]] = []
        self.driver = self._start(self._near, sys.executable, "-c", DRIVER, str(expected))

    def join(self, hosts: str = HERE, program: tuple[str, ...] = ("-m", "harness", "worker", "--cpus", "0")) -> None:
        """Start a worker with another clock, as on another machine."""
        clock = ("unshare", "--time", "--monotonic", str(AHEAD_S), "--fork", "--kill-child")
        worker = (*clock, sys.executable, *program, "--master", MASTER)
        self.workers.append(self._start(self._far, *worker, environment={**os.environ, "HARNESS_HOSTS": hosts}))

    def peers(self) -> list[dict[str, Any]]:
        """Wait for all workers."""
        found: list[dict[str, Any]] = self.read()
        return found

    def ask(self, **wanted: object) -> dict[str, Any]:
        assert self.driver.stdin is not None
        self.driver.stdin.write(json.dumps(wanted) + "\n")
        self.driver.stdin.flush()
        reply: dict[str, Any] = self.read()
        return reply

    def await_notice(self, ending: str) -> str:
        """Wait until the driver has said such a sentence, and return it."""
        while not (found := [notice for notice in self.notices if notice.endswith(ending)]):
            self._read_line()
        return found[0]

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
            inside(namespace, *command), stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=environment
        )

    def read(self) -> Any:  # noqa: ANN401 - any reply of the driver
        while (reply := self._read_line()) is None:
            pass
        return reply

    def _read_line(self) -> Any:  # noqa: ANN401 - any reply of the driver
        assert self.driver.stdout is not None
        message = json.loads(self.driver.stdout.readline())
        if "notice" in message:
            self.notices.append(message["notice"])
            return None
        return message


@pytest.fixture
def far_with(namespaces: tuple[str, str]) -> Iterator[Callable[[int], Far]]:
    with ExitStack() as ending:

        def start(expected: int) -> Far:
            far = Far(namespaces, expected)
            ending.callback(far.kill)
            return far

        yield start


def pid_of(name: str) -> int:
    return int(name.rpartition(":")[2])


@pytest.mark.slow
def test_remote_workers_drive_exactly_the_planned_load_and_end_with_the_run(far_with: Callable[[int], Far]) -> None:
    far = far_with(2)
    far.join()
    far.await_notice("joined: 1 of 2 are here")
    far.join()  # late
    peers = far.peers()
    assert {notice.split()[1] for notice in far.notices} == {peer["name"] for peer in peers}
    for peer in peers:
        assert 0 < peer["uncertainty_s"] < 1
        assert abs(peer["offset_s"] - AHEAD_S) <= peer["uncertainty_s"]
    closed = far.ask(connections=5, **LATE)
    assert closed["sent"] == closed["verified"] == closed["calls"] > 0
    opened = far.ask(kind="poisson", connections=16, rate_per_s=300.0, duration_s=1.0)
    assert opened["planned"] == opened["sent"] == opened["calls"] > 200
    far.join()  # too late
    assert far.workers[2].wait(60) == 0
    assert far.ask(connections=2, **LATE)["verified"] > 0
    assert far.notices[2].endswith("came too late and was sent away: 2 drive the load")
    assert far.close() == [0, 0, 0, 0]


@pytest.mark.slow
def test_the_rate_of_two_machines_is_that_of_one_at_the_same_response_time(far_with: Callable[[int], Far]) -> None:
    far = far_with(2)
    far.join()
    far.join()
    far.peers()
    # Little's law: rate times the length of a cycle is the number of connections, however fast this machine is
    wanted = {"connections": 9, "duration_s": 2.0, "discard_s": 0.8}
    assert far.ask(**wanted)["connections"] == pytest.approx(9, rel=0.05)
    assert far.ask(**wanted, local=True)["connections"] == pytest.approx(9, rel=0.05)
    # and where the server alone decides the rate, the ratio of slices that alternate has 1 in its interval
    wanted = {"connections": 9, "duration_s": 1.4, "discard_s": 0.8, "by_turnstile": True}
    pairs = [(far.ask(**wanted)["rate_per_s"], far.ask(**wanted, local=True)["rate_per_s"]) for _ in range(6)]
    found = log_t_interval([two / one for two, one in pairs], confidence=0.999)
    assert found.low <= 1 <= found.high, pairs


def test_a_remote_worker_refuses_a_host_that_its_own_machine_does_not_name(far_with: Callable[[int], Far]) -> None:
    far = far_with(1)
    far.join(hosts="")
    far.peers()
    refused = far.ask(connections=1)
    assert "load refused" in refused["error"]
    assert refused["calls"] == 0


@pytest.mark.slow
def test_a_worker_that_is_lost_before_the_run_is_replaced_and_in_a_run_makes_the_slice_invalid(
    far_with: Callable[[int], Far],
) -> None:
    far = far_with(2)
    far.join()
    first = far.await_notice("joined: 1 of 2 are here").split()[1]
    os.kill(pid_of(first), signal.SIGKILL)
    assert far.await_notice("left: 0 of 2 are here").split()[1] == first
    far.join()
    far.join()
    names = [peer["name"] for peer in far.peers()]
    assert first not in names
    os.kill(pid_of(names[0]), signal.SIGKILL)
    error = far.ask(connections=2, duration_s=0.5)["error"]
    assert f"a worker is lost (worker {names[0]}): its heartbeats are missing" in error


def test_a_worker_of_another_version_ends_the_run_at_once_and_is_named(far_with: Callable[[int], Far]) -> None:
    far = far_with(2)
    program = (
        "import sys, harness; harness.__version__ = '0.0.1'; from harness.load.process import worker; "
        "sys.exit(worker.main(sys.argv[1:]))"
    )
    far.join(program=("-c", program, "--cpus", "0"))
    error = far.read()["error"]
    assert error.startswith("worker of another version (worker ")
    assert "it has harness 0.0.1 with protocol" in error
    assert [process.wait(60) for process in (far.driver, *far.workers)] == [0, 0]


@pytest.mark.parametrize(
    ("master", "why", "lines"), [(MASTER, "Connection refused", 2), (f"{NOBODY}:5557", "No route to host", 1)]
)
def test_a_worker_says_every_few_seconds_why_it_can_not_reach_its_run(
    namespaces: tuple[str, str], master: str, why: str, lines: int
) -> None:
    command = inside(namespaces[1], sys.executable, "-m", "harness", "worker", "--master", master)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as worker:
        assert worker.stderr is not None
        said = [worker.stderr.readline() for _ in range(lines)]
        worker.terminate()
        worker.communicate(timeout=60)
    assert all(line.startswith(f"can't reach the run at {master}: {why}") for line in said), said
    assert worker.returncode == 143
