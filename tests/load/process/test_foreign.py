"""Other Locust users as scenarios: their own clients, full time resolution, and waiting between slices."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from harness.errors import UsageError
from harness.histogram import Histogram
from harness.model import ErrorKind, LoadKind, Slice, SliceResult
from tests.load.conftest import drive_at_least, order
from tests.load.server import Answer, Call, Server, Then, hello, response

pytestmark = pytest.mark.locust

Drive = Callable[[Server, Slice], SliceResult]
Start = Callable[[str], Drive]

PLAIN = """
from locust import HttpUser, task
class Plain(HttpUser):
    @task
    def ask(self):
        self.client.get("/", timeout=60)
"""
FAST = """
from locust import FastHttpUser, task
class Fast(FastHttpUser):
    network_timeout = connection_timeout = 60
    @task
    def ask(self):
        with self.client.get("/", catch_response=True) as answer:
            if answer.text != "Hello, World!":
                answer.failure("wrong body")
"""


@pytest.mark.parametrize("source", [PLAIN, FAST])
def test_every_request_counts_once_with_a_resolution_below_1_ms(generator_at: Start, source: str) -> None:
    wanted = order(name="written", connections=3, discard_s=0.0)
    server, result = drive_at_least(generator_at(source), hello, 11, wanted)
    assert result.errors == {}
    assert result.sent == result.verified == server.calls > 10
    assert result.service is not None
    service = Histogram.from_text(result.service)
    assert result.counted <= service.count <= result.sent
    assert service.sum_ns % 1_000_000 != 0
    assert (result.planned, result.response, result.lateness) == (None, None, None)
    assert 0 < result.utilisation <= 1


def test_windows_add_up_and_there_are_no_endpoints(generator_at: Start) -> None:
    with Server() as server:
        result = generator_at(PLAIN)(server, order(name="written", connections=2, duration_s=1.1))
        assert sum(window.verified for window in result.windows) == result.verified == server.calls
    assert len(result.windows) == 2
    assert result.endpoints == {}


def test_between_slices_users_send_no_requests_and_keep_their_connections(generator_at: Start) -> None:
    drive = generator_at(FAST)
    with Server() as server:
        first = drive(server, order(name="written", connections=3, duration_s=0.1))
        assert first.sent == server.calls
        second = drive(server, order(name="written", connections=3, duration_s=0.1))
        assert first.sent + second.sent == server.calls
        assert server.connections == 3


@pytest.mark.parametrize(("users", "next_users"), [(2, 5), (5, 2)])
def test_the_number_of_users_is_the_number_of_connections_of_the_slice(
    generator_at: Start, users: int, next_users: int
) -> None:
    connections: list[int] = []
    drive = generator_at(FAST)

    def answer(call: Call) -> Answer:
        connections.append(server.open_connections)
        return hello(call)

    with Server(answer) as server:
        for count in (users, next_users):
            result = drive(server, order(name="written", connections=count, duration_s=0.1, discard_s=0))
            assert result.sent >= count
            assert connections[-1] == count


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda _call: Answer((response(b"no", status="500 Oops"),)), ErrorKind.STATUS),
        (lambda _call: Answer((), Then.CLOSE), ErrorKind.RESET),
        (lambda _call: Answer((b"nonsense\r\n\r\n",), Then.CLOSE), ErrorKind.FRAMING),
    ],
)
def test_a_failure_is_an_error_of_its_kind(
    generator_at: Start, answer: Callable[[Call], Answer], kind: ErrorKind
) -> None:
    with Server(answer) as server:
        result = generator_at(PLAIN)(server, order(name="written", connections=2))
    assert set(result.errors) == {kind}
    assert (result.verified, result.counted, result.service) == (0, 0, None)


def test_a_failure_that_a_scenario_declares_is_its_complaint_and_not_an_error(generator_at: Start) -> None:
    def answer(call: Call) -> Answer:
        return Answer((response(b"no"),)) if call.number % 10 == 0 else hello(call)

    with Server(answer) as server:
        result = generator_at(FAST)(server, order(name="written", connections=2))
        assert result.complaints == {"GET /: wrong body": server.calls // 10}
        assert result.errors == {}
        assert result.sent == result.verified == server.calls
    assert (result.first_error, result.first_complaint) == (None, "GET /: wrong body")


def test_an_exception_in_a_task_is_a_complaint_and_its_user_continues(generator_at: Start) -> None:
    drive = generator_at(
        """
from locust import FastHttpUser, task
class Clumsy(FastHttpUser):
    @task
    def ask(self):
        self.client.get("/")
        raise RuntimeError("clumsy")
"""
    )
    server, result = drive_at_least(drive, hello, 6, order(name="written", connections=1))
    assert result.verified == server.calls > 5
    assert result.complaints == {"DefaultTaskSet: RuntimeError: clumsy": result.verified}
    assert result.errors == {}


def test_requests_in_on_start_are_not_part_of_the_slice(generator_at: Start) -> None:
    drive = generator_at(
        """
from locust import FastHttpUser, task
class Careful(FastHttpUser):
    def on_start(self):
        self.client.get("/login")
        self.client.get("/login")
    @task
    def ask(self):
        self.client.get("/")
"""
    )
    with Server() as server:
        result = drive(server, order(name="written", connections=3))
        assert sum(call.path == "/login" for call in server.seen) == 6
        assert result.sent == server.calls - 6


def test_a_user_whose_pause_ends_between_slices_waits_for_the_next_slice(generator_at: Start) -> None:
    drive = generator_at(
        """
from locust import FastHttpUser, constant, task
class Slow(FastHttpUser):
    wait_time = constant(0.02)
    @task
    def ask(self):
        self.client.get("/")
"""
    )
    with Server() as server:
        for total in (1, 2):
            result = drive(server, order(name="written", connections=2, duration_s=1.0, discard_s=0))
            assert 2 <= result.sent <= 102
            assert server.calls >= total * 2
        assert result.errors == {}
        before = server.calls
        drive(server, order(name="written", connections=2, duration_s=0.001, discard_s=0))
        assert server.calls - before <= 2


def test_users_begin_one_after_another(generator_at: Start) -> None:
    """Only lower bounds: a busy machine delays a send, and never brings one forward."""
    first_s: list[float] = []

    def answer(_call: Call) -> Answer:
        first_s.append(time.monotonic())
        return Answer((b"", response()), pause_s=60.0)

    drive = generator_at(FAST)
    with Server(answer) as server:
        wanted = order(name="written", connections=3, duration_s=2.0, starts_s=(0.0, 0.6), discard_s=0, timeout_s=0.1)
        before_s = time.monotonic()
        result = drive(server, wanted)
    assert result.errors == {ErrorKind.TIMEOUT: 3}
    assert result.counted == 0.0
    assert all(at_s - before_s >= number * 0.2 for number, at_s in enumerate(sorted(first_s)))


def test_a_users_own_work_and_pauses_between_requests_are_its_gap(generator_at: Start) -> None:
    drive = generator_at(
        """
import time
from locust import FastHttpUser, constant, task
class Thoughtful(FastHttpUser):
    wait_time = constant(0.02)
    @task
    def ask(self):
        time.sleep(0.01)
        self.client.get("/")
"""
    )
    with Server() as server:
        first = drive(server, order(name="written", connections=2, duration_s=1.6, discard_s=0, tail_s=0.8))
        assert first.sent == server.calls > first.counted > 0
        assert first.counted_s == pytest.approx(0.8)
        assert first.gap_s >= 0.03
        pause = drive(server, order(name="written", connections=2, duration_s=0.001, discard_s=0))
        assert pause.gap_s == 0.0


def test_users_without_an_answer_time_out_and_are_replaced(generator_at: Start) -> None:
    drive = generator_at(FAST)

    def answer(call: Call) -> Answer:
        return Answer((), Then.HANG) if call.number <= 2 else hello(call)

    with Server(answer) as server:
        result = drive(server, order(name="written", connections=2, duration_s=0.1, discard_s=0, timeout_s=0.2))
        assert result.errors == {ErrorKind.TIMEOUT: 2}
        assert result.sent == server.calls == 2
        assert result.service is not None
        assert Histogram.from_text(result.service).quantile_s(0) >= 0.2
        again = drive(server, order(name="written", connections=2, duration_s=0.1))
        assert again.errors == {}
        assert again.verified == again.sent >= 2


def test_open_load_is_refused(generator_at: Start) -> None:
    with Server() as server, pytest.raises(UsageError, match="closed load only"):
        generator_at(PLAIN)(server, order(name="written", kind=LoadKind.POISSON, rate_per_s=10))


def test_a_host_that_is_not_this_machine_is_refused(generator_at: Start) -> None:
    class Elsewhere(Server):
        @property
        def url(self) -> str:
            return "http://192.0.2.1:80"

    with pytest.raises(UsageError, match="load refused"):
        generator_at(PLAIN)(Elsewhere(), order(name="written"))
