"""Tests of the app in Flask's test client, of its settings, and of its address from HOST and PORT."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from harness.runtime.ports import free_port

pytestmark = pytest.mark.program

HERE = Path(__file__).parent
PATIENCE_S = 60.0  # ends a test that hangs; no test that passes waits for it
SETTINGS = {"HOST", "PORT", "GUNICORN_WORKER_CLASS", "GUNICORN_KEEPALIVE", "WEB_CONCURRENCY"}
CASES: list[dict[str, Any]] = json.loads((HERE.parent / "contract_cases.json").read_text(encoding="utf-8"))


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """Yield a client of the app, imported as gunicorn imports it: from its folder, as `app`."""
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.delitem(sys.modules, "app", raising=False)
    from app import app  # noqa: PLC0415 - the app of another target may have the same name

    with app.test_client() as client:
        yield client
    del sys.modules["app"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['endpoint']}: {case['case']}")
def test_every_case_of_the_contract_holds(client: FlaskClient, case: Mapping[str, Any]) -> None:
    method = case["endpoint"].partition(" ")[0]
    response = client.open(case["target"], method=method, data=case.get("body"))
    assert response.status_code == case["status"], response.text
    assert response.content_length == len(response.data)
    if "text" in case:
        assert (response.mimetype, response.text) == ("text/plain", case["text"])
    if "json" in case:
        assert (response.mimetype, json.loads(response.data)) == ("application/json", case["json"])


def test_json_has_flasks_format_without_spaces(client: FlaskClient) -> None:
    assert client.get("/json").data == b'{"message":"Hello, World!"}\n'


def test_a_body_of_opening_brackets_is_refused_as_not_an_object(client: FlaskClient) -> None:
    response = client.post("/json", data=b"[" * 100_000)
    assert (response.status_code, response.json) == (422, {"error": "body must be a JSON object"})


def configuration(**environment: str) -> dict[str, Any]:
    """Return the settings that gunicorn reads from its configuration file."""
    program = "import runpy, json; print(json.dumps(runpy.run_path('gunicorn_conf.py'), default=str))"
    done = run_python("-c", program, **environment)
    assert done.returncode == 0, done.stderr
    settings: dict[str, Any] = json.loads(done.stdout)
    return settings


def run_python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=HERE, env=clean(environment), capture_output=True, text=True, check=False
    )


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without the app's variables, plus the given ones."""
    rest = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return {**rest, "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1", **environment}


def test_gthread_has_one_worker_with_threads_per_usable_cpu_and_keeps_connections() -> None:
    settings = configuration(HOST="127.0.0.1", PORT="8000", GUNICORN_WORKER_CLASS="gthread")
    assert settings["workers"] == len(os.sched_getaffinity(0))
    assert settings["threads"] > 1
    assert settings["keepalive"] >= 60
    assert settings["bind"] == "127.0.0.1:8000"


def test_gthread_is_the_default_worker_class() -> None:
    assert configuration(HOST="::1", PORT="8000")["worker_class"] == "gthread"


def test_sync_sets_no_threads_because_gunicorn_would_then_use_gthread() -> None:
    settings = configuration(HOST="127.0.0.1", PORT="8000", GUNICORN_WORKER_CLASS="sync")
    assert settings["workers"] == 2 * len(os.sched_getaffinity(0)) + 1
    assert "threads" not in settings


def test_gevent_has_one_worker_per_usable_cpu_without_threads_and_ends_within_the_contracts_time() -> None:
    settings = configuration(HOST="127.0.0.1", PORT="8000", GUNICORN_WORKER_CLASS="gevent")
    assert settings["workers"] == len(os.sched_getaffinity(0))
    assert "threads" not in settings
    assert settings["keepalive"] >= 60
    assert settings["graceful_timeout"] + 2 < 5, "the worker waits 1 s between looks, and 1 s for its server"


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("worker_class", ["gthread", "sync"])
def test_web_concurrency_sets_the_number_of_workers(worker_class: str, workers: int) -> None:
    variables = {"GUNICORN_WORKER_CLASS": worker_class, "WEB_CONCURRENCY": str(workers)}
    assert configuration(HOST="127.0.0.1", PORT="8000", **variables)["workers"] == workers


def test_gthread_closes_connections_with_a_keepalive_of_0() -> None:
    assert configuration(HOST="127.0.0.1", PORT="8000", GUNICORN_KEEPALIVE="0")["keepalive"] == 0


def test_an_ipv6_host_is_bracketed() -> None:
    assert configuration(HOST="::1", PORT="8000")["bind"] == "[::1]:8000"


@pytest.mark.parametrize("settings", ["gunicorn_conf.py", "dev_server.py"])
@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({}, "HOST"),
        ({"HOST": "", "PORT": "8000"}, "HOST"),
        ({"HOST": "127.0.0.1"}, "PORT"),
        ({"HOST": "127.0.0.1", "PORT": "http"}, "PORT"),
        ({"HOST": "127.0.0.1", "PORT": "0"}, "PORT"),
        ({"HOST": "127.0.0.1", "PORT": "65536"}, "PORT"),
        ({"HOST": "127.0.0.1", "PORT": "-1"}, "PORT"),
        ({"HOST": "127.0.0.1", "PORT": "٨٠٨٠"}, "PORT"),
    ],
)
def test_without_a_valid_address_it_exits_with_code_2_and_one_line(
    settings: str, environment: dict[str, str], names: str
) -> None:
    done = run_python(settings, **environment)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"error: can't listen ({names} in the environment): ")


@pytest.fixture
def dev_server() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start the development server on a free port, wait until it answers, and yield its process and port."""
    port = free_port()
    environment = clean({"HOST": "127.0.0.1", "PORT": str(port)})
    process = subprocess.Popen([sys.executable, "dev_server.py"], cwd=HERE, env=environment, stderr=subprocess.PIPE)
    try:
        until_it_answers(process, port)
        yield process, port
    finally:
        process.kill()
        process.communicate()


def until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except (OSError, HTTPException):
            time.sleep(0.01)
        else:
            return
        finally:
            connection.close()
    pytest.fail(f"it does not answer; exit code {process.poll()}")


def test_the_development_server_answers_requests_in_progress_and_exits_with_code_0(
    dev_server: tuple[subprocess.Popen[bytes], int],
) -> None:
    process, port = dev_server
    body = b'{"name": "Ada", "age": 36}'
    head = b"POST /json HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as client:
        client.sendall(head)
        assert b" 100 " in client.recv(1024)  # a thread of the server has begun to read the request
        process.send_signal(signal.SIGTERM)
        client.sendall(body)
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert b"Hello, Ada! You are 36." in answer
    assert process.wait(timeout=PATIENCE_S) == 0


def test_a_silent_connection_does_not_prevent_the_end_of_the_development_server(
    dev_server: tuple[subprocess.Popen[bytes], int],
) -> None:
    process, port = dev_server
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S):
        until_it_answers(process, port)  # connections are accepted in order, so the silent one has been accepted
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE_S) == 0
