"""The truth server, tested over direct sockets: every behaviour answers as defined, and the record is exact."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.errors import MeasurementError
from harness.selftest.behaviours import BlackHole, Delayed, Faulty, Queue, Stalling, Wrong, right
from harness.selftest.truth import TruthServer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.program

MS = 1_000_000
PATIENCE_S = 60.0  # ends a test that hangs; a passing test never waits so long
CPUS = frozenset(os.sched_getaffinity(0))


@pytest.fixture(scope="module", params=[True, False], ids=["spinning", "sleeping"])
def server(request: pytest.FixtureRequest) -> Iterator[TruthServer]:
    with TruthServer(CPUS, spin=request.param) as started:
        yield started


@contextmanager
def client(server: TruthServer) -> Iterator[socket.socket]:
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as connection:
        yield connection


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode()


def read(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (piece := connection.recv(size - len(data))):
        data += piece
    return data


def test_it_answers_correctly_and_counts_its_requests(server: TruthServer) -> None:
    server.behave(Delayed())
    paths = ["/", "/hello/Ada", "/hello/Grace"] * 3
    with client(server) as one, client(server) as other:
        for number, path in enumerate(paths):
            connection = (one, other)[number % 2]
            connection.sendall(get(path))
            assert read(connection, len(right(path))) == right(path)
    truth = server.report()
    assert (truth.received, truth.answered, truth.answered_rightly, truth.connections) == (9, 9, 9, 2)
    assert truth.right_bytes == sum(len(right(path)) for path in paths)
    assert list(truth.connection[::2]) != list(truth.connection[1::2])
    assert len(set(truth.connection)) == 2
    assert server.received() == 9


def test_requests_that_arrive_in_pieces_or_together_are_each_answered(server: TruthServer) -> None:
    server.behave(Delayed())
    with client(server) as connection:
        connection.sendall(get("/")[:9])
        assert server.received() == 0  # so the piece has arrived by itself
        connection.sendall(get("/")[9:] + get("/hello/Ada") + get("/hello/Grace")[:-2])
        assert read(connection, len(right("/") + right("/hello/Ada"))) == right("/") + right("/hello/Ada")
        connection.sendall(b"\r\n")
        assert read(connection, len(right("/hello/Grace"))) == right("/hello/Grace")
    assert server.report().received == 3


def test_its_stamps_use_the_clock_of_this_process(server: TruthServer) -> None:
    server.behave(Delayed(20 * MS))
    with client(server) as connection:
        before = time.perf_counter_ns()
        connection.sendall(get("/"))
        assert read(connection, len(right("/"))) == right("/")
        after = time.perf_counter_ns()
    truth = server.report()
    (received,), (due,), (sent,) = truth.received_ns, truth.due_ns, truth.sent_ns
    assert due == received + 20 * MS
    assert before <= received < due <= sent <= after
    assert list(truth.dwell_ns) == [sent - received]


def test_a_queue_answers_in_the_order_of_arrival_over_all_connections(server: TruthServer) -> None:
    server.behave(Queue(10 * MS))
    with client(server) as one, client(server) as other:
        one.sendall(get("/") * 2)
        other.sendall(get("/") * 2)
        for connection in (one, other):
            assert read(connection, 2 * len(right("/"))) == 2 * right("/")
    truth = server.report()
    assert np.array_equal(truth.due_ns, truth.received_ns[0] + 10 * MS * np.arange(1, 5))
    assert (truth.sent_ns >= truth.due_ns).all()
    assert (np.diff(truth.sent_ns) > 0).all()


def test_a_stall_delays_the_requests_that_arrive_in_it(server: TruthServer) -> None:
    # the second request follows the first answer, which comes after the stall has begun, in a period that is all stall
    server.behave(Stalling(service_ns=MS, stall_ns=100 * MS, period_ns=100 * MS, first_ns=MS))
    with client(server) as connection:
        for _ in range(2):
            connection.sendall(get("/"))
            assert read(connection, len(right("/"))) == right("/")
    truth = server.report()
    (first_ns, second_ns), (first_due_ns, second_due_ns) = truth.received_ns, truth.due_ns
    assert first_due_ns == first_ns + MS
    assert second_due_ns > second_ns + MS
    assert (second_due_ns - first_ns - 2 * MS) % (100 * MS) == 0


def test_a_black_hole_never_answers_one_request_in_every_few(server: TruthServer) -> None:
    server.behave(BlackHole(2))
    with client(server) as connection:
        connection.sendall(get("/hello/Ada") + get("/hello/Grace") + get("/"))
        assert read(connection, len(right("/hello/Ada") + right("/"))) == right("/hello/Ada") + right("/")
        assert not select.select([connection], [], [], 0.05)[0]
    truth = server.report()
    assert (truth.received, truth.answered) == (3, 2)
    assert list(truth.sent_ns > 0) == [True, False, True]
    assert truth.due_ns[1] == 0


def test_the_report_counts_every_wrong_answer_by_its_kind(server: TruthServer) -> None:
    server.behave(Faulty(tuple(Wrong), 10))
    for _ in range(2):
        for number in range(10):
            with client(server) as connection:
                connection.sendall(get(f"/hello/n{number}"))
                assert read(connection, 10)
    truth = server.report()
    assert truth.wrong == dict.fromkeys(Wrong, 2)
    assert (truth.received, truth.answered_rightly) == (20, 10)
    assert truth.right_bytes == sum(len(right(f"/hello/n{n}")) for n in range(10) for _ in range(2)) // 2


def test_the_server_closes_the_connection_after_a_wrong_length(server: TruthServer) -> None:
    server.behave(Faulty((Wrong.LENGTH,), 1))
    with client(server) as connection:
        connection.sendall(get("/"))
        assert read(connection, 1 << 16).endswith(b"Content-Length: 14\r\n\r\nHello, World!")


def test_requests_of_a_client_that_disconnects_stay_unanswered(server: TruthServer) -> None:
    delay_ns, is_in_time = 100 * MS, False
    while not is_in_time:  # repeat if the client disconnected later than its answer was due
        server.behave(Delayed(delay_ns))
        with client(server) as connection:
            connection.sendall(get("/"))
            while server.received() < 1:
                pass
        gone_ns = time.perf_counter_ns()
        with client(server) as connection:
            connection.sendall(get("/hello/Ada"))
            assert read(connection, len(right("/hello/Ada"))) == right("/hello/Ada")
        truth = server.report()
        is_in_time = gone_ns < truth.received_ns[0] + delay_ns
        delay_ns *= 4
    assert (truth.received, truth.answered) == (2, 1)


def test_a_new_behaviour_clears_the_record(server: TruthServer) -> None:
    server.behave(Delayed())
    with client(server) as connection:
        connection.sendall(get("/"))
        read(connection, len(right("/")))
    server.behave(Delayed())
    truth = server.report()
    assert (truth.received, truth.answered, truth.connections, truth.right_bytes) == (0, 0, 0, 0)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_ends_when_it_is_closed_and_closing_again_does_nothing() -> None:
    server = TruthServer(CPUS, spin=True)
    server.close()
    server.close()
    assert not is_alive(server.pid)


def test_it_ends_when_its_parent_ends() -> None:
    script = (
        "import sys, time\n"
        "from harness.selftest.truth import TruthServer\n"
        f"server = TruthServer(frozenset({set(CPUS)}), spin=True)\n"
        "print(server.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    deadline = time.monotonic() + PATIENCE_S
    while is_alive(pid) and _state(pid) != "Z":
        assert time.monotonic() < deadline, "it still runs"


def _state(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123 - the process may end at any moment
            return stat.read().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_a_command_to_a_server_that_was_killed_is_a_measurement_error() -> None:
    with TruthServer(CPUS, spin=False) as server:
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(MeasurementError, match="the truth server failed"):
            server.behave(Delayed())
