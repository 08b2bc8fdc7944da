"""After the end of a load: idle connections are closed while others wait for their answers."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from harness.model import ErrorKind
from tests.load.process.rig import PATIENCE_NS, Clock, Rig, hanging
from tests.load.server import Server, response

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Greeter(BaseHTTPRequestHandler):
    """Serves one connection until its client closes it, as each thread of many servers does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.wfile.write(response())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def single_thread() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Greeter) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.001})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class TestAServerThatServesAnIdleConnectionFirst:
    def test_connections_without_a_request_are_closed_after_the_end_so_that_the_queued_ones_are_answered(
        self, single_thread: str
    ) -> None:
        with Rig(single_thread, connections=3) as rig:
            for _ in range(2):
                rig.lane.prepare(rig.connections)
                rig.closed(patience_ns=1_000_000)
                assert rig.recorder.errors == {}
                assert rig.recorder.verified == rig.recorder.sent >= 3
                assert rig.lane.reconnects == 0

    def test_so_are_they_in_open_load(self, single_thread: str) -> None:
        with Rig(single_thread, connections=3) as rig:
            for _ in range(2):
                rig.lane.prepare(rig.connections)
                rig.open([0.0, 0.0, 0.0, 0.01], end_s=0.02, patience_ns=1_000_000)
                assert rig.recorder.errors == {}
                assert rig.recorder.verified == rig.recorder.sent == 4
                assert rig.lane.reconnects == 0

    def test_within_the_patience_all_stay_open(self) -> None:
        with Server() as server, Rig(server.url, connections=3) as rig:
            rig.closed(patience_ns=PATIENCE_NS)
            assert all(connection.is_open for connection in rig.connections)


@pytest.mark.parametrize("end_ms", range(2, 18, 4))
def test_no_request_follows_when_the_first_times_out_as_the_overdue_ones_are_dropped(clock: Clock, end_ms: int) -> None:
    """It would be in flight uncounted, and the load of a target that answers nothing might never end."""
    clock.step_ns = 500_000
    with hanging() as server, Rig(server.url, connections=2) as rig:
        rig.open([0.0, 0.5, 0.6], end_s=end_ms / 1000, timeout_s=1.0)
        assert [one for one in rig.connections if one.exchange is not None] == []
        assert rig.recorder.errors == {ErrorKind.TIMEOUT: rig.recorder.sent}
