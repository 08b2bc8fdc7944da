"""The generator process as it speaks: its lines, its end, and what it makes of scenarios."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import UsageError
from harness.histogram import Histogram
from harness.load import protocol
from harness.load.generator import Generator
from harness.model import LoadKind, Scenario
from tests.load.conftest import SCENARIOS, SUBJECT, order
from tests.load.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.locust


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "harness.load.process.worker", "--cpus", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as started:
        yield started
        started.kill()


def tell(worker: subprocess.Popen[str], **message: object) -> None:
    assert worker.stdin is not None
    worker.stdin.write(json.dumps(message) + "\n")
    worker.stdin.flush()


def hear(worker: subprocess.Popen[str]) -> dict[str, Any]:
    assert worker.stdout is not None
    message: dict[str, Any] = json.loads(worker.stdout.readline())
    return message


class TestConversation:
    def test_it_begins_with_who_it_is(self, worker: subprocess.Popen[str]) -> None:
        ready = hear(worker)
        assert (ready["reply"], ready["protocol"], ready["pid"]) == ("ready", 3, worker.pid)

    def test_it_says_what_the_scenarios_of_the_project_request(self, worker: subprocess.Popen[str]) -> None:
        hear(worker)
        tell(worker, op="load", scenarios=sorted(map(str, SCENARIOS.glob("*.py"))))
        assert hear(worker) == {
            "reply": "scenarios",
            "requests": {
                "hello": ["GET /"],
                "json_body": ["GET /json"],
                "path_value": ["GET /hello/{name}"],
                "post_json": ["POST /json"],
            },
        }

    def test_told_to_stop_it_exits_with_status_0(self, worker: subprocess.Popen[str]) -> None:
        hear(worker)
        tell(worker, op="stop")
        assert worker.wait(5) == 0

    def test_at_the_end_of_its_input_it_exits_with_status_0(self, worker: subprocess.Popen[str]) -> None:
        hear(worker)
        assert worker.stdin is not None
        worker.stdin.close()
        assert worker.wait(5) == 0

    def test_what_a_scenario_prints_is_no_reply(self, worker: subprocess.Popen[str], tmp_path: Path) -> None:
        path = tmp_path / "chatty.py"
        path.write_text(
            "import os\nfrom locust import User, task\nprint('chatter')\nos.system('echo more')\n"
            "class Chatty(User):\n    @task\n    def talk(self): pass\n"
        )
        hear(worker)
        tell(worker, op="load", scenarios=[str(path)])
        assert hear(worker)["requests"] == {"chatty": ["Chatty.talk"]}
        tell(worker, op="stop")
        assert worker.wait(5) == 0
        assert worker.stderr is not None
        assert {"chatter", "more"} <= set(worker.stderr.read().split())


class TestPart:
    """What a worker does as one of several; here they are told over lines."""

    @pytest.fixture
    def loaded(self, worker: subprocess.Popen[str]) -> subprocess.Popen[str]:
        hear(worker)
        source = (SCENARIOS / "hello.py").read_text(encoding="utf-8")
        tell(
            worker,
            op="load",
            scenarios=["/not/on/this/machine/hello.py"],
            sources={"/not/on/this/machine/hello.py": source},
        )
        assert hear(worker)["requests"] == {"hello": ["GET /"]}, "the text stands in for the file"
        return worker

    @pytest.fixture
    def server(self) -> Iterator[Server]:
        with Server() as started:
            yield started

    def prepare(self, worker: subprocess.Popen[str], server: Server, **values: float) -> None:
        slices = [protocol.encode_slice(order(connections=5, **values))]  # type: ignore[arg-type]
        tell(worker, op="slices", urls={str(SUBJECT): server.url}, slices=slices, share={"index": 1, "of": 2})
        assert hear(worker) == {"reply": "prepared"}

    def test_it_waits_for_the_word_and_then_for_the_instant(
        self, loaded: subprocess.Popen[str], server: Server
    ) -> None:
        self.prepare(loaded, server, duration_s=1.0)
        assert server.calls == 0
        at_ns = time.perf_counter_ns() + 200_000_000
        tell(loaded, op="begin", at_ns=at_ns)
        result = hear(loaded)
        assert time.perf_counter_ns() - at_ns > 1_000_000_000, "it began too early"
        assert result["sent"] == server.calls > 0
        assert server.connections == 2, "the smaller part of 5"

    def test_it_can_be_told_to_forgo_the_slice(self, loaded: subprocess.Popen[str], server: Server) -> None:
        self.prepare(loaded, server)
        tell(loaded, op="forgo")
        assert hear(loaded)["cause"] == "another worker was not ready"
        assert server.calls == 0
        tell(loaded, op="forgo")  # who is not waiting takes no notice
        tell(loaded, op="clock")
        assert hear(loaded)["reply"] == "clock"

    def test_a_beginning_that_was_missed_is_an_error(self, loaded: subprocess.Popen[str], server: Server) -> None:
        self.prepare(loaded, server, duration_s=0.4)
        tell(loaded, op="begin", at_ns=time.perf_counter_ns() - 150_000_000)
        assert "after the others" in hear(loaded)["cause"]
        assert server.calls == 0

    def test_in_open_load_a_beginning_that_was_missed_is_lateness(
        self, loaded: subprocess.Popen[str], server: Server
    ) -> None:
        slices = [protocol.encode_slice(order(connections=5, duration_s=0.4, kind=LoadKind.CONSTANT, rate_per_s=100.0))]
        tell(loaded, op="slices", urls={str(SUBJECT): server.url}, slices=slices, share={"index": 1, "of": 2})
        hear(loaded)
        tell(loaded, op="begin", at_ns=time.perf_counter_ns() - 150_000_000)
        result = hear(loaded)
        assert result["planned"] == result["sent"] == server.calls == 20
        lateness = Histogram.from_text(result["lateness"])
        assert lateness.max_ns is not None
        assert lateness.max_ns > 80_000_000

    def test_it_tells_its_clock(self, worker: subprocess.Popen[str]) -> None:
        hear(worker)
        before_ns = time.perf_counter_ns()
        tell(worker, op="clock")
        assert before_ns < hear(worker)["now_ns"] < time.perf_counter_ns()


IMPORTS = "from locust import User, task\nfrom harness.users import LaneUser, Request, text\n"


class TestBadScenario:
    """Lines 1 and 2 are the imports."""

    @pytest.mark.parametrize(
        ("source", "line", "cause"),
        [
            ("class A(LaneUser)\n    pass", 3, "expected ':'"),
            ("import no_such_module", 3, "ModuleNotFoundError: No module named 'no_such_module'"),
            ("x = 1\ny = 1 / 0", 4, "ZeroDivisionError"),
            ("class A(LaneUser):\n    pass", 3, "A has no requests"),
            ("class A(LaneUser):\n    requests = ()", 3, "A has no requests"),
            ("class A(LaneUser):\n    request = (Request('GET', '/'),)", 3, "Did you mean 'requests'?"),
            ("class A(LaneUser):\n    requests = (Request('GET', '/'),)\n    tasks = [print]", 3, "has requests only"),
            (
                "class A(LaneUser):\n    requests = (Request('GET', '/'),)\n    wait_time = print",
                3,
                "has requests only",
            ),
            ("class A(LaneUser):\n    requests = ('GET /',)", 3, "something that is no Request"),
            ("R = (\n    Request('GET', '/', expected=text('x')),\n)", 4, "unexpected keyword argument 'expected'"),
            ("R = Request('GET', 'hello')", 3, "is no path"),
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
    def test_each_is_refused_with_file_and_line(self, tmp_path: Path, source: str, line: int, cause: str) -> None:
        path = tmp_path / "written.py"
        path.write_text(IMPORTS + source + "\n")
        with pytest.raises(UsageError) as caught:
            Generator([Scenario("written", "", path)], frozenset({0}))
        assert caught.value.where == f"{path}:{line}"
        assert cause in caught.value.cause
        assert caught.value.exit_code == 2

    def test_one_that_does_not_exist_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"absent\.py"):
            Generator([Scenario("absent", "", tmp_path / "absent.py")], frozenset({0}))
