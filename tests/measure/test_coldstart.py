"""Cold start: the clock begins with the `start` call and ends with the first byte-correct answer."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from harness.errors import HarnessError, Interrupted, TargetError
from harness.load.http1 import Response
from harness.measure import asking, coldstart, readiness
from harness.measure.coldstart import NEXT_REQUESTS, FirstRequests, StartTimes, first_requests, start_timed
from harness.measure.contract import first_question
from harness.runtime.base import Image, Launch
from harness.runtime.failures import exited
from tests.fakes import ANY_CPU, TARGETS, FakeInstance, FakeRuntime, Script
from tests.scripted_server import Answer, Reply, Request, ScriptedServer, right_answer, text
from tests.trials import FLASK

IMAGE = Image(TARGETS["flask_app"], "sha256:1", 1000)
LAUNCH = Launch(frozenset({0}))
GREETING = first_question(["plain"])
SILENT = "Its address is right: find out why it gives no right answer, or what its start waits for."
ELSEWHERE = "It must listen on HOST and PORT of its environment, as targets/CONTRACT.md says."
LONGER = "If its start takes longer than 0.5 s, say so in target.toml: ready_within_s = 2, for example."
WRONG = (None, text("Starting", 503), text("Hello, World"), text("Hello, World!\n"), text("Hello, World!", 404))


@pytest.fixture(autouse=True)
def _no_poller_runs_after_a_test() -> Iterator[None]:
    yield
    assert not pollers()


@pytest.fixture(autouse=True)
def _an_answer_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have only what is never answered run into a time-out, however busy this machine is."""
    monkeypatch.setattr(asking, "_CONNECT_TIMEOUT_S", 60.0)
    monkeypatch.setattr(readiness, "_ANSWER_TIMEOUT_S", 60.0)


def pollers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "ready-poller"]


def wait_until(is_so: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.001)


def after(*first: Reply | None) -> Answer:
    """Return a function that gives these answers first, and correct answers afterwards."""
    replies = iter(first)
    return lambda request: next(replies, right_answer(request))


def started(script: Script, create_lasts_s: float = 0.0) -> tuple[FakeInstance, StartTimes]:
    """Start and end an instance with a script; return the instance and its start times."""
    runtime = FakeRuntime([], {FLASK: script})
    runtime.create_lasts_s = create_lasts_s
    _, times = start_timed(runtime, IMAGE, FLASK, LAUNCH, ANY_CPU)
    (instance,) = runtime.instances
    assert instance.state == "started"
    instance.discard()
    return instance, times


def failed(script: Script) -> tuple[FakeRuntime, HarnessError]:
    """Start an instance with a script that fails; return the runtime and the error."""
    runtime = FakeRuntime([], {FLASK: script})
    with pytest.raises(HarnessError) as caught:
        start_timed(runtime, IMAGE, FLASK, LAUNCH, ANY_CPU)
    return runtime, caught.value


class TestTheClock:
    def test_it_starts_with_the_start_call_and_not_with_the_create_call(self) -> None:
        instance, times = started(Script(), create_lasts_s=0.05)
        assert times.create_s >= 0.05
        # a time that began after `create` can't be longer than the time since the end of `create`
        assert times.ready_s <= (time.perf_counter_ns() - instance.created_ns) / 1e9
        assert times.start_s <= (time.perf_counter_ns() - instance.created_ns) / 1e9
        assert times.ready_s > 0

    def test_it_runs_during_the_start_call(self) -> None:
        """A target may answer before the `start` call returns."""

        def slow_engine(server: ScriptedServer) -> None:
            server.listen()
            wait_until(lambda: not pollers())  # the clock has stopped

        _, times = started(Script(on_start=slow_engine))
        assert times.ready_s < times.start_s

    def test_the_time_until_the_target_listens_is_included(self) -> None:
        listening_ns = []

        def late(server: ScriptedServer) -> None:
            time.sleep(0.03)
            listening_ns.append(time.perf_counter_ns())
            server.listen()

        instance, times = started(Script(on_start=late))
        assert times.ready_s >= (listening_ns[0] - instance.started_ns) / 1e9
        assert len(instance.server.requests) == 1

    @pytest.mark.parametrize("first", WRONG)
    def test_a_wrong_first_answer_does_not_stop_it(self, first: Reply | None) -> None:
        instance, times = started(Script(after(first)))
        assert len(instance.server.requests) == 2
        assert times.ready_s >= (instance.server.answered_ns[1] - instance.started_ns) / 1e9

    def test_an_open_port_without_an_answer_does_not_stop_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readiness, "_ANSWER_TIMEOUT_S", 0.05)
        servers: list[ScriptedServer] = []
        given_up_ns: list[int] = []

        def ask_and_give_up_once(*question: Any) -> Response:  # noqa: ANN401 - as it is asked
            try:
                return asking.ask(*question)
            except TimeoutError:
                given_up_ns.append(time.perf_counter_ns())
                monkeypatch.setattr(readiness, "_ANSWER_TIMEOUT_S", 60.0)
                raise

        def silent_until_then(request: Request) -> Reply:
            if not given_up_ns:
                servers[0].silent(request)
            return right_answer(request)

        def on_start(server: ScriptedServer) -> None:
            servers.append(server)
            server.listen()

        monkeypatch.setattr(readiness, "ask", ask_and_give_up_once)
        instance, times = started(Script(silent_until_then, on_start))
        assert len(instance.server.requests) == 2
        assert times.ready_s >= (given_up_ns[0] - instance.started_ns) / 1e9 >= 0.05

    def test_a_row_of_wrong_answers_of_every_kind_does_not_stop_it(self) -> None:
        instance, _ = started(Script(after(*WRONG)))
        assert len(instance.server.requests) == len(WRONG) + 1


class TestAFailure:
    """Every failure leaves nothing running."""

    def test_the_error_of_a_target_that_dies_has_its_last_lines(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(coldstart, "READY_DEADLINE_S", float("inf"))  # the poller must not wait for the deadline
        runtime, error = failed(Script(on_start=lambda _: None, is_alive=False))
        assert isinstance(error, TargetError)
        assert error.where == "flask_app:gthread"
        assert str(error) == (
            "a target did not start (flask_app:gthread): it died in the script. "
            "Correct what ended it. It gets its address as HOST and PORT. It writes only to /tmp and can't change its "
            "user: see targets/CONTRACT.md.\n"
            "It last printed:\n  the last of 20 lines of flask_app:gthread"
        )
        assert runtime.journal == ["create flask_app:gthread", "start flask_app:gthread", "discard flask_app:gthread"]

    def test_the_error_of_a_target_that_dies_without_a_word_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(coldstart, "READY_DEADLINE_S", float("inf"))
        monkeypatch.setattr(FakeInstance, "logs", lambda *_: "\n")
        _, error = failed(Script(on_start=lambda _: None, is_alive=False))
        assert isinstance(error, TargetError)
        assert error.cause == "it died in the script; it printed nothing"

    def test_a_target_that_has_ended_well_is_told_to_stay(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(coldstart, "READY_DEADLINE_S", float("inf"))
        monkeypatch.setattr(FakeInstance, "ending", lambda *_: exited(0))
        _, error = failed(Script(on_start=lambda _: None, is_alive=False))
        assert isinstance(error, TargetError)
        assert error.cause.startswith("it exited with code 0\nIt last printed:")
        assert error.remedy == "A target runs in the foreground until SIGTERM: correct its command."

    def test_a_target_that_never_answers_correctly_fails_after_the_deadline(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def heard(server: ScriptedServer) -> None:
            server.listen()
            wait_until(lambda: len(server.requests) > 1)  # the poller has had the first answer

        monkeypatch.setattr(coldstart, "READY_DEADLINE_S", 0.5)
        runtime, error = failed(Script(lambda _: text("Starting", 503), on_start=heard))
        assert isinstance(error, TargetError)
        cause = "it does not answer GET / correctly: still status 503 instead of 200 after 0.5 s\nIt last printed:\n"
        assert error.cause.startswith(f"{cause}  the last of")
        assert error.remedy == f"{SILENT} {LONGER}"
        assert runtime.left == []
        assert runtime.journal[-1] == "discard flask_app:gthread"

    @pytest.mark.parametrize("listens_on", [(), ("unix:/tmp/app.sock",)])
    def test_a_target_without_a_listener_is_told_of_host_and_port_and_of_its_time(
        self, monkeypatch: pytest.MonkeyPatch, listens_on: tuple[str, ...]
    ) -> None:
        monkeypatch.setattr(coldstart, "READY_DEADLINE_S", 0.5)
        monkeypatch.setattr(FakeInstance, "listens_on", lambda *_: listens_on)
        _, error = failed(Script(on_start=lambda _: None))
        assert isinstance(error, TargetError)
        assert error.cause.startswith("it does not answer GET / correctly: no answer in 0.5 s; ")
        assert error.remedy == f"{ELSEWHERE} {LONGER}"

    def test_a_target_that_listens_elsewhere_is_told_of_host_and_port_before_the_deadline(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(readiness, "STAYS_WRONG_S", 0.0)
        monkeypatch.setattr(coldstart, "READY_DEADLINE_S", float("inf"))  # however late this machine looks again
        monkeypatch.setattr(FakeInstance, "listens_on", lambda *_: ("0.0.0.0:80",))
        _, error = failed(Script(on_start=lambda _: None))
        assert isinstance(error, TargetError)
        assert error.cause.startswith("it does not answer GET / correctly: it listens on 0.0.0.0:80")
        assert error.remedy == ELSEWHERE

    def test_a_target_that_only_listens_is_told_that_its_address_is_right(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(coldstart, "READY_DEADLINE_S", 0.5)
        monkeypatch.setattr(FakeInstance, "listens_on", lambda self: (self.url.removeprefix("http://"),))
        _, error = failed(Script(on_start=lambda _: None))
        assert isinstance(error, TargetError)
        assert error.cause.startswith("it does not answer GET / correctly: no answer in 0.5 s; it listens on its port")
        assert error.remedy == f"{SILENT} {LONGER}"

    def test_a_target_has_the_time_that_it_asks_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        slow = replace(IMAGE, target=replace(IMAGE.target, ready_within_s=0.05))
        monkeypatch.setattr(coldstart, "READY_DEADLINE_S", float("inf"))
        runtime = FakeRuntime([], {FLASK: Script(on_start=lambda _: None)})
        with pytest.raises(TargetError, match=r"no answer in 0\.05 s"):
            start_timed(runtime, slow, FLASK, LAUNCH, ANY_CPU)

    @pytest.mark.parametrize(("limit_s", "example"), [(30.0, "120"), (1800.0, "3600")])
    def test_the_example_of_a_longer_time_is_one_that_a_target_can_ask_for(self, limit_s: float, example: str) -> None:
        assert f"ready_within_s = {example}," in coldstart._longer(limit_s)

    def test_an_instance_that_does_not_start_is_discarded(self) -> None:
        refusal = TargetError("no", where="", cause="", remedy="")
        runtime, error = failed(Script(fails={("start", 1): refusal}))
        assert error is refusal
        assert runtime.left == []

    def test_an_instance_whose_start_was_interrupted_is_discarded(self) -> None:
        interrupt = Interrupted(2, where="run")
        runtime, error = failed(Script(fails={("start", 1): interrupt}))
        assert error is interrupt
        assert runtime.left == []

    def test_an_instance_that_was_not_created_is_not_discarded(self) -> None:
        runtime, _ = failed(Script(fails={("create", 1): TargetError("no", where="", cause="", remedy="")}))
        assert runtime.journal == ["create flask_app:gthread"]


class TestATakenPort:
    """Somebody takes the port of a target between its choice and its bind: the target can't listen, and ends."""

    @pytest.fixture
    def squat(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], FakeRuntime]]:
        """Return a runtime whose first targets each find their port taken by another process."""
        monkeypatch.setattr(coldstart, "READY_DEADLINE_S", float("inf"))
        monkeypatch.setattr(readiness, "_ANSWER_TIMEOUT_S", 0.05)  # the other process accepts, and never answers
        with ExitStack() as ending:
            taken: list[int] = []

            def squat(times: int) -> FakeRuntime:
                def start(server: ScriptedServer) -> None:
                    if len(taken) == times:
                        server.listen()
                    else:
                        ending.enter_context(socket.create_server(("127.0.0.1", server.port)))
                        taken.append(server.port)

                return FakeRuntime([], {FLASK: Script(on_start=start)})

            monkeypatch.setattr(FakeInstance, "running", lambda self: self.server.port not in taken)
            yield squat

    def test_twice_in_a_row_is_no_failure_of_the_target(self, squat: Callable[[int], FakeRuntime]) -> None:
        runtime = squat(2)
        instance, times = start_timed(runtime, IMAGE, FLASK, LAUNCH, ANY_CPU)
        assert times.ready_s > 0
        assert len({one.url for one in runtime.instances}) == 3
        assert runtime.left == [FLASK]
        instance.discard()

    def test_three_times_is_said_and_leaves_nothing(self, squat: Callable[[int], FakeRuntime]) -> None:
        runtime = squat(3)
        with pytest.raises(TargetError, match=r"another process listens on its port; it died .*`ss -ltnp` shows which"):
            start_timed(runtime, IMAGE, FLASK, LAUNCH, ANY_CPU)
        assert runtime.left == []
        assert runtime.journal.count("create flask_app:gthread") == 3


class TestFirstRequests:
    """After a target is ready, one request and the twenty after it are timed."""

    def test_they_use_one_connection(self) -> None:
        with ScriptedServer.listening() as server:
            assert first_requests(server.url, ANY_CPU, GREETING) is not None
        assert server.requests == [Request("GET", "/")] * (1 + NEXT_REQUESTS)
        assert server.connections == 1

    def test_the_first_time_is_returned_with_the_median_of_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(coldstart, "_time_in_a_row", lambda *_: [99.0, *map(float, range(20, 0, -1))])
        assert first_requests("http://127.0.0.1:1", ANY_CPU, GREETING) == FirstRequests(99.0, 10.5)

    def test_a_slow_first_request_does_not_change_the_median_of_the_others(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now_ns = 0

        def answer(request: Request) -> Reply:
            nonlocal now_ns
            now_ns += 300_000_000 if len(server.requests) == 1 else 1_000_000
            return right_answer(request)

        monkeypatch.setattr(time, "perf_counter_ns", lambda: now_ns)
        with ScriptedServer.listening(answer) as server:
            found = first_requests(server.url, ANY_CPU, GREETING)
        assert found == FirstRequests(first_s=0.3, next_s=0.001)

    def test_they_may_take_longer_than_a_question_of_the_poller(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def answer(request: Request) -> Reply:
            if len(server.requests) == 1:
                time.sleep(0.05)
            return right_answer(request)

        monkeypatch.setattr(readiness, "_ANSWER_TIMEOUT_S", 0.01)
        with ScriptedServer.listening(answer) as server:
            assert first_requests(server.url, ANY_CPU, GREETING) is not None

    def test_after_the_target_closes_the_connection_a_new_one_is_opened(self) -> None:
        def answer(request: Request) -> Reply:
            return replace(right_answer(request), is_last=len(server.requests) % 7 == 0)

        with ScriptedServer.listening(answer) as server:
            assert first_requests(server.url, ANY_CPU, GREETING) is not None
        assert (len(server.requests), server.connections) == (21, 3)

    def test_a_connection_that_the_target_closes_without_a_word_is_opened_again(self) -> None:
        def answer(request: Request) -> Reply | None:
            return None if len(server.requests) % 7 == 0 else right_answer(request)

        with ScriptedServer.listening(answer) as server:
            assert first_requests(server.url, ANY_CPU, GREETING) is not None
        assert (len(server.requests), server.connections) == (24, 4)

    @pytest.mark.parametrize(("place", "wrong"), [*((1, one) for one in WRONG), *((21, one) for one in WRONG if one)])
    def test_a_wrong_or_missing_answer_leaves_no_times(self, place: int, wrong: Reply | None) -> None:
        def answer(request: Request) -> Reply | None:
            closing = wrong and replace(wrong, is_last=True)
            return closing if len(server.requests) == place else right_answer(request)

        with ScriptedServer.listening(answer) as server:
            assert first_requests(server.url, ANY_CPU, GREETING) is None
        assert len(server.requests) == place

    def test_a_closed_port_leaves_no_times(self) -> None:
        server = ScriptedServer()
        assert first_requests(server.url, ANY_CPU, GREETING) is None
        server.close()

    def test_only_their_own_thread_is_pinned(self) -> None:
        pinned: list[tuple[int, frozenset[int]]] = []
        before = os.sched_getaffinity(0)
        with ScriptedServer.listening() as server, pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "sched_setaffinity", lambda pid, cpus: pinned.append((pid, cpus)))
            first_requests(server.url, frozenset({1}), GREETING)
        assert pinned == [(0, frozenset({1}))]
        assert os.sched_getaffinity(0) == before
