"""What public locustfiles also use: chains, abstract classes, the runner, names, settings of clients, arguments.

Rows of docs/locust.md.
"""

from __future__ import annotations

from collections import Counter

import pytest

from harness.errors import UsageError
from harness.load.generator import Generator
from harness.model import ErrorKind, LoadKind
from tests.load.features import Rig, by_path, paths, row, scenarios
from tests.load.server import Server, hello

pytestmark = pytest.mark.locust

CLOSED = LoadKind.CLOSED
OUTSIDE = (
    "outside: GET http://192.0.2.1/elsewhere: the scenario wanted to connect to 192.0.2.1:80, which is not this "
    "machine; allow it with HARNESS_HOSTS"
)
_HEAD = """
import gevent
from locust import FastHttpUser, HttpUser, MarkovTaskSet, events, run_single_user, task, transition, transitions
from urllib3 import PoolManager
"""
WEIGHTS = """
class Often(FastHttpUser):
    weight = 3
    def on_start(self):
        self.client.get("/user/often")
    @task
    def ask(self):
        self.client.get("/")
class Seldom(Often):
    weight = 1
    def on_start(self):
        self.client.get("/user/seldom")
"""
FILES = {
    name: _HEAD + source
    for name, source in {
        "kills": """
class Caller(HttpUser):
    @task
    def ask(self):
        self.client.get("/")
        late = gevent.spawn(self.client.get, "/late")
        gevent.sleep(0)
        late.kill()
""",
        "exits": """
import sys
class Caller(FastHttpUser):
    @task
    def ask(self):
        self.client.get("/")
        sys.exit("enough")
""",
        "exits_at_start": """
import sys
@events.test_start.add_listener
def on_start(environment, **_):
    sys.exit("no backend")
class Caller(FastHttpUser):
    @task
    def ask(self):
        self.client.get("/")
""",
        "exits_beside": """
import sys
@events.init.add_listener
def on_init(environment, **_):
    gevent.spawn(sys.exit, 1)
class Caller(FastHttpUser):
    @task
    def ask(self):
        self.client.get("/")
""",
        "clinging": """
class Caller(FastHttpUser):
    @task
    def ask(self):
        self.client.get("/")
    def on_stop(self):
        self.client.get("/event/on_stop")
        gevent.sleep(1000)
@events.test_stop.add_listener
def on_stop(environment, **_):
    gevent.sleep(1000)
""",
        "markov": """
class Shop(MarkovTaskSet):
    @transition("products")
    def index(self):
        self.client.get("/index")
    @transitions({"index": 1})
    def products(self):
        self.client.get("/products")
class Caller(HttpUser):
    tasks = [Shop]
if __name__ == "__main__":
    run_single_user(Caller)
""",
        "mixed": """
class Greets(FastHttpUser):
    abstract = True
    @task
    def greet(self):
        self.client.get("/greet")
class Base(Greets):
    abstract = True
    @task
    def base(self):
        runner = self.environment.runner
        assert runner.state == "running", runner.state
        assert (runner.user_count, runner.stats) == (3, self.environment.stats), runner.user_count
        self.client.get("/base")
class Caller(Base):
    pass
""",
        "hard_coded": """
class Plain(HttpUser):
    @task
    def ask(self):
        self.client.get("/")
        self.client.get("http://127.0.0.1:9/plain")
class Fast(FastHttpUser):
    @task
    def ask(self):
        self.client.get("/")
        self.client.get("http://127.0.0.1:9/fast")
""",
        "named": """
class Plain(HttpUser):
    pool_manager = PoolManager(maxsize=4, block=True)
    @task
    def ask(self):
        self.client.get("/blog/1", name="/blog/[id]")
        with self.client.rename_request("/blog/[id]"):
            self.client.get("/blog/2")
        self.client.get(self.host + "/whole", timeout=60)
class Fast(FastHttpUser):
    default_headers = {"X-From": "fast"}
    concurrency = 2
    connection_timeout = network_timeout = 60
    @task
    def ask(self):
        self.client.get("/fast")
        self.client.get("http://192.0.2.1/elsewhere")
""",
    }.items()
}


@row("`MarkovTaskSet`", '`run_single_user` in `if __name__ == "__main__"`')
def test_a_markov_chain_keeps_its_transitions_over_the_end_of_a_slice(rig: Rig) -> None:
    with Server() as server:
        results = [rig.drive(server, "markov", CLOSED, users=1, duration_s=0.05) for _ in range(3)]
        steps = ["/index", "/products"]
        assert len(server.seen) == sum(result.sent for result in results) >= 3
        assert paths(server) == [steps[number % 2] for number in range(len(server.seen))]
        assert all(result.complaints == {} for result in results)


@row("abstract user classes", "`environment.runner`: `user_count`, `state`, `stats`")
def test_tasks_of_abstract_classes_run_and_the_runner_is_that_of_the_target(rig: Rig) -> None:
    server, result = rig.drive_at_least(40, hello, "mixed", CLOSED, users=3)
    assert (result.complaints, result.errors) == ({}, {})
    assert set(paths(server)) == {"/greet", "/base"}


@row("names of user classes, `--equal-weights`")
@pytest.mark.parametrize(
    ("arguments", "users"),
    [("", {"often": 6, "seldom": 2}), ("Seldom", {"seldom": 8}), ("--equal-weights", {"often": 4, "seldom": 4})],
)
def test_arguments_choose_user_classes_and_their_weights(
    tmp_path_factory: pytest.TempPathFactory, arguments: str, users: dict[str, int]
) -> None:
    given = scenarios({"weights": _HEAD + WEIGHTS}, tmp_path_factory.mktemp("weights"))
    with Generator(given, frozenset({0}), spin=False, arguments=arguments) as started, Server() as server:
        Rig(started).drive(server, "weights", CLOSED, users=8)
        begun = Counter(path.removeprefix("/user/") for path in paths(server) if path.startswith("/user/"))
    assert begun == users


@row("`name`, `rename_request`, `request_name`", "absolute URLs")
@row("`pool_manager`, `concurrency`, `default_headers`, time-outs of a client")
def test_names_are_in_errors_and_absolute_urls_go_to_the_target_or_nowhere(rig: Rig) -> None:
    server, result = rig.drive_at_least(40, by_path(blog="404 Not Found"), "named", CLOSED)
    seen = Counter(paths(server))
    assert {call.headers.get("x-from") for call in server.seen if call.path == "/fast"} == {"fast"}
    assert result.errors.keys() == {ErrorKind.REJECTED, ErrorKind.OUTSIDE}
    assert result.errors[ErrorKind.REJECTED] == seen["/blog/1"] + seen["/blog/2"]
    assert abs(result.errors[ErrorKind.OUTSIDE] - seen["/fast"]) <= 1  # the slice may end between the two
    assert result.verified == seen["/fast"] + seen["/whole"] > 0
    assert result.first_error in {"rejected: GET /blog/[id]: status 404", OUTSIDE}
    assert result.failed["GET /blog/[id]: status 404"] == result.errors[ErrorKind.REJECTED]
    assert sum(result.failed.values()) == sum(result.errors.values())


def test_a_refused_connect_at_another_port_of_this_machine_is_not_the_targets(rig: Rig) -> None:
    _, result = rig.drive_at_least(40, hello, "hard_coded", CLOSED)
    assert result.errors.keys() == {ErrorKind.OUTSIDE}
    said = "it went to 127.0.0.1:9, which is not the target; write its path alone"
    names = {"/plain", "http://127.0.0.1:9/fast"}
    assert {text.partition(" (")[0] for text in result.failed} == {f"GET {name}: {said}" for name in names}


def test_a_user_that_kills_a_greenlet_of_its_own_still_waits_for_slices(rig: Rig) -> None:
    with Server() as server:
        for _ in range(2):
            result = rig.drive(server, "kills", CLOSED, duration_s=1.0)
            assert (result.prepared, result.errors, result.complaints) == (0, {}, {})
            assert result.sent > 2


@row("`sys.exit`")
def test_sys_exit_ends_the_users_of_this_target_and_is_a_complaint(rig: Rig) -> None:
    with Server() as server:
        result = rig.drive(server, "exits", CLOSED, users=3)
        assert (result.users_ended, result.errors) == (3, {})
        assert result.complaints.keys() == {"Caller: SystemExit: enough"}
        assert 1 <= result.sent <= 3
    with Server() as server:
        result = rig.drive(server, "exits_at_start", CLOSED, users=3)
        assert (result.sent, server.calls) == (0, 0)
        assert result.complaints == {"a listener called sys.exit at test_start: SystemExit: no backend": 1}
    server, result = rig.drive_at_least(4, hello, "exits_beside", CLOSED, users=3)
    assert (result.sent, result.complaints) == (server.calls, {})


@row("an `on_stop` or a listener of `test_stop` that does not end")
def test_an_on_stop_that_does_not_end_is_cut_off(tmp_path_factory: pytest.TempPathFactory) -> None:
    source = "\n".join(
        (
            "from harness.load.process import user_groups",
            "user_groups._ON_STOP_DEADLINE_S = user_groups.END_S = 0.3",
            FILES["clinging"],
        )
    )
    given = scenarios({"clinging": source}, tmp_path_factory.mktemp("clinging"))
    with Generator(given, frozenset({0}), spin=False) as started, Server() as server:
        own = Rig(started)
        assert own.drive(server, "clinging", CLOSED, users=3).complaints == {}
        fewer = own.drive(server, "clinging", CLOSED, users=1)
        assert fewer.complaints == {"Caller: its on_stop did not end within 0.3 s": 2}
        assert fewer.sent > 0
        own.disconnect(server)
        assert Counter(paths(server))["/event/on_stop"] == 3


@row("tests in pytest's style (`def test_...(session)`)")
def test_tests_in_pytests_style_are_refused_by_name(tmp_path_factory: pytest.TempPathFactory) -> None:
    given = scenarios({"refused": "def test_it(session):\n    session.get('/')\n"}, tmp_path_factory.mktemp("refused"))
    with pytest.raises(UsageError, match=r"tests in pytest's style \(test_it\) are not run"):
        Generator(given, frozenset({0}), spin=False)
