"""Locust's life under the harness: events, the order of tasks, starts and stops of users. Rows of docs/locust.md."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.load.generator import Generator
from harness.model import LoadKind
from tests.load.features import PROVEN, Rig, by_path, paths, row, rows_of_page, scenarios
from tests.load.server import Server, contract, hello

pytestmark = pytest.mark.locust

CLOSED, PACED = LoadKind.CLOSED, LoadKind.PACED
_SAY = """
import gevent
from locust import (FastHttpUser, HttpUser, SequentialTaskSet, TaskSet, User, between, constant, constant_pacing,
    constant_throughput, events, tag, task)
from locust.exception import StopUser
import requests
def say(environment, word):
    requests.get(environment.host + "/event/" + word)
"""
FILES = {
    name: _SAY + source
    for name, source in {
        "life": """
@events.init.add_listener
def on_init(environment, runner, web_ui, **_):
    assert environment.runner is runner
    assert web_ui is None
    say(environment, "init")
    @environment.events.spawning_complete.add_listener
    def complete(user_count, **_):
        say(environment, f"spawning_complete-{user_count}")
for name in ("test_start", "test_stopping", "test_stop", "quitting"):
    getattr(events, name).add_listener(lambda environment, name=name, **_: say(environment, name))
class Caller(FastHttpUser):
    @task
    def ask(self):
        self.client.get("/")
""",
        "apart": """
class Page(TaskSet):
    def on_start(self):
        self.client.get("/page-start")
    def on_stop(self):
        self.client.get("/page-stop")
    @task
    def ask(self):
        self.client.get("/")
        self.interrupt()
class Caller(FastHttpUser):
    wait_time = constant(0.02)
    tasks = [Page]
    def on_start(self):
        self.client.get("/user-start")
    def on_stop(self):
        self.client.get("/user-stop")
""",
        "sequence": """
class Steps(SequentialTaskSet):
    @task
    def one(self):
        self.client.get("/one")
    @task
    class Inner(SequentialTaskSet):
        @task
        def two(self):
            self.client.get("/two")
        @task
        def leave(self):
            self.interrupt()
    @task
    def three(self):
        self.client.get("/three")
class Caller(HttpUser):
    host = "http://192.0.2.1"
    tasks = [Steps]
""",
        "weights": """
class Often(FastHttpUser):
    weight = 3
    @task(9)
    def often(self):
        self.client.get("/often/nine")
    @task
    def once(self):
        self.client.get("/often/one")
    def on_start(self):
        self.client.get("/user/often")
class Seldom(Often):
    weight = 1
    def on_start(self):
        self.client.get("/user/seldom")
class Single(Often):
    fixed_count = 1
    def on_start(self):
        self.client.get("/user/single")
""",
        "ending": """
class Caller(FastHttpUser):
    @task
    def ask(self):
        self.client.get("/")
        raise StopUser
""",
        "unready": """
class Caller(FastHttpUser):
    def on_start(self):
        raise RuntimeError("no ticket")
    @task
    def ask(self):
        self.client.get("/")
""",
        "quits": """
class Caller(FastHttpUser):
    wait_time = constant(0.01)
    @task
    def ask(self):
        self.client.get("/")
        self.environment.runner.quit()
""",
        "messages": """
count = 0
@events.init.add_listener
def on_init(environment, **_):
    environment.runner.register_message("count", lambda environment, msg, **_: say(environment, f"count-{msg.data}"))
@events.test_start.add_listener
def on_start(environment, **_):
    global count
    count += 1
    environment.runner.send_message("count", count)
class Caller(FastHttpUser):
    @task
    def ask(self):
        self.client.get("/")
""",
        "hosted": """
@events.test_start.add_listener
def greet(environment, **_):
    requests.get(environment.parsed_options.host + "/host")
class Caller(FastHttpUser):
    @task
    def ask(self):
        self.client.get("/")
""",
        "tagged": """
class Caller(FastHttpUser):
    @tag("wanted")
    @task
    def wanted(self):
        self.client.get("/wanted")
    @task
    def other(self):
        self.client.get("/other")
""",
        "listeners": """
heard = []
@events.request.add_listener
def hear(name, context=None, **_):
    heard.append((name, (context or {}).get("who")))
@events.user_error.add_listener
def stumble(exception, **_):
    heard.append(str(exception))
class Caller(FastHttpUser):
    def context(self):
        return {"who": "caller"}
    @task
    def ask(self):
        self.client.get("/")
        assert heard[-1] == ("/", "caller"), heard
        self.client.get("/heard")
        try:
            events.request.fire(request_type="X", name="own", response_time=1, response_length=0, exception=None)
        finally:
            assert heard[-1] == ("own", None), heard
        assert self.environment.stats.get("/", "GET").num_requests > 0
        assert self.environment.stats.total.num_requests >= len(heard) // 2
""",
    }.items()
}


FILES |= {path.stem: path.read_text() for path in (Path(__file__).parents[1] / "locustfiles").glob("*.py")}


@row("`events.init`", "`events.test_start`", "`events.spawning_complete`")
@row("`events.test_stopping`, `events.test_stop`, `events.quitting`")
def test_the_events_of_a_test_are_fired_once_for_each_target(rig: Rig) -> None:
    with Server() as one, Server() as other:
        for server in (one, other, one):
            assert rig.drive(server, "life", CLOSED).complaints == {}
        for server in (one, other):
            rig.disconnect(server)
            heard = [path for path in paths(server) if path.startswith("/event/")]
            assert heard == [
                f"/event/{name}"
                for name in ("init", "test_start", "spawning_complete-2", "test_stopping", "test_stop", "quitting")
            ]


@row("`on_start` and `on_stop` of users and task sets", "`TaskSet`, nested task sets, `interrupt`")
def test_requests_of_on_start_and_on_stop_are_counted_apart(rig: Rig) -> None:
    with Server() as server:
        results = [rig.drive(server, "apart", kind, users=3, duration_s=0.4) for kind in (CLOSED, PACED)]
        seen = Counter(paths(server))
        assert sum(result.sent for result in results) == seen["/"] > 3
        assert sum(result.prepared for result in results) == seen.total() - seen["/"]
        assert seen["/user-start"] == 3
        assert seen["/page-start"] - 3 <= seen["/page-stop"] <= seen["/page-start"]
        fewer = rig.drive(server, "apart", PACED, users=1, duration_s=0.1)
        assert Counter(paths(server))["/user-stop"] == 2
        assert fewer.prepared >= 2
        assert fewer.users_ended == 0
        rig.disconnect(server)
        assert Counter(paths(server))["/user-stop"] == 3


@row("`SequentialTaskSet`", "`host` of a user class")
def test_a_sequence_keeps_its_order_over_the_end_of_a_slice(rig: Rig) -> None:
    with Server() as server:
        results = [rig.drive(server, "sequence", CLOSED, users=1, duration_s=0.05) for _ in range(4)]
        assert sum(result.sent for result in results) == len(server.seen) >= 4
        steps = ["/one", "/two", "/three"]
        assert paths(server) == [steps[number % 3] for number in range(len(server.seen))]
        assert all(result.complaints == {} for result in results)


@row("several user classes, `weight`, `fixed_count`", "`@task` weights, `tasks` as list or dict")
def test_weights_decide_how_many_users_a_class_has_and_how_often_a_task_runs(rig: Rig) -> None:
    server, result = rig.drive_at_least(200, hello, "weights", CLOSED, users=9)
    seen = Counter(paths(server))
    assert (seen["/user/single"], seen["/user/often"], seen["/user/seldom"]) == (1, 6, 2)
    assert result.prepared == 9
    assert seen["/often/nine"] > 2 * seen["/often/one"] > 0


@row("`StopUser`", "`environment.runner.quit()`")
@pytest.mark.parametrize("name", ["ending", "quits"])
def test_users_that_end_are_said_and_not_replaced(rig: Rig, name: str) -> None:
    with Server() as server:
        first = rig.drive(server, name, CLOSED, users=3)
        assert first.users_ended == 3
        assert 1 <= first.sent <= 3
        again = rig.drive(server, name, CLOSED, users=3, duration_s=0.05)
        assert (again.sent, again.users_ended, again.errors) == (0, 0, {})


@row("exceptions in `on_start`")
def test_a_user_whose_on_start_raises_has_ended(rig: Rig) -> None:
    with Server() as server:
        result = rig.drive(server, "unready", CLOSED, users=3)
    assert result.complaints == {"Caller: RuntimeError: no ticket": 3}
    assert (result.users_ended, result.sent, result.errors) == (3, 0, {})


@row("`events.request`, `events.user_error`, `User.context`, `environment.stats`")
def test_listeners_hear_of_the_requests_of_their_target(rig: Rig) -> None:
    server, result = rig.drive_at_least(6, hello, "listeners", CLOSED, users=1)
    assert result.complaints == {}
    assert result.sent > len(server.seen) >= 2


@row("tags, `--tags`, `--exclude-tags`")
def test_tags_choose_the_tasks(tmp_path_factory: pytest.TempPathFactory) -> None:
    given = scenarios({"tagged": FILES["tagged"]}, tmp_path_factory.mktemp("tagged"))
    with Generator(given, frozenset({0}), spin=False, arguments="--tags wanted") as started, Server() as server:
        assert Rig(started).drive(server, "tagged", CLOSED).sent > 1
        assert set(paths(server)) == {"/wanted"}


@row("state of a module", "`runner.register_message`, `runner.send_message`")
def test_all_targets_share_a_modules_state_and_messages_stay_in_the_process(rig: Rig) -> None:
    for count in (1, 2):
        with Server() as server:
            assert rig.drive(server, "messages", CLOSED, duration_s=0.05).complaints == {}
            assert paths(server)[0] == f"/event/count-{count}"


@row("`events.init_command_line_parser`, `environment.parsed_options`")
def test_an_own_option_has_its_default(rig: Rig) -> None:
    with Server(contract) as server:
        result = rig.drive(server, "own_option", CLOSED)
        assert (result.complaints, result.errors) == ({}, {})
        assert set(paths(server)) == {"/hello/Ada"}


def test_the_host_of_the_options_is_the_target(rig: Rig) -> None:
    with Server() as one, Server() as other:
        for server in (one, other):
            assert rig.drive(server, "hosted", CLOSED, duration_s=0.05).complaints == {}
            assert Counter(paths(server))["/host"] == 1


def test_a_token_of_test_start_goes_into_every_request(rig: Rig) -> None:
    with Server(contract) as server:
        result = rig.drive(server, "member_token", CLOSED)
        assert (result.complaints, result.errors) == ({}, {})
        assert {call.headers["authorization"] for call in server.seen} == {f"Bearer t-{server.url[-4:]}"}


def test_a_rendezvous_at_spawning_complete_takes_place(rig: Rig) -> None:
    with Server(contract) as server:
        result = rig.drive(server, "rendezvous", CLOSED)
        assert (result.complaints, result.errors) == ({}, {})
        assert result.sent == server.calls > 1


def test_a_wanted_404_and_a_read_json_are_verified(rig: Rig) -> None:
    absent = by_path(**{"no-such-page": "404 Not Found"})
    server, result = rig.drive_at_least(
        40, lambda call: absent(call) if "no" in call.path else contract(call), "checked", CLOSED
    )
    assert (result.complaints, result.errors) == ({}, {})
    assert {"/json", "/no-such-page"} == set(paths(server))


def test_visitors_of_a_shop_are_paced(rig: Rig) -> None:
    with Server(contract) as server:
        result = rig.drive(server, "shop", PACED, users=32, duration_s=1.0)
        assert (result.complaints, result.errors, result.users_ended) == ({}, {}, 0)
        assert result.sent + result.prepared == server.calls <= 64


@row("options that the harness decides (`--users`, `--host`, `--run-time` and others)")
@row("LaneUser and other users in one file")
@pytest.mark.parametrize(
    ("arguments", "source", "said"),
    [
        ("--users 3", FILES["life"], "--users"),
        ("--host http://192.0.2.1", FILES["life"], "--host"),
        (
            "",
            FILES["life"] + "from harness.load.process.users import LaneUser\nclass Lane(LaneUser):\n    pass\n",
            "Lane",
        ),
    ],
)
def test_what_the_harness_decides_is_refused(
    tmp_path_factory: pytest.TempPathFactory, arguments: str, source: str, said: str
) -> None:
    given = scenarios({"refused": source}, tmp_path_factory.mktemp("refused"))
    with pytest.raises(UsageError, match=said):
        Generator(given, frozenset({0}), spin=False, arguments=arguments)


def test_every_row_of_the_page_is_a_test_and_every_test_has_its_row() -> None:
    from tests.load.process import (  # noqa: PLC0415 - they add their rows
        test_locust_customs,  # noqa: F401
        test_locust_services,  # noqa: F401
        test_locust_traffic,  # noqa: F401
        test_scenarios,  # noqa: F401
    )

    assert sorted(set(PROVEN)) == sorted(rows_of_page())
