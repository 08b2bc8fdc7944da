"""The worker process: its messages, its end, and its errors of bad scenarios."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import UsageError
from harness.histogram import Histogram
from harness.load import protocol
from harness.load.generator import Generator
from harness.model import LoadKind, Scenario
from harness.temporary_folders import remove_abandoned
from tests.load.conftest import SCENARIOS, SUBJECT, order
from tests.load.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.locust


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "harness.load.process.worker", "--cpus", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as started:
        try:
            yield started
            assert started.stdin is not None
            started.stdin.close()
            started.wait(60)  # it removes its files
        finally:
            started.kill()


def send(worker: subprocess.Popen[str], **message: object) -> None:
    assert worker.stdin is not None
    worker.stdin.write(json.dumps(message) + "\n")
    worker.stdin.flush()


def receive(worker: subprocess.Popen[str]) -> dict[str, Any]:
    assert worker.stdout is not None
    message: dict[str, Any] = json.loads(worker.stdout.readline())
    return message


def requests(reply: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: traits.requests for name, traits in protocol.decode_traits(reply).items()}


class TestMessages:
    def test_the_first_message_has_the_identity_of_the_worker(self, worker: subprocess.Popen[str]) -> None:
        ready = receive(worker)
        assert (ready["reply"], ready["protocol"], ready["pid"]) == ("ready", protocol.VERSION, worker.pid)

    def test_the_scenarios_of_the_project_are_loaded_and_their_requests_returned(
        self, worker: subprocess.Popen[str]
    ) -> None:
        receive(worker)
        send(worker, op="load", scenarios=sorted(map(str, SCENARIOS.glob("*.py"))))
        assert requests(receive(worker)) == {
            "hello": ("GET /",),
            "json_body": ("GET /json",),
            "path_value": ("GET /hello/{name}",),
            "post_json": ("POST /json",),
        }

    def test_stop_ends_the_process_with_status_0(self, worker: subprocess.Popen[str]) -> None:
        receive(worker)
        send(worker, op="stop")
        assert worker.wait(60) == 0

    def test_the_end_of_the_input_ends_the_process_with_status_0(self, worker: subprocess.Popen[str]) -> None:
        receive(worker)
        assert worker.stdin is not None
        worker.stdin.close()
        assert worker.wait(60) == 0

    def test_the_output_of_a_scenario_goes_to_stderr(self, worker: subprocess.Popen[str], tmp_path: Path) -> None:
        path = tmp_path / "chatty.py"
        path.write_text(
            "import os\nfrom locust import User, task\nprint('chatter')\nos.system('echo more')\n"
            "class Chatty(User):\n    @task\n    def talk(self): pass\n"
        )
        receive(worker)
        send(worker, op="load", scenarios=[str(path)])
        assert requests(receive(worker)) == {"chatty": ("Chatty.talk",)}
        send(worker, op="stop")
        assert worker.wait(60) == 0
        assert worker.stderr is not None
        assert {"chatter", "more"} <= set(worker.stderr.read().split())


class TestShare:
    """A worker with a share of a slice; here its messages are lines."""

    @pytest.fixture
    def loaded(self, worker: subprocess.Popen[str]) -> subprocess.Popen[str]:
        receive(worker)
        source = (SCENARIOS / "hello.py").read_text(encoding="utf-8")
        send(
            worker,
            op="load",
            scenarios=["/not/on/this/machine/hello.py"],
            sources={"/not/on/this/machine/hello.py": source},
        )
        assert requests(receive(worker)) == {"hello": ("GET /",)}, "the text replaces the missing file"
        return worker

    @pytest.fixture
    def server(self) -> Iterator[Server]:
        with Server() as started:
            yield started

    def prepare(self, worker: subprocess.Popen[str], server: Server, **values: float) -> None:
        slices = [protocol.encode_slice(order(connections=5, **values))]  # type: ignore[arg-type]
        send(worker, op="slices", urls={str(SUBJECT): server.url}, slices=slices, share={"index": 1, "of": 2})
        assert receive(worker) == {"reply": "prepared"}

    def test_the_copies_of_a_killed_worker_are_removed(self, loaded: subprocess.Popen[str]) -> None:
        held = {path.resolve() for path in Path(f"/proc/{loaded.pid}/fd").iterdir()}
        copies = {path for path in held if (path / "hello.py").is_file()}
        assert not copies & {*remove_abandoned()}
        loaded.kill()
        loaded.wait()
        assert len(copies) == 1
        remove_abandoned()  # so does a living one that needs such a folder
        assert not [path for path in copies if path.exists()]

    def test_a_share_begins_after_the_begin_message_at_its_time(
        self, loaded: subprocess.Popen[str], server: Server
    ) -> None:
        self.prepare(loaded, server, duration_s=1.0)
        assert server.calls == 0
        at_ns = time.perf_counter_ns() + 1_000_000_000  # the message must be received by then
        send(loaded, op="begin", at_ns=at_ns)
        result = receive(loaded)
        assert time.perf_counter_ns() - at_ns > 1_000_000_000, "the slice began too early"
        assert result["sent"] == server.calls > 0
        assert server.connections == 2, "the smaller share of 5"

    def test_forgo_drops_the_prepared_slice(self, loaded: subprocess.Popen[str], server: Server) -> None:
        self.prepare(loaded, server)
        send(loaded, op="forgo")
        assert receive(loaded)["cause"] == "another worker was not ready"
        assert server.calls == 0
        send(loaded, op="forgo")  # without a prepared slice it does nothing
        send(loaded, op="clock")
        assert receive(loaded)["reply"] == "clock"

    def test_in_closed_load_a_missed_beginning_is_an_error(self, loaded: subprocess.Popen[str], server: Server) -> None:
        self.prepare(loaded, server, duration_s=0.4)
        send(loaded, op="begin", at_ns=time.perf_counter_ns() - 150_000_000)
        assert "after the others" in receive(loaded)["cause"]
        assert server.calls == 0

    def test_in_open_load_a_missed_beginning_counts_as_lateness(
        self, loaded: subprocess.Popen[str], server: Server
    ) -> None:
        slices = [protocol.encode_slice(order(connections=5, duration_s=0.4, kind=LoadKind.CONSTANT, rate_per_s=100.0))]
        send(loaded, op="slices", urls={str(SUBJECT): server.url}, slices=slices, share={"index": 1, "of": 2})
        receive(loaded)
        send(loaded, op="begin", at_ns=time.perf_counter_ns() - 150_000_000)
        result = receive(loaded)
        assert result["planned"] == result["sent"] == server.calls == 20
        lateness = Histogram.from_text(result["lateness"])
        assert lateness.max_ns is not None
        assert lateness.max_ns > 80_000_000

    def test_the_clock_is_returned(self, worker: subprocess.Popen[str]) -> None:
        receive(worker)
        before_ns = time.perf_counter_ns()
        send(worker, op="clock")
        assert before_ns < receive(worker)["now_ns"] < time.perf_counter_ns()


IMPORTS = "from locust import User, task\nfrom harness.users import LaneUser, Request, text\n"


class TestBadScenario:
    """Errors of bad scenarios; lines 1 and 2 of each file are the imports."""

    @pytest.mark.parametrize(
        ("source", "line", "cause"),
        [
            ("class A(LaneUser)\n    pass", 3, "expected ':'"),
            ("import no_such_module", 3, "ModuleNotFoundError: No module named 'no_such_module'"),
            ("x = 1\ny = 1 / 0", 4, "ZeroDivisionError"),
            ("class A(LaneUser):\n    pass", 3, "A has no requests"),
            ("class A(LaneUser):\n    requests = ()", 3, "A has no requests"),
            ("class A(LaneUser):\n    request = (Request('GET', '/'),)", 3, "Did you mean 'requests'?"),
            (
                "class A(LaneUser):\n    requests = (Request('GET', '/'),)\n    tasks = [print]",
                3,
                "can only have requests",
            ),
            (
                "class A(LaneUser):\n    requests = (Request('GET', '/'),)\n    wait_time = print",
                3,
                "can only have requests",
            ),
            ("class A(LaneUser):\n    requests = ('GET /',)", 3, "an item that is not a Request"),
            ("R = (\n    Request('GET', '/', expected=text('x')),\n)", 4, "unexpected keyword argument 'expected'"),
            ("R = Request('GET', 'hello')", 3, "is not a path"),
            ("R = Request('GET', '/{name}')", 3, "no values for name"),
            ("x = 1", 1, "it has no user class"),
            ("import sys\nsys.exit(3)", 4, "SystemExit: 3"),
            (
                "class A(LaneUser):\n    requests = (Request('GET', '/'),)\nclass B(User):\n    tasks = [print]",
                1,
                "A is a LaneUser and B is not",
            ),
        ],
    )
    def test_the_error_names_file_and_line(self, tmp_path: Path, source: str, line: int, cause: str) -> None:
        path = tmp_path / "written.py"
        path.write_text(IMPORTS + source + "\n")
        with pytest.raises(UsageError) as caught:
            Generator([Scenario("written", "", path)], frozenset({0}))
        assert caught.value.where == f"{path}:{line}"
        assert cause in caught.value.cause
        assert caught.value.exit_code == 2

    def test_a_missing_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"absent\.py"):
            Generator([Scenario("absent", "", tmp_path / "absent.py")], frozenset({0}))
