"""Several real workers and one slice: each request counts exactly once, and a lost worker is an error."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest

from harness.errors import HarnessError, MachineError, MeasurementError, UsageError
from harness.load.arrivals import schedule
from harness.load.generator import Generator
from harness.load.processes import worker_command
from harness.model import ErrorKind, LoadKind, Scenario, ScenarioTraits
from harness.runtime.ports import free_port
from tests.load import conftest
from tests.load.conftest import SUBJECT, scenario
from tests.load.server import Answer, Call, Server, hello, response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.locust
HELLO = [scenario("hello")]
CPUS = frozenset({0})


@pytest.fixture(scope="module")
def pair() -> Iterator[Generator]:
    """Two workers on this machine, shared by all tests that do not end them."""
    with Generator(HELLO, CPUS, spin=False, workers=2) as started:
        yield started


CLASSES = """
from locust import HttpUser, task


class Often(HttpUser):
    weight = 2

    def on_start(self):
        self.client.get("/" + type(self).__name__.lower())

    @task
    def ask(self):
        self.client.get("/")


class Seldom(Often):
    weight = 1


class Single(Often):
    fixed_count = 1
"""
SHAPE = """

from locust import LoadTestShape


class Steps(LoadTestShape):
    def tick(self):
        return (4, 100) if self.get_run_time() < 1 else (6, 100, [Seldom])
"""
# A worker that begins later than the head of a closed slice makes it invalid: a busy machine wakes one late.
order = partial(conftest.order, duration_s=1.0, discard_s=0.9)


def pid_of(name: str) -> int:
    return int(name.rpartition(":")[2])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def await_end(pids: list[int], deadline_s: float = 60.0) -> None:
    deadline = time.monotonic() + deadline_s
    while any(map(is_alive, pids)):
        assert time.monotonic() < deadline, f"{[pid for pid in pids if is_alive(pid)]} are still running"
        time.sleep(0.01)


class TestTwoWorkers:
    def test_closed_load_is_counted_exactly(self, pair: Generator) -> None:
        with Server() as server:
            (result,) = pair.run([order(connections=5)], {SUBJECT: server.url})
            assert result.sent == result.verified == server.calls > 0
            assert server.connections == 5
            assert result.service is not None
            pair.disconnect([server.url])
            server.await_open_connections(0)

    def test_errors_are_counted_exactly(self, pair: Generator) -> None:
        def every_seventh_wrong(call: Call) -> Answer:
            return Answer((response(b"Good bye"),)) if call.number % 7 == 0 else hello(call)

        with Server(every_seventh_wrong) as server:
            (result,) = pair.run([order(connections=4)], {SUBJECT: server.url})
            assert result.sent == server.calls
            assert result.errors == {ErrorKind.BODY: server.calls // 7}
            assert result.verified == server.calls - server.calls // 7
            assert result.first_error is not None
            pair.disconnect([server.url])

    @pytest.mark.parametrize("kind", [LoadKind.CONSTANT, LoadKind.POISSON])
    def test_open_load_has_exactly_the_planned_requests(self, pair: Generator, kind: LoadKind) -> None:
        wanted = order(number=11, kind=kind, connections=16, rate_per_s=400.0)
        planned = len(list(schedule(wanted.load, wanted.duration_s, wanted.seed)))
        with Server() as server:
            (result,) = pair.run([wanted], {SUBJECT: server.url})
            assert result.planned == result.sent == result.verified == server.calls == planned
            pair.disconnect([server.url])

    def test_with_fewer_connections_than_workers_the_other_workers_are_idle(self, pair: Generator) -> None:
        with Server() as server:
            (result,) = pair.run([order(connections=1)], {SUBJECT: server.url})
            assert result.sent == server.calls > 0
            assert server.connections == 1
            pair.disconnect([server.url])

    def test_consecutive_slices_use_the_same_open_connections(self, pair: Generator) -> None:
        with Server() as server:
            # after the tail idle connections are closed where others still wait
            orders = [order(number=number, connections=6, duration_s=1.8, tail_s=0.9) for number in range(3)]
            results = list(pair.run(orders, {SUBJECT: server.url}))
            assert [result.number for result in results] == list(range(3))
            assert sum(result.sent for result in results) == server.calls
            assert server.connections == 6
            pair.disconnect([server.url])

    def test_new_slices_are_driven_after_an_iteration_was_stopped(self, pair: Generator) -> None:
        with Server() as server:
            orders = [order(number=number) for number in range(50)]
            for result in pair.run(orders, {SUBJECT: server.url}):
                assert result.number == 0
                break
            (again,) = pair.run([order(number=99)], {SUBJECT: server.url})
            assert again.number == 99
            pair.disconnect([server.url])

    def test_a_refused_slice_does_not_affect_the_next(self, pair: Generator) -> None:
        with pytest.raises(UsageError, match="load refused"):
            list(pair.run([order()], {SUBJECT: "http://192.0.2.1:80"}))
        with Server() as server:
            (result,) = pair.run([order()], {SUBJECT: server.url})
            assert result.sent == server.calls > 0
            pair.disconnect([server.url])

    def test_workers_and_requests_are_described(self, pair: Generator) -> None:
        assert len(pair.workers) == 2
        assert all(worker.name.startswith(socket.gethostname()) for worker in pair.workers)
        assert all((worker.offset_s, worker.uncertainty_s) == (0.0, 0.0) for worker in pair.workers)
        traits = ScenarioTraits("hello", ("GET /",), drives_open=True, classes=("Hello",), first_users=(1,))
        assert pair.describe() == {"hello": traits}

    def test_other_locust_users_are_divided_among_workers(self, tmp_path: Path) -> None:
        path = tmp_path / "fast.py"
        path.write_text(
            "from locust import FastHttpUser, task\n"
            "class Fast(FastHttpUser):\n    @task\n    def get(self): self.client.get('/')\n"
        )
        with Server() as server, Generator([Scenario("fast", "", path)], CPUS, spin=False, workers=2) as both:
            (result,) = both.run([order(name="fast", connections=3)], {SUBJECT: server.url})
            assert result.sent == result.verified == server.calls > 0
            assert server.connections == 3


class TestEnd:
    def test_the_users_of_all_workers_are_those_that_locust_would_spawn(self, tmp_path: Path) -> None:
        """Each worker by itself would have the fixed one of the first class, and none of the last one."""
        path = tmp_path / "classes.py"
        path.write_text(CLASSES)
        with Generator([Scenario("classes", "", path)], CPUS, spin=False, workers=2) as pair:
            for users, spawned in ((1, {"/single": 1}), (4, {"/single": 1, "/often": 2, "/seldom": 1})):
                with Server() as server:
                    assert len(list(pair.run([order(name="classes", connections=users)], {SUBJECT: server.url}))) == 1
                    seen = Counter(call.path for call in server.seen if call.path != "/")
                assert seen == spawned

    def test_the_users_of_a_shape_are_those_that_locust_would_spawn(self, tmp_path: Path) -> None:
        path = tmp_path / "written.py"
        path.write_text(CLASSES + SHAPE)
        with (
            Server() as server,
            Generator([Scenario("written", "", path)], CPUS, spin=False, workers=2) as both,
        ):
            wanted = order(name="written", kind=LoadKind.PACED, connections=6, duration_s=3.0)
            list(both.run([wanted], {SUBJECT: server.url}))
            started = Counter(call.path for call in server.seen if call.path != "/")
            assert started == {"/single": 1, "/often": 2, "/seldom": 3}

    def test_a_killed_worker_makes_the_slice_invalid_and_the_error_names_it(self) -> None:
        with Server() as server, Generator(HELLO, CPUS, spin=False, workers=2) as both:
            killed_worker = both.workers[1].name
            slices = both.run([order(duration_s=60.0)], {SUBJECT: server.url})

            def kill_under_load() -> None:
                server.await_calls(1)
                os.kill(pid_of(killed_worker), signal.SIGKILL)

            killer = threading.Thread(target=kill_under_load)
            killer.start()
            with pytest.raises(MeasurementError, match="a worker is lost") as caught:
                next(slices)
            killer.join()
            assert (caught.value.where, caught.value.cause) == (f"worker {killed_worker}", "it ended with status -9")
            with pytest.raises(MeasurementError, match="a worker is lost"):
                next(both.run([order()], {SUBJECT: server.url}))

    def test_no_process_is_left(self) -> None:
        with Generator(HELLO, CPUS, spin=False, workers=2) as both:
            pids = [pid_of(worker.name) for worker in both.workers]
            assert all(map(is_alive, pids))
        assert not any(map(is_alive, [*pids, both.pid]))

    def test_workers_end_with_their_master(self) -> None:
        with Generator(HELLO, CPUS, spin=False, workers=2) as both:
            pids = [pid_of(worker.name) for worker in both.workers]
            os.kill(both.pid, signal.SIGKILL)
            await_end(pids)

    def test_the_error_of_a_bad_scenario_names_its_own_path(self, tmp_path: Path) -> None:
        path = tmp_path / "written.py"
        path.write_text("x = 1\n")
        with pytest.raises(UsageError, match="no user class") as caught:
            Generator([Scenario("written", "", path)], CPUS, workers=2)
        assert caught.value.where == f"{path}:1"


class TestJoining:
    def test_workers_join_a_run_drive_load_and_end_with_it(self) -> None:
        master = f"127.0.0.1:{free_port()}"
        joining = [subprocess.Popen(worker_command(CPUS, spin=False, master=master)) for _ in range(2)]
        try:
            with Server() as server, Generator(HELLO, CPUS, spin=False, workers=2, bind=master) as both:
                assert {pid_of(worker.name) for worker in both.workers} == {process.pid for process in joining}
                (result,) = both.run([order(connections=3)], {SUBJECT: server.url})
                assert result.sent == server.calls > 0
                late = subprocess.Popen(worker_command(CPUS, spin=False, master=master))
                assert late.wait(60) == 0, "a worker that joins too late is stopped"
            assert [process.wait(60) for process in joining] == [0, 0]
        finally:
            for process in joining:
                process.kill()

    @pytest.mark.parametrize(
        ("bind", "kind", "what"),
        [("192.0.2.1:5557", MachineError, "workers can't join"), ("here", UsageError, "bad address")],
    )
    def test_an_address_that_can_not_be_bound_is_refused(self, bind: str, kind: type[HarnessError], what: str) -> None:
        with pytest.raises(kind, match=what):
            Generator(HELLO, CPUS, workers=2, bind=bind)

    def test_a_port_in_use_is_a_machine_error(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(MachineError, match="workers can't join"):
            Generator(HELLO, CPUS, workers=1, bind=f"127.0.0.1:{other.getsockname()[1]}")
