"""Scenarios under plain `locust -f`, without the harness: users, ramps, shapes and Locust's statistics work."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.load.conftest import SCENARIOS
from tests.load.server import Answer, Call, Server, contract, response

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.locust


def locust(locustfile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "locust", "-f", str(locustfile), "--headless", "--json", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)


def entries(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("name", "method", "path"),
    [
        ("hello", "GET", "/"),
        ("json_body", "GET", "/json"),
        ("path_value", "GET", "/hello/{name}"),
        ("post_json", "POST", "/json"),
    ],
)
def test_every_scenario_of_the_project_is_in_the_statistics_of_locust(name: str, method: str, path: str) -> None:
    with Server(contract) as server:
        done = locust(SCENARIOS / f"{name}.py", "-u", "8", "-r", "8", "-t", "2s", "--host", server.url)
        assert done.returncode == 0, done.stderr
        (entry,) = entries(done)
        assert (entry["method"], entry["name"], entry["num_failures"]) == (method, path, 0)
        assert entry["num_requests"] == server.calls == sum(entry["response_times"].values())
        assert server.connections == 8
        assert sum(entry["num_reqs_per_sec"].values()) == server.calls
        assert entry["total_content_length"] > 90 * server.calls
        assert (
            0 < entry["min_response_time"] <= entry["total_response_time"] / server.calls <= entry["max_response_time"]
        )


def test_a_wrong_answer_is_a_failure_in_the_statistics_and_exit_status_of_locust() -> None:
    def answer(call: Call) -> Answer:
        return Answer((response(b"no"),)) if call.number == 5 else contract(call)

    with Server(answer) as server:
        done = locust(SCENARIOS / "hello.py", "-u", "2", "-r", "2", "-t", "1s", "--host", server.url)
        (entry,) = entries(done)
        assert (entry["num_failures"], entry["num_requests"]) == (1, server.calls)
        assert done.returncode == 1


def test_a_shape_changes_the_number_of_connections(tmp_path: Path) -> None:
    path = tmp_path / "shaped.py"
    path.write_text(
        """
from locust import LoadTestShape
from harness.users import LaneUser, Request, text

class Shaped(LaneUser):
    requests = (Request("GET", "/", expect=text("Hello, World!")),)

class UpAndDown(LoadTestShape):
    steps = [6, 6, 2, 2, 4, 4]  # one a tick: by the time, a late tick would leave one out
    def tick(self):
        return (self.steps.pop(0), 100) if self.steps else None
"""
    )
    connections: list[int] = []

    def answer(call: Call) -> Answer:
        connections.append(server.open_connections)
        return contract(call)

    with Server(answer) as server:
        done = locust(path, "--host", server.url)
        (entry,) = entries(done)
        assert done.returncode == 0, done.stderr
        assert (entry["num_failures"], entry["num_requests"]) == (0, server.calls)
        seen = iter(connections)
        assert all(count in seen for count in (6, 2, 4)), "six connections, then two, then four"
        assert server.connections == 8


def test_a_host_that_is_not_this_machine_is_refused() -> None:
    done = locust(SCENARIOS / "hello.py", "-u", "1", "-t", "5s", "--host", "http://192.0.2.1:80")
    assert done.returncode == 2
    assert "load refused (http://192.0.2.1:80)" in done.stderr
