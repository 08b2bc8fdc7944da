"""An engine elsewhere: this machine's engine behind a proxy, which HARNESS_ENGINE names.

For it, the harness must not read /proc or control groups. The test does, to compare the kernel's counters with the
engine's.
"""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import cast

import pytest
from docker import APIClient

from harness.model import Subject
from harness.runtime.base import Image
from harness.runtime.counters import CgroupCounters
from harness.runtime.docker.containers import Container, DockerRuntime
from harness.runtime.docker.endpoints import candidates, to_try
from harness.runtime.owner import RUN
from tests.e2e.conftest import listed
from tests.e2e.containers import LAUNCH, ask, get

pytestmark = [pytest.mark.engine, pytest.mark.machine]


class _Proxied(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as engine:
            proxy = cast("Proxy", self.server)
            engine.connect(str(proxy.path))
            proxy.ends += [engine, self.request]
            back = threading.Thread(target=_pass_on, args=(engine, self.request))
            back.start()
            _pass_on(self.request, engine)
            back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


class Proxy(socketserver.ThreadingTCPServer):
    """Proxy from a port of the loopback to the engine's socket."""

    def __init__(self, path: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Proxied)
        self.path = path
        self.ends: list[socket.socket] = []
        self.url = f"tcp://127.0.0.1:{self.server_address[1]}"


@contextmanager
def proxied(path: Path) -> Iterator[Proxy]:
    with Proxy(path) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
            for end in proxy.ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def elsewhere(run_id: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[DockerRuntime]:
    path = to_try(candidates())[0].socket
    if path is None:
        pytest.skip("the engine has no Unix socket")
    with proxied(path) as proxy:
        monkeypatch.setenv("HARNESS_ENGINE", proxy.url)
        with closing(DockerRuntime.open(run_id)) as opened:
            yield opened


@pytest.fixture
def container(elsewhere: DockerRuntime, answers: Image) -> Iterator[Container]:
    with elsewhere.create(answers, Subject("answers", "own"), LAUNCH) as made:
        made.start()
        yield made


def test_a_target_elsewhere_answers_at_a_published_port_and_is_counted_by_the_engine(
    engine: APIClient, run_id: str, container: Container
) -> None:
    get(container)
    [identity] = listed(engine, f"{RUN}={run_id}")
    pid = engine.inspect_container(identity)["State"]["Pid"]
    with closing(CgroupCounters.of_process(pid, identity)) as kernel:
        before = kernel.read()
        found = container.counters()
        after = kernel.read()
    assert before.cpu_s <= found.cpu_s <= after.cpu_s
    assert found.memory_parts != before.memory_parts
    assert 0 < found.memory_bytes <= after.memory_bytes + (1 << 20)
    for _ in range(50):
        ask(container, "/")
    assert container.counters().cpu_s > found.cpu_s


def test_a_target_elsewhere_is_no_process_of_this_machine(container: Container) -> None:
    get(container)
    assert container.pid() is None
    assert container.listens_on() == ()
    assert container.ending() is None


def test_a_description_of_an_engine_elsewhere_says_who_counts(elsewhere: DockerRuntime) -> None:
    assert elsewhere.describe()["counters"] == "engine"
    assert elsewhere.describe()["network"] == "published"
