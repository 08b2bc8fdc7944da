"""The lifeline to an engine: whole while the engine runs, cut when it ends, and none to what is no Docker engine."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import pytest
from docker import APIClient

from harness.errors import MachineError, TargetError
from harness.runtime.docker import lifeline as module
from harness.runtime.docker.lifeline import Lifeline
from tests.runtime.docker.fake_engine import VERSION, FakeEngine

DOCKER = "Docker/20.10.24 (linux)"
WITHOUT_END = "Transfer-Encoding: chunked"


class Served:
    """An engine at a Unix socket that answers the first request of each connection."""

    def __init__(self, server_name: str = DOCKER, status: str = "200 OK", head: str = WITHOUT_END) -> None:
        self.ended = threading.Event()
        self.requests: list[bytes] = []
        self.replies = True
        outer, self.last_words = self, b""

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer.requests.append(self.rfile.readline())
                if not outer.replies:
                    outer.ended.wait()
                    return
                while self.rfile.readline().strip():
                    pass
                self.wfile.write(f"HTTP/1.1 {status}\r\nServer: {server_name}\r\n{head}\r\n\r\n".encode())
                if head == WITHOUT_END:
                    outer.ended.wait()
                    self.wfile.write(outer.last_words)

        self.handler = Handler

    @contextmanager
    def client(self, path: Path) -> Iterator[APIClient]:
        with socketserver.ThreadingUnixStreamServer(str(path), self.handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            api = docker.APIClient(base_url=f"unix://{path}", version=VERSION)
            try:
                yield api
            finally:
                self.ended.set()
                api.close()
                server.shutdown()
                thread.join()


@pytest.mark.parametrize("last_words", [b"", b"0\r\n\r\n"], ids=["killed", "ended"])
def test_the_lifeline_is_cut_when_the_engine_ends(tmp_path: Path, last_words: bytes) -> None:
    served = Served()
    served.last_words = last_words
    with served.client(tmp_path / "socket") as api:
        lifeline = Lifeline.to(api)
        assert not lifeline.is_cut()
        lifeline.require_whole()
    assert lifeline.is_cut()
    with pytest.raises(MachineError, match="the container engine has restarted") as caught:
        lifeline.require_whole()
    assert caught.value.exit_code == 3
    lifeline.close()
    lifeline.close()
    assert not lifeline.is_cut()


def test_the_lifeline_is_an_answer_under_way_because_an_engine_may_close_an_idle_connection(tmp_path: Path) -> None:
    served = Served()
    with served.client(tmp_path / "socket") as api:
        Lifeline.to(api).close()
    assert [one.split(b"?")[0] for one in served.requests] == [b"GET /events"]


@pytest.mark.parametrize(
    "served",
    [
        Served("Libpod/4.3.1 (linux)"),
        Served(head="Connection: close"),
        Served(head="Content-Length: 0"),
        Served(status="403 Forbidden"),
    ],
    ids=["podman", "closes", "answers briefly", "refuses"],
)
def test_an_engine_whose_answer_ends_without_its_end_has_no_lifeline(tmp_path: Path, served: Served) -> None:
    with served.client(tmp_path / "socket") as api:
        lifeline = Lifeline.to(api)
    assert not lifeline.is_cut()


def test_an_engine_that_is_not_there_or_not_at_a_unix_socket_has_no_lifeline(
    fake_engine: FakeEngine, tmp_path: Path
) -> None:
    with fake_engine.client() as api:
        assert not Lifeline.to(api).is_cut()
    absent = docker.APIClient(base_url=f"unix://{tmp_path}/none", version=VERSION)
    assert not Lifeline.to(absent).is_cut()


BLAME = TargetError("the target broke down", where="flask_app", cause="it exited with code 143", remedy="Correct it.")


def test_a_failure_is_the_targets_while_the_engine_serves(tmp_path: Path) -> None:
    served = Served()
    with served.client(tmp_path / "socket") as api:
        lifeline = Lifeline.to(api)
        with pytest.raises(TargetError), lifeline.judging():
            raise BLAME
        lifeline.close()
    assert [one.split()[1].split(b"?")[0] for one in served.requests] == [b"/events", b"/_ping"]


@pytest.mark.parametrize("how", ["takes no connection", "does not reply"])
def test_no_target_is_blamed_while_the_engine_ends_and_still_answers_on_the_connections_that_it_has(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PING_TIMEOUT_S", 0.05)
    served = Served()
    with served.client(tmp_path / "socket") as api:
        lifeline = Lifeline.to(api)
        if how == "takes no connection":
            (tmp_path / "socket").unlink()
        else:
            served.replies = False
        assert not lifeline.is_cut()
        with pytest.raises(MachineError, match="the container engine is ending") as caught, lifeline.judging():
            raise BLAME
        assert "go on with the run" in caught.value.remedy
        lifeline.close()


def test_a_failure_is_the_targets_if_there_is_no_lifeline() -> None:
    with pytest.raises(TargetError), Lifeline().judging():
        raise BLAME
