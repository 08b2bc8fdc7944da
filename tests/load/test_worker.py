"""The generator process as it speaks: its lines, its end, and what it makes of scenarios."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import UsageError
from harness.load.generator import Generator
from harness.model import Scenario
from tests.load.conftest import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.locust


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "harness.load.worker", "--cpus", "0"]
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
        assert (ready["reply"], ready["protocol"], ready["pid"]) == ("ready", 2, worker.pid)

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


IMPORTS = "from locust import User, task\nfrom harness.load.users import LaneUser, Request, text\n"


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
