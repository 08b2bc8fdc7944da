"""Every variant of every target in its own container: it answers correctly, its manifest describes it, it ends well."""

import http.client
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psutil
import pytest

from harness.manifest import load_targets
from harness.measure.findings import attributes
from harness.model import AttributeName, Subject, VariantClass
from harness.runtime.base import Image
from harness.runtime.docker.containers import Container, DockerRuntime
from tests.checkout import ROOT
from tests.e2e import contract
from tests.e2e.containers import CPU, LAUNCH, PATIENCE_S, get, quiet, until

pytestmark = pytest.mark.engine

TARGETS = load_targets(ROOT)
EVERY = [Subject(name, variant.name) for name, target in TARGETS.items() for variant in target.variants]
STARTS_WORKERS = {"gunicorn", "cluster.js"}
MARK = "/hello/is-this-logged"
HEAD = b"POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n"
HALVES = b'{"name": "Ada', b'", "age": 36}'
SIGTERM_ARRIVES_S = 0.5


@pytest.fixture(autouse=True)
def _a_stop_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """How a variant ends is tested here, and not how fast this machine is."""
    monkeypatch.setattr("harness.runtime.docker.containers.GRACE_S", int(PATIENCE_S))


@contextmanager
def serving(runtime: DockerRuntime, image: Image, subject: Subject) -> Iterator[Container]:
    with runtime.create(image, subject, LAUNCH) as container:
        container.start()
        get(container)
        yield container


def processes(container: Container) -> list[psutil.Process]:
    """Return the processes of the target; the first process of the container is the engine's init process."""
    return psutil.Process(container.pid()).children(recursive=True)


@contextmanager
def holding_a_connection(netloc: str) -> Iterator[None]:
    """Keep a connection open after an answer, if the server keeps it."""
    connection = http.client.HTTPConnection(netloc, timeout=PATIENCE_S)
    connection.request("GET", "/")
    connection.getresponse().read()
    yield
    connection.close()


@contextmanager
def half_a_request(container: Container) -> Iterator[socket.socket]:
    """Send half of a request, whose head the target has read."""
    host, port = container.url.removeprefix("http://").rsplit(":", 1)
    with socket.create_connection((host, int(port)), PATIENCE_S) as connection:
        connection.sendall(HEAD + HALVES[0])
        get(container)  # a target that answers a later request has accepted this one
        yield connection


def answer_to_the_rest(connection: socket.socket) -> bytes | None:
    """Send the rest of the request when SIGTERM has arrived, and return the body of the answer; None without one."""
    time.sleep(SIGTERM_ARRIVES_S)  # on a slow machine the rest arrives before it, which every target answers
    try:
        connection.sendall(HALVES[1])
        response = http.client.HTTPResponse(connection, method="POST")
        response.begin()
        return response.read()
    except (OSError, http.client.HTTPException):
        return None


def stopped_in_the_middle(container: Container) -> bytes | None:
    """Stop a target that must end with code 0, and return its answer to the request in progress."""
    with half_a_request(container) as connection, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(answer_to_the_rest, connection)
        assert container.stop() is None, "it does not end with code 0"
        return answer.result()


@pytest.mark.parametrize("subject", EVERY, ids=str)
def test_a_variant_answers_correctly_and_matches_its_manifest(runtime: DockerRuntime, subject: Subject) -> None:
    target = TARGETS[subject.target]
    variant = target.variant(subject.variant)
    image = runtime.build(target, quiet)
    if target.probes is not None:
        assert [one.name for one in attributes(image)] == list(AttributeName)
    with serving(runtime, image, subject) as container:
        netloc = container.url.removeprefix("http://")
        assert contract.wrong_answers(netloc, target.answers) == []
        assert contract.keeps_connections(netloc) is not variant.closes_connections
        if "path" in target.answers:
            get(container, MARK)
            if variant.logs_requests:
                until(lambda: MARK in container.logs())
            else:
                assert MARK not in container.logs()
        # the first process of gunicorn and of Node's cluster starts the workers one after the other; other servers have
        # a single process, and development servers that reload have more
        children = variant.workers_on(len(LAUNCH.cpus)) if STARTS_WORKERS & set(variant.command) else 0
        is_development = variant.variant_class is VariantClass.DEVELOPMENT
        until(lambda: len(processes(container)) == 1 + (children or 0) or is_development)
        assert all(process.cpu_affinity() == [CPU] for process in processes(container))
        with holding_a_connection(netloc):
            answered = stopped_in_the_middle(container)
        assert b"Hello, Ada! You are 36." in (answered or b"")
