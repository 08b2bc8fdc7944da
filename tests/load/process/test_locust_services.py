"""Other services of this machine that locustfiles ask: no answer of the target, and no error of it.

Rows of docs/locust.md.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from harness.model import ErrorKind, LoadKind
from tests.load.features import Rig, paths, row
from tests.load.server import Answer, Call, Server, Then, hello, response, unheard

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.locust

CLOSED = LoadKind.CLOSED
_HEAD = """
import socket, time
from locust import FastHttpUser, HttpUser, User, task
from locust.exception import RescheduleTask
"""
FILES = {
    name: _HEAD + source
    for name, source in {
        "helped": """
class Plain(HttpUser):
    def on_start(self):
        helper = self.client.get("/helper").text
        self.client.get(helper + "/token")
        self.helper = helper
    @task
    def ask(self):
        self.client.get("/")
        self.client.get(self.helper + "/plain", name="helper")
class Fast(Plain, FastHttpUser):
    @task
    def more(self):
        with self.client.get(self.helper + "/fast", name="helper", catch_response=True):
            raise RescheduleTask
""",
        "transactions": """
class Plain(HttpUser):
    @task
    def both(self):
        began = time.perf_counter()
        self.client.get("/")
        self.client.get("/")
        elapsed_ms = (time.perf_counter() - began) * 1000
        self.environment.events.request.fire(
            request_type="TXN", name="both", response_time=elapsed_ms, response_length=0, exception=None)
class Wrapped(FastHttpUser):
    @task
    def ask(self):
        self.client.get("/")
        self.environment.events.request.fire(
            request_type="OWN", name="after", response_time=1, response_length=0, exception=ValueError("mine"))
""",
        "within": """
class Fast(FastHttpUser):
    @task
    def ask(self):
        began = time.perf_counter()
        self.client.get("/first")
        with self.client.get("/", catch_response=True) as answer:
            elapsed_ms = (time.perf_counter() - began) * 1000
            self.environment.events.request.fire(
                request_type="TXN", name="two", response_time=elapsed_ms, response_length=0, exception=None)
            answer.failure("judged")
class Plain(HttpUser):
    ask = Fast.ask
    tasks = [ask]
""",
        "streaming": """
class Plain(HttpUser):
    @task
    def read(self):
        with self.client.get("/", stream=True, catch_response=True) as answer:
            assert list(answer.iter_lines()) == [b"one", b"two"], answer.text
class Fast(FastHttpUser):
    @task
    def read(self):
        assert list(self.client.iter_lines("/")) == ["one", "two"]
""",
        "moved": """
class Plain(HttpUser):
    @task
    def ask(self):
        self.client.get("/move")
class Fast(FastHttpUser):
    @task
    def ask(self):
        self.client.get("/move")
""",
        "refused": """
class Proxied(HttpUser):
    @task
    def ask(self):
        self.client.get("/", proxies={"http": "http://127.0.0.1:9"})
class Cached(User):
    @task
    def ask(self):
        try:
            socket.create_connection(("127.0.0.1", 9))
        except OSError as error:
            self.environment.events.request.fire(
                request_type="CACHE", name="get", response_time=1, response_length=0, exception=error)
""",
        "hangs_beside": """
class Plain(HttpUser):
    def on_start(self):
        self.client.base_url = self.client.get("/helper").text
    @task
    def ask(self):
        self.client.get("/hang", timeout=60)
""",
    }.items()
}


@row("another service of this machine")
def test_an_answer_of_another_service_is_in_no_number_and_is_said(rig: Rig) -> None:
    with Server() as helper:
        server, result = rig.drive_at_least(40, _with_helper(helper), "helped", CLOSED)
        said = f"it went to {helper.url.removeprefix('http://')}, which is not the target, so it is in no number"
        asked = Counter(paths(helper))
        assert result.prepared == 4  # of two users, at the target and at the other service
        assert (result.sent, result.verified, result.errors) == (server.calls - 2, server.calls - 2, {})
        assert result.complaints.keys() == {f"GET helper: {said}", f"Fast: {said}"}
        assert 0 < result.complaints[f"Fast: {said}"] <= asked["/fast"]


@row("a redirect of the target to another service")
@pytest.mark.parametrize("is_there", [True, False])
def test_a_redirect_to_another_service_is_an_error_of_the_target(rig: Rig, *, is_there: bool) -> None:
    with Server() as other, unheard() as nobody:
        to = other.url if is_there else nobody
        moved = Answer((response(b"", status="302 Found", headers=(f"Location: {to}/new",)),))
        server, result = rig.drive_at_least(10, lambda _call: moved, "moved", CLOSED)
        assert result.errors == {ErrorKind.REDIRECT: server.calls}
        said = f"the target redirected to {to.removeprefix('http://')}, which is another service"
        assert {text.partition(" (")[0].partition(": ")[2] for text in result.failed} == {said}


@row("a proxy or a service of the locustfile's own that refuses")
def test_a_refused_proxy_or_service_of_the_scenarios_own_is_not_the_targets(rig: Rig) -> None:
    with Server() as server:
        result = rig.drive(server, "refused", CLOSED)
        assert (result.verified, server.calls, set(result.errors)) == (0, 0, {ErrorKind.OUTSIDE})
        said = "it went to 127.0.0.1:9, which is not the target"
        assert {text.partition(" (")[0] for text in result.failed} == {f"GET /: {said}", f"CACHE get: {said}"}


def test_a_service_beside_the_target_that_hangs_is_no_time_out_of_the_target(rig: Rig) -> None:
    with Server(lambda _call: Answer((), Then.HANG)) as helper, Server(_with_helper(helper)) as server:
        result = rig.drive(server, "hangs_beside", CLOSED, timeout_s=0.5)
        assert result.errors == {ErrorKind.OUTSIDE: 2}


@row("an own `request` event for several requests (a transaction)")
def test_an_own_event_that_spans_requests_is_no_further_request(rig: Rig) -> None:
    server, result = rig.drive_at_least(40, hello, "transactions", CLOSED)
    after = result.complaints["OWN after: ValueError: mine"]
    both = result.complaints["TXN both: it spans other requests, so it is in no number"]
    assert (result.verified, result.errors, len(result.complaints)) == (result.sent, {}, 2)
    assert 0 <= server.calls + after - result.sent <= 2  # the slice may end between the two
    assert 0 < both <= (server.calls - after) / 2 + 1


def test_an_own_event_within_a_with_is_not_taken_for_that_of_its_answer(rig: Rig) -> None:
    server, result = rig.drive_at_least(40, hello, "within", CLOSED)
    judged = result.complaints["GET /: judged"]
    spans = "TXN two: it spans other requests, so it is in no number"
    assert result.complaints.keys() == {spans, "GET /: judged"}
    assert 0 <= result.complaints[spans] - judged <= 2  # the slice may end between the two
    assert (result.verified, result.errors) == (result.sent, {})
    assert 0 <= server.calls - result.sent <= 2


@row("`stream=True`, `iter_lines`")
def test_the_response_time_of_a_stream_ends_with_the_headers_and_its_body_is_the_users_gap(rig: Rig) -> None:
    whole = response(b"one\ntwo\n")
    answer = Answer((whole[:-4], whole[-4:]), pause_s=0.5)
    server, result = rig.drive_at_least(6, lambda _call: answer, "streaming", CLOSED)
    assert (result.complaints, result.errors, result.verified) == ({}, {}, result.sent)
    assert 0 <= server.calls - result.sent <= 2  # the slice may end while a body is read
    assert result.gap_s >= 0.25  # a busy machine receives the headers late, and the body not before its time


def _with_helper(helper: Server) -> Callable[[Call], Answer]:
    return lambda call: Answer((response(helper.url.encode()),)) if call.path == "/helper" else hello(call)
