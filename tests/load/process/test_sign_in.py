"""Lane users that sign in: what each sends afterwards, in the harness's user groups and under plain Locust."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from harness.errors import MeasurementError, UsageError
from harness.load.generator import Generator
from harness.model import ErrorKind, Scenario, SliceResult
from tests.checkout import ROOT
from tests.load.conftest import SUBJECT, order
from tests.load.server import Answer, Call, Server, response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.locust

DOCUMENT = (ROOT / "docs" / "scenarios.md").read_text()
EXAMPLES = dict(re.findall(r"```python (\w+)\.py\n(.*?)```", DOCUMENT, re.DOTALL))
HEAD = "from harness.users import *\n\nclass Member(LaneUser):\n    "


def shop(call: Call) -> Answer:
    """Sign members in: a token in the body, a cookie for all paths, and one for another path."""
    if call.path == "/login":
        user = parse_qs(call.body.decode())["user"][0]
        given = ("Set-Cookie: session=" + user + "; Path=/; HttpOnly", "Set-Cookie: other=1; Path=/admin")
        body = json.dumps({"token": f"t-{user}", "user": {"id": len(user)}}).encode()
        return Answer((response(body, media_type="application/json", headers=given),))
    user = re.sub("^.*session=", "", call.headers.get("cookie", "session="))
    if call.headers.get("authorization") == f"Bearer t-{user}" and call.path == "/me":
        return Answer((response(json.dumps({"name": user}).encode(), media_type="application/json"),))
    if call.path == "/notes" and call.method == "POST" and user:
        return Answer((response(b"", status="302 Found", headers=("Location: /notes/new",)),))
    return Answer((response(b"who?", status="401 Unauthorized"),))


def driven(path: Path, url: str, users: int = 3, slices: int = 1) -> list[SliceResult]:
    """Drive a scenario as the harness does."""
    orders = [order(number=number, name="member", connections=users, duration_s=0.7) for number in range(slices)]
    with Generator([Scenario("member", "", path)], frozenset({0}), spin=False) as generator:
        return list(generator.run(orders, {SUBJECT: url}))


def written(folder: Path, text: str) -> Path:
    path = folder / "member.py"
    path.write_text(text)
    return path


def test_each_user_signs_in_once_and_its_requests_have_its_token_and_cookie(tmp_path: Path) -> None:
    with Server(shop) as server:
        results = driven(written(tmp_path, EXAMPLES["lane"]), server.url, slices=2)
    logins = [call for call in server.seen if call.path == "/login"]
    others = [call for call in server.seen if call.path != "/login"]
    assert [dict(result.errors) for result in results] == [{}, {}]
    assert len(logins) == 3, "and not again for the second slice"
    assert [result.prepared for result in results] == [3, 0]
    assert sum(result.sent for result in results) == len(others) > 20, "the sign-in is in no result"
    assert len({call.headers["cookie"] for call in others}) == 3
    assert not [call for call in others if "other=" in call.headers["cookie"]]


def test_each_user_sends_its_requests_in_order_and_goes_on_in_the_next_slice(tmp_path: Path) -> None:
    with Server(shop) as server:
        driven(written(tmp_path, EXAMPLES["lane"]), server.url, slices=3)
    by_user: dict[str, list[str]] = defaultdict(list)
    for call in server.seen:
        if call.path != "/login":
            by_user[call.headers["cookie"]].append(call.path)
    assert len(by_user) == 3
    for paths in by_user.values():
        assert paths == [("/me", "/notes")[turn % 2] for turn in range(len(paths))]


def locust(path: Path, server: Server, enough: Callable[[], bool], *options: str) -> tuple[int | None, str, str]:
    """Run a locustfile until its server has seen enough; return the exit status, stdout and stderr.

    Its users may end what they have begun, and must not wait for the whole of Locust's stop timeout.
    """
    command = [sys.executable, "-m", "locust", "-f", str(path), "--headless", "--json", "--stop-timeout", "600"]
    with subprocess.Popen(
        [*command, "--host", server.url, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        give_up_s = time.monotonic() + 120
        while process.poll() is None and not enough() and time.monotonic() < give_up_s:
            time.sleep(0.05)
        process.terminate()
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err


@pytest.mark.parametrize("name", ["lane", "http"])
def test_both_examples_of_the_document_do_the_same_under_plain_locust(tmp_path: Path, name: str) -> None:
    def all_asked() -> bool:
        asked = Counter(call.path for call in list(server.seen))
        return asked["/login"] == 2 and asked["/me"] > 2 and asked["/notes"] > 2

    with Server(shop) as server:
        code, out, err = locust(written(tmp_path, EXAMPLES[name]), server, all_asked, "-u", "2", "-r", "2")
    assert code == 0, err
    found: list[dict[str, Any]] = json.loads(out)
    assert {(entry["method"], entry["name"]) for entry in found} == {
        ("POST", "/login"),
        ("GET", "/me"),
        ("POST", "/notes"),
    }
    in_flight = server.calls - sum(entry["num_requests"] for entry in found)
    assert 0 <= in_flight <= 2, "an HttpUser may end with a request in flight"
    assert [entry["num_requests"] for entry in found if entry["name"] == "/login"] == [2]


def test_a_wrong_answer_of_a_sign_in_is_an_error_of_each_slice_and_no_load_is_sent(tmp_path: Path) -> None:
    with Server(lambda _call: Answer((response(b"", status="500 No"),))) as server:
        results = driven(written(tmp_path, EXAMPLES["lane"]), server.url, users=2, slices=2)
    assert [dict(result.errors) for result in results] == [{ErrorKind.STATUS: 2}] * 2
    assert results[0].first_error == "status: sign-in: POST /login: status 500, expected 200"
    assert {call.path for call in server.seen} == {"/login"}


def test_under_plain_locust_a_failed_sign_in_is_a_failure_and_the_user_ends(tmp_path: Path) -> None:
    with Server(lambda _call: Answer((response(b"{}", status="500 No"),))) as server:
        code, out, _ = locust(written(tmp_path, EXAMPLES["lane"]), server, lambda: server.calls > 0, "-u", "1")
    [entry] = json.loads(out)
    assert (code, entry["name"], entry["num_failures"]) == (1, "/login", 1)
    assert server.calls == 1


@pytest.mark.parametrize(
    ("keep", "cause"),
    [
        ('from_json("absent")', "the answer has no JSON member absent"),
        ('from_json("user")', "the JSON member user is neither a string nor an integer"),
        ('from_header("X-Token")', "the answer has no header X-Token"),
    ],
)
def test_a_value_that_an_answer_does_not_have_is_named(tmp_path: Path, keep: str, cause: str) -> None:
    login = f'Request("POST", "/login", form={{"user": "ann"}}, keep={{"token": {keep}}})'
    text = f'{HEAD}sign_in = ({login},)\n    requests = (Request("GET", "/{{token}}", values={{"token": kept}}),)\n'
    with Server(shop) as server:
        [result] = driven(written(tmp_path, text), server.url, users=1)
    assert result.first_error == f"body: sign-in: POST /login: {cause}"


def test_an_own_on_start_gives_its_values_to_the_requests(tmp_path: Path) -> None:
    text = (
        f'{HEAD}requests = (Request("GET", "/hello/{{name}}", values={{"name": kept}}),)\n'
        "    def on_start(self):\n"
        '        self.identity.values["name"] = "ann"\n'
        "        super().on_start()\n"
    )
    with Server() as server:
        [result] = driven(written(tmp_path, text), server.url, users=2)
    assert (dict(result.errors), result.sent) == ({}, server.calls)
    assert {call.path for call in server.seen} == {"/hello/ann"}


IMPATIENT = """
import sys
from harness.load.process import user_groups, worker
user_groups.TIMEOUT_S = 0.1
sys.exit(worker.main(["--cpus", "0"]))
"""


def test_an_own_on_start_without_an_end_is_an_error_that_names_its_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        f'{HEAD}requests = (Request("GET", "/"),)\n'
        "    def on_start(self):\n"
        "        from gevent.event import Event\n"
        "        Event().wait()\n"
    )
    monkeypatch.setattr("harness.load.generator.worker_command", lambda *_, **__: [sys.executable, "-c", IMPATIENT])
    wanted = order(name="member", connections=2, timeout_s=0.1)
    with Server() as server, Generator([Scenario("member", "", written(tmp_path, text))], frozenset({0})) as generator:
        with pytest.raises(MeasurementError) as caught:
            list(generator.run([wanted], {SUBJECT: server.url}))
        assert server.calls == 0
    assert str(caught.value) == (
        "users missing (Member): 2 of 2 were still in on_start after 0.2 s. Give each of its requests and waits a "
        "time-out, or move what takes long to test_start."
    )


METHODS = ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")


def test_every_method_is_sent_as_it_is(tmp_path: Path) -> None:
    def answer(call: Call) -> Answer:
        whole = response()
        return Answer((whole[: whole.index(b"\r\n\r\n") + 4] if call.method == "HEAD" else whole,))

    text = f'{HEAD}in_order = True\n    requests = tuple(Request(name, "/") for name in {METHODS})\n'
    with Server(answer) as server:
        [result] = driven(written(tmp_path, text), server.url, users=1)
    assert (dict(result.errors), result.sent) == ({}, server.calls)
    assert [call.method for call in server.seen][: len(METHODS)] == list(METHODS)


def test_a_redirect_to_elsewhere_is_an_error_and_is_not_followed(tmp_path: Path) -> None:
    text = f'{HEAD}requests = (Request("GET", "/", expect=redirect("/login")),)\n'
    away = response(b"", status="302 Found", headers=("Location: http://192.0.2.1/login",))
    with Server(lambda _call: Answer((away,))) as server:
        [result] = driven(written(tmp_path, text), server.url, users=1)
    assert dict(result.errors) == {ErrorKind.HEADER: server.calls}
    assert result.first_error == "header: GET /: location: 'http://192.0.2.1/login', expected '/login'"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('requests = (Request("GET", "/{x}", values={"x": kept}),)', "GET /{x} has x from the sign-in, which does not"),
        ('requests = (Request("GET", "/", keep={"x": from_json("x")}),)', "can't keep values: only a sign-in can"),
        (
            'in_order = True; requests = (Request("GET", "/", weight=2),)',
            "so they can't have weights",
        ),
        ('sign_in = ("GET /",); requests = (Request("GET", "/"),)', "Member.sign_in has an item that is not a Request"),
    ],
)
def test_a_class_that_can_not_work_is_refused_with_the_reason(tmp_path: Path, lines: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        driven(written(tmp_path, HEAD + lines), "http://127.0.0.1:9")
