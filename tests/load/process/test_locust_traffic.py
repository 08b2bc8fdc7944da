"""Requests, pauses and faults of Locust's users under the harness. Rows of docs/locust.md."""

from __future__ import annotations

import itertools
import time
from collections import Counter

import pytest

from harness.errors import UsageError
from harness.histogram import Histogram
from harness.model import MOST_COMPLAINTS, ErrorKind, LoadKind
from tests.load.features import Rig, by_path, paths, row
from tests.load.server import Answer, Call, Server, Then, hello, response

pytestmark = pytest.mark.locust

CLOSED, PACED = LoadKind.CLOSED, LoadKind.PACED
_HEAD = """
import random, time
import gevent
import requests
from gevent.lock import Semaphore
from gevent.pool import Pool
from locust.exception import RescheduleTask, RescheduleTaskImmediately
from locust import (FastHttpUser, HttpUser, LoadTestShape, TaskSet, User, between, constant, constant_pacing,
    constant_throughput, events, task)
"""
_TASK = """
    @task
    def ask(self):
        self.client.get("/")
"""
FILES = {
    name: _HEAD + source
    for name, source in {
        "declared": """
class Fast(FastHttpUser):
    @task
    def slow(self):
        with self.client.get("/", catch_response=True) as answer:
            answer.failure("too slow")
    @task
    def absent(self):
        with self.client.get("/absent", catch_response=True) as answer:
            answer.success()
class Plain(HttpUser):
    @task
    def slow(self):
        with self.client.get("/", catch_response=True) as answer:
            answer.failure(TimeoutError("too slow"))
    @task
    def absent(self):
        with self.client.get("/absent", catch_response=True) as answer:
            assert answer.status_code == 404
            answer.success()
""",
        "asserting": """
class Plain(HttpUser):
    @task
    def ask(self):
        with self.client.get("/", catch_response=True) as answer:
            assert answer.text == "Bye"
""",
        "leaving": """
class Plain(HttpUser):
    @task
    def absent(self):
        with self.client.get("/absent", catch_response=True) as answer:
            if answer.status_code == 404:
                raise RescheduleTask()
    @task
    def broken(self):
        with self.client.get("/broken", catch_response=True):
            raise RescheduleTaskImmediately()
    @task
    def asserted(self):
        with self.client.get("/broken", catch_response=True) as answer:
            assert answer.text == "Bye"
class Fast(FastHttpUser):
    tasks = Plain.tasks
""",
        "statuses": """
class Fast(FastHttpUser):
    @task
    def absent(self):
        self.client.get("/absent")
    @task
    def broken(self):
        self.client.get("/broken")
class Plain(HttpUser):
    @task
    def absent(self):
        self.client.get("/absent")
    @task
    def broken(self):
        with self.client.get("/broken", catch_response=True) as answer:
            answer.failure("it broke")
""",
        "resting": """
class Fast(FastHttpUser):
    @task
    def ask(self):
        with self.rest("GET", "/") as answer:
            assert answer.js["message"] == "Bye", "no goodbye"
""",
        "pooled": """
class Fast(FastHttpUser):
    wait_time = constant(0.001)
    @task
    def ask(self):
        pool = Pool(3)
        for number in range(7):
            pool.spawn(self.client.get, f"/{number}")
        pool.join()
        self.client.get("/end")
""",
        "own_client": """
class Own(User):
    @task
    def ask(self):
        began = time.perf_counter()
        error = None if requests.get(self.host + "/").ok else ConnectionResetError("gone")
        elapsed_ms = (time.perf_counter() - began) * 1000
        self.environment.events.request.fire(request_type="OWN", name="x", response_time=elapsed_ms, exception=error)
        with events.request.measure("OWN", "y"):
            requests.get(self.host + "/")
        events.request.fire(request_type="OWN", name="z", response_time=0, exception=ValueError("not mine"))
""",
        "paced": "class Fast(FastHttpUser):\n    wait_time = constant(0.1)" + _TASK,
        "paced_by_tasks": """
class Tasks(TaskSet):
    wait_time = constant(0.1)
    @task
    def ask(self):
        self.client.get("/")
class Fast(FastHttpUser):
    tasks = [Tasks]
""",
        "pacing": "class Fast(FastHttpUser):\n    wait_time = constant_pacing(0.1)" + _TASK,
        "throughput": "class Fast(FastHttpUser):\n    wait_time = constant_throughput(10)" + _TASK,
        "sleeping": """
class Fast(FastHttpUser):
    @task
    def ask(self):
        gevent.sleep(0.6)
        self.client.get("/")
""",
        "meeting": """
turnstile = Semaphore(0)
users = []
class Fast(FastHttpUser):
    def on_start(self):
        users.append(self)
    @task
    def meet(self):
        self.client.get("/")
        if self is users[0]:
            turnstile.release()
            gevent.sleep(0.01)
        else:
            turnstile.acquire()
""",
        "stormy": """
class Fast(FastHttpUser):
    count = 0
    @task
    def ask(self):
        Fast.count += 1
        raise RuntimeError(f"number {Fast.count}")
""",
        "shaped": """
class Steps(LoadTestShape):
    def tick(self):
        run_s = self.get_run_time()
        return None if run_s >= 2 else (1, 10) if run_s < 1 else (4, 10)
class Fast(FastHttpUser):
    wait_time = constant(0.05)
    def on_start(self):
        self.client.get("/begin")
    def on_stop(self):
        self.client.get("/end")
    @task
    def ask(self):
        self.client.get("/")
""",
    }.items()
}


@row("`catch_response`, `success()`, `failure()`")
def test_what_a_scenario_calls_a_failure_is_its_complaint_and_what_it_accepts_is_verified(rig: Rig) -> None:
    server, result = rig.drive_at_least(60, by_path(absent="404 Not Found"), "declared", CLOSED, users=4)
    seen = Counter(paths(server))
    assert result.sent == result.verified == server.calls
    assert sum(result.complaints.values()) == seen["/"] > 1
    assert set(result.complaints) == {"GET /: too slow", "GET /: TimeoutError: too slow"}
    assert result.first_error is None


@row("exceptions in a task")
def test_an_assertion_in_a_with_is_a_complaint_and_its_answer_counts(rig: Rig) -> None:
    with Server() as server:
        result = rig.drive(server, "asserting", CLOSED)
        assert result.sent == result.verified == server.calls > 1
        assert result.complaints == {"DefaultTaskSet: AssertionError": server.calls}


@row("`RescheduleTask` and other exceptions that leave a `with`")
def test_an_answer_whose_with_is_left_by_an_exception_counts_and_a_500_stays_the_targets(rig: Rig) -> None:
    with Server(by_path(absent="404 Not Found", broken="500 Oops")) as server:
        results = [rig.drive(server, "leaving", CLOSED, users=4) for _ in range(2)]
        while server.calls < 60:
            results.append(rig.drive(server, "leaving", CLOSED, users=4))
        seen = Counter(paths(server))
    # the answer of a task that is rescheduled at once counts at the next pause
    assert abs(sum(result.sent for result in results) - server.calls) <= 8
    assert sum(result.verified for result in results) == seen["/absent"] > 1
    assert {kind for result in results for kind in result.errors} == {ErrorKind.STATUS}
    assert {text for result in results for text in result.complaints} == {"DefaultTaskSet: AssertionError"}


@row("a status from 400 that is not accepted", "a status from 500, 408, 429, or no answer")
def test_a_404_is_the_scenarios_doing_and_a_500_the_targets_whatever_the_scenario_says(rig: Rig) -> None:
    answer = by_path(absent="404 Not Found", broken="500 Oops")
    server, result = rig.drive_at_least(60, answer, "statuses", CLOSED, users=4)
    seen = Counter(paths(server))
    assert result.errors == {ErrorKind.REJECTED: seen["/absent"], ErrorKind.STATUS: seen["/broken"]}
    assert (result.verified, result.complaints) == (0, {})
    assert result.first_error == "status: GET /broken: status 500"


@row("`FastHttpUser.rest`, `HttpUser.rest`")
def test_rest_reads_json_and_its_assertions_are_complaints(rig: Rig) -> None:
    def answer(call: Call) -> Answer:
        body = b'{"message": "Bye"}' if call.number % 2 else b'{"message": "Hi"}'
        return Answer((response(body, media_type="application/json"),))

    with Server(answer) as server:
        result = rig.drive(server, "resting", CLOSED)
        assert result.sent == result.verified == server.calls
        assert result.complaints == {"GET /: no goodbye": server.calls // 2}


@row("gevent pools in a task")
def test_a_pools_requests_belong_to_its_user(rig: Rig) -> None:
    with Server() as server:
        results = [rig.drive(server, "pooled", CLOSED, duration_s=0.1) for _ in range(3)]
        while server.calls <= 8:
            results.append(rig.drive(server, "pooled", CLOSED, duration_s=0.1))
        assert sum(result.sent for result in results) == server.calls
        assert all(result.errors == {} for result in results)
        seen = Counter(paths(server))
        assert all(abs(seen[f"/{number}"] - seen["/end"]) <= 2 for number in range(7))


@row("own clients that fire `request`")
def test_an_own_client_counts_by_its_events(rig: Rig) -> None:
    with Server() as server:
        results = [rig.drive(server, "own_client", CLOSED, users=1, duration_s=1.0) for _ in range(2)]
        sent = sum(result.sent for result in results)
        assert sent == sum(result.verified for result in results)
        assert abs(sent - server.calls * 3 / 2) <= 3
        assert all(set(result.complaints) == {"OWN z: ValueError: not mine"} for result in results)
        assert all(result.errors == {} for result in results)


@row("`wait_time`: `between`, `constant`, a function, of users and task sets")
@row("`constant_pacing`, `constant_throughput`")
@pytest.mark.parametrize("name", ["paced", "paced_by_tasks", "pacing", "throughput"])
def test_the_rate_of_paced_users_depends_neither_on_the_slices_nor_on_the_time_between(rig: Rig, name: str) -> None:
    """At most 10 requests a second and user: a busy machine can only lower it, so short slices are not allowed less."""
    users = 4
    with Server() as server:
        rig.drive(server, name, PACED, users=users, duration_s=0.2)
        one = rig.drive(server, name, PACED, users=users, duration_s=1.6)
        pieces = []
        for _ in range(8):
            pieces.append(rig.drive(server, name, PACED, users=users, duration_s=0.2))
            time.sleep(0.13)
    assert one.errors == {}
    assert one.counted <= one.sent <= 1.6 * 10 * users + users
    assert sum(piece.counted for piece in pieces) <= 1.6 * 10 * users + users
    assert one.counted >= 0.5 * 1.6 * 10 * users
    assert sum(piece.counted for piece in pieces) >= 0.5 * 1.6 * 10 * users


@row("`gevent.sleep` and `time.sleep` in a task")
def test_users_that_sleep_longer_than_a_slice_are_not_lost(rig: Rig) -> None:
    with Server() as server:
        began_s = time.monotonic()
        results = [rig.drive(server, "sleeping", CLOSED, duration_s=0.1, timeout_s=0.2) for _ in range(20)]
        lasted_s = time.monotonic() - began_s
        assert sum(result.sent for result in results) == server.calls
        assert 2 <= server.calls <= 2 * (lasted_s / 0.6 + 1)
        assert server.connections == 2
    assert all((result.errors, result.users_ended) == ({}, 0) for result in results)


@row("semaphores and barriers among users")
def test_users_that_wait_for_each_other_are_not_lost(rig: Rig) -> None:
    with Server() as server:
        results = [rig.drive(server, "meeting", kind, duration_s=0.6) for kind in (CLOSED, PACED, PACED)]
        assert sum(result.sent for result in results) == server.calls > 6
        assert all((result.errors, result.users_ended) == ({}, 0) for result in results)


def test_a_storm_of_exceptions_has_a_bounded_number_of_texts_and_a_bounded_rate(rig: Rig) -> None:
    with Server() as server:
        result = rig.drive(server, "stormy", CLOSED, users=2, duration_s=2.0)
    assert len(result.complaints) <= MOST_COMPLAINTS
    assert result.complaints["others"] > 1
    assert sum(result.complaints.values()) <= 2 * (2.0 / 0.01 + 2)
    assert result.first_complaint == "DefaultTaskSet: RuntimeError: number 1"


@row("`LoadTestShape`")
def test_a_shape_decides_the_number_of_users_by_the_time_of_the_slices_and_begins_anew(rig: Rig) -> None:
    with Server() as server:
        results = [rig.drive(server, "shaped", PACED, users=4, duration_s=0.5) for _ in range(5)]
        seen = paths(server)
    assert all(result.complaints == {} for result in results)
    changes = [path for path in seen if path != "/"]
    assert changes[:7] == ["/begin"] * 4 + ["/end"] * 3, "one user, four, and one again; a slow machine may go on"
    assert seen[:2] == ["/begin", "/"], "the first user asks while it is alone"
    assert results[0].sent > 0
    # the request in flight of a user that is stopped belongs to its end
    assert len(changes) <= sum(result.prepared for result in results) <= len(changes) + changes.count("/end")
    assert all(result.users_ended == 0 for result in results)


def test_paced_answers_count_by_their_arrival_and_keep_their_response_times(rig: Rig) -> None:
    def answer(_call: Call) -> Answer:
        return Answer((b"", response()), pause_s=0.05)

    with Server(answer) as server:
        result = rig.drive(server, "paced", PACED, users=3, duration_s=0.6, discard_s=0.2)
        assert result.sent == server.calls
    assert result.counted == int(result.counted) <= result.verified
    assert result.service is not None
    assert Histogram.from_text(result.service).quantile_s(0) >= 0.05


def test_a_user_without_an_answer_is_replaced_and_the_others_stay(rig: Rig) -> None:
    numbers = itertools.count(1)

    def answer(call: Call) -> Answer:
        return Answer((), Then.HANG) if next(numbers) == 2 else hello(call)

    with Server(answer) as server:
        result = rig.drive(server, "paced", CLOSED, users=3, timeout_s=2.0)
        assert result.errors == {ErrorKind.TIMEOUT: 1}
        assert result.users_ended == 0
        again = rig.drive(server, "paced", CLOSED, users=3)
        assert (again.errors, again.users_ended) == ({}, 0)
        assert server.connections == 4


@row("open load")
def test_open_load_is_refused(rig: Rig) -> None:
    with Server() as server, pytest.raises(UsageError, match="closed load only"):
        rig.drive(server, "paced", LoadKind.POISSON, rate_per_s=10)
