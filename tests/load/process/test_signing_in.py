"""One sign-in in this process: what is kept, and each kind of failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.load.address import resolve
from harness.load.process import signing_in
from harness.load.process.captures import from_header, from_json
from harness.load.process.exchanges import Identity, Request
from harness.load.process.expectations import redirect
from harness.load.process.signing_in import SignInError, sign_in
from harness.load.process.values import Word, kept
from harness.model import ErrorKind
from tests.load.server import Answer, Call, Server, Then, response, unheard

if TYPE_CHECKING:
    from collections.abc import Callable

LOGIN = Request("POST", "/login", form={"user": "{user}"}, values={"user": Word()}, keep={"token": from_json("token")})
PROFILE = Request(
    "GET", "/of/{user}/{token}", values={"user": kept, "token": kept}, keep={"color": from_header("X-Color")}
)


def signed_in(url: str, *requests: Request, seed: str = "1") -> tuple[Identity, list[tuple[str, int]]]:
    address = resolve(url)
    identity, shown = Identity.at(address.authority, seed), []
    sign_in(requests, address, identity, lambda request, _elapsed_s, size: shown.append((str(request), size)))
    return identity, shown


def welcome(call: Call) -> Answer:
    if call.path == "/login":
        return Answer((response(b'{"token": 7}', headers=("Set-Cookie: s=1; Path=/",)),), Then.CLOSE)
    return Answer((response(b"", headers=("X-Color: red",)),))


def test_later_requests_have_the_values_and_the_cookies_of_earlier_ones() -> None:
    with Server(welcome) as server:
        identity, shown = signed_in(server.url, LOGIN, PROFILE)
    login, profile = server.seen
    user = identity.values["user"]
    assert login.body.decode() == f"user={user}"
    assert (profile.path, profile.headers["cookie"]) == (f"/of/{user}/7", "s=1")
    assert identity.values == {"user": user, "token": 7, "color": "red"}
    assert shown == [("POST /login", 12), ("GET /of/{user}/{token}", 0)]


def test_each_user_draws_its_own_name() -> None:
    with Server(welcome) as server:
        names = {signed_in(server.url, LOGIN, seed=str(seed))[0].values["user"] for seed in range(5)}
    assert len(names) == 5


def test_an_expected_redirect_is_not_followed() -> None:
    moved = response(b"", status="302 Found", headers=("Location: /home",))
    with Server(lambda _call: Answer((moved,))) as server:
        signed_in(server.url, Request("POST", "/login", expect=redirect("/home")))
    assert [call.path for call in server.seen] == ["/login"]


FAILURES: dict[ErrorKind, tuple[Callable[[Call], Answer], str]] = {
    ErrorKind.STATUS: (lambda _: Answer((response(status="403 No"),)), "status 403, expected 200"),
    ErrorKind.BODY: (lambda _: Answer((response(),)), "the answer has no JSON member token"),
    ErrorKind.FRAMING: (lambda _: Answer((b"SSH-2.0",)), "not an HTTP/1 response"),
    ErrorKind.RESET: (lambda _: Answer((), Then.CLOSE), "the connection was closed without an answer"),
    ErrorKind.TIMEOUT: (lambda _: Answer((), Then.HANG), "timed out"),
}


@pytest.mark.parametrize(("kind", "answer", "words"), [(kind, *of) for kind, of in FAILURES.items()], ids=FAILURES)
def test_each_failure_has_its_kind_and_its_request(
    monkeypatch: pytest.MonkeyPatch, kind: ErrorKind, answer: Callable[[Call], Answer], words: str
) -> None:
    monkeypatch.setattr(signing_in, "TIMEOUT_S", 0.2 if kind is ErrorKind.TIMEOUT else 60.0)
    with Server(answer) as server, pytest.raises(SignInError, match=f"sign-in: POST /login: .*{words}") as caught:
        signed_in(server.url, LOGIN)
    assert (caught.value.complaint.kind, caught.value.request) == (kind, LOGIN)


def test_a_closed_port_is_a_connect_error() -> None:
    with unheard() as url, pytest.raises(SignInError) as caught:
        signed_in(url, LOGIN)
    assert caught.value.complaint.kind is ErrorKind.CONNECT
