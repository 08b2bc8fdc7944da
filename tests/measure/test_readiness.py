"""Readiness: the first right answer, and what is said of a target that will not give it."""

import os
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain, repeat
from types import SimpleNamespace

import pytest

from harness.measure import readiness
from harness.measure.contract import first_question
from harness.measure.readiness import READY, UNANSWERED, Look, Probe, ReadyPoller, Silence, asking, pause_s
from tests.fakes import ANY_CPU, FakeInstance, Script
from tests.scripted_server import Reply, Request, ScriptedServer, right_answer, text
from tests.trials import FLASK

WRONG = (text("Starting", 503), text("Hello, World"), text("Hello, World!\n"), text("Hello, World!", 404))


@pytest.fixture(autouse=True)
def _an_answer_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have only what is never answered run into a time-out, however busy this machine is."""
    monkeypatch.setattr(readiness, "_ANSWER_TIMEOUT_S", 60.0)


def looked(port: int, parts: Sequence[str] = ("plain",)) -> Look:
    """Look once at a port of this machine."""
    return asking(first_question(parts))("127.0.0.1", port)


class TestALook:
    """A target is ready when status and body of its first answer are right, byte by byte."""

    @pytest.mark.parametrize("part", ["plain", "json", "path", "post"])
    def test_the_first_part_that_the_target_answers_decides(self, part: str) -> None:
        def only_this(request: Request) -> Reply | None:
            asked = {"/": "plain", "/json": "post" if request.method == "POST" else "json"}.get(request.path, "path")
            return right_answer(request) if asked == part else text("nothing here", 404)

        with ScriptedServer.listening(only_this) as server:
            assert looked(server.port, [part]) == READY
        assert len(server.requests) == 1

    @pytest.mark.parametrize("reply", WRONG)
    def test_every_other_answer_is_wrong(self, reply: Reply) -> None:
        with ScriptedServer.listening(lambda _: reply) as server:
            look = looked(server.port)
        assert (look.is_ready, look.wrong is None, look.may_come) == (False, False, reply.status == 503)

    @pytest.mark.parametrize(
        ("reply", "wrong"),
        [
            (text("no", 404), "status 404 instead of 200"),
            (text(""), "no body instead of b'Hello, World!'"),
            (text("Bye!"), "body b'Bye!' instead of b'Hello, World!'"),
        ],
    )
    def test_it_says_what_is_wrong(self, reply: Reply, wrong: str) -> None:
        with ScriptedServer.listening(lambda _: reply) as server:
            assert looked(server.port).wrong == wrong

    def test_no_answer_is_not_a_wrong_one(self) -> None:
        with ScriptedServer.listening(lambda _: None) as server:
            assert looked(server.port) == Look(silence="the connection was closed without an answer")

    def test_headers_are_ignored(self) -> None:
        with ScriptedServer.listening(lambda r: replace(right_answer(r), content_type=None, date=None)) as server:
            assert looked(server.port) == READY

    def test_a_redirect_says_where_to(self) -> None:
        there = b"HTTP/1.1 301 Moved\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
        with sending([there]) as port:
            assert looked(port).wrong == "status 301 (a redirect to 'https://127.0.0.1/') instead of 200"

    def test_a_closed_port_gives_no_answer(self) -> None:
        server = ScriptedServer()
        assert looked(server.port) == UNANSWERED
        server.close()

    @pytest.mark.parametrize(
        "pieces",
        [
            [b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, World!"],
            [b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r", b"\nHello", b", World", b"!"],
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"d\r\nHello, World!\r\n0\r\n\r\n"],
            [b"HTTP/1.0 200 OK\r\nContent-Length: 13\r\n\r\nHello, World!"],
        ],
    )
    def test_an_answer_is_accepted_at_its_end_in_any_framing(self, pieces: Sequence[bytes]) -> None:
        with sending(pieces) as port:
            assert looked(port) == READY

    @pytest.mark.parametrize(
        "whole", [b"HTTP/1.1 200 OK\r\n\r\nHello, World", b"HTTP/1.1 200 OK\r\nContent-Length: 13"]
    )
    def test_an_incomplete_answer_is_none(self, whole: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        """It has arrived before its time begins, and only a wait for more of it takes time."""
        ours, theirs = socket.socketpair()
        theirs.sendall(whole)
        monkeypatch.setattr(readiness, "_ANSWER_TIMEOUT_S", 0.05)
        monkeypatch.setattr("harness.measure.asking.connected", lambda *_: ours)
        monkeypatch.setattr("harness.measure.asking.time", SimpleNamespace(monotonic=lambda: 0.0))
        with theirs:
            assert looked(1) == Look(silence=f"an answer began with {whole!r} and was not whole in 0.05 s")

    @pytest.mark.parametrize("whole", [b"HTTP/1.1 2000 OK\r\n\r\n", b"Hello, World!", b"SSH-2.0-OpenSSH_9.2\r\n"])
    def test_another_protocol_is_wrong(self, whole: bytes) -> None:
        with sending([whole]) as port:
            assert looked(port).wrong

    def test_a_body_without_an_end_is_not_read_for_ever(self) -> None:
        sent: list[bytes] = []
        with sending(chain([b"HTTP/1.1 200 OK\r\n\r\n"], repeat(b"x" * (1 << 16), 200)), sent) as port:
            assert looked(port).wrong == "a body of more than 65536 bytes"
        assert len(sent) < 200

    @pytest.mark.parametrize("length", ["9" * 23, "10000000000000"])
    def test_a_length_without_measure_is_wrong(self, length: str) -> None:
        with sending([f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode()]) as port:
            assert looked(port).wrong

    def test_json_that_is_nested_too_deeply_is_wrong(self) -> None:
        body = b"[" * 60_000
        with sending([b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", body]) as port:
            assert (looked(port, ["json"]).wrong or "").endswith("is not JSON")


@contextmanager
def sending(pieces: Iterable[bytes], sent: list[bytes] | None = None) -> Iterator[int]:
    """Listen, and yield the port; send these pieces to the first client, and keep the connection until it closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        thread = threading.Thread(target=_send, args=(listener, pieces, [] if sent is None else sent))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def _send(listener: socket.socket, pieces: Iterable[bytes], sent: list[bytes]) -> None:
    connection, _ = listener.accept()
    with connection, suppress(OSError):  # the client may have closed the connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
            sent.append(piece)
            time.sleep(0.002)
        while connection.recv(4096):
            pass


@contextmanager
def started(script: Script | None = None) -> Iterator[FakeInstance]:
    """Yield an instance that counts as started."""
    instance = FakeInstance(FLASK, script or Script(), [])
    instance.state = "started"
    yield instance
    instance.discard()


def waited(probe: Probe, script: Script | None = None, deadline_s: float = 60.0) -> int | str | None:
    """Poll with a probe at port 81, wait for the poller once its first look is known, and return how that ended."""
    looks = threading.Semaphore(0)

    def noted(host: str, port: int) -> Look:
        look = probe(host, port)
        looks.release(2 if look.is_ready else 1)  # after a ready one there is no second look
        return look

    with started(script) as instance, ReadyPoller("http://127.0.0.1:81", ANY_CPU, noted) as poller:
        for _ in range(2):
            assert looks.acquire(timeout=60)
        return poller.wait(instance, deadline_s)


class TestATargetThatWillNotBeReady:
    @pytest.fixture(autouse=True)
    def _at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readiness, "STAYS_WRONG_S", 0.0)

    def test_an_answer_that_stays_wrong_ends_the_wait_with_what_is_wrong(self) -> None:
        assert waited(lambda *_: Look(wrong="status 404 instead of 200")) == "status 404 instead of 200"

    def test_a_target_that_says_that_it_is_not_ready_gets_its_time(self) -> None:
        looks = iter([Look(wrong="status 503 instead of 200", may_come=True)] * 300)
        assert isinstance(waited(lambda *_: next(looks, READY)), int)

    def test_after_the_deadline_the_last_wrong_answer_is_said(self) -> None:
        late = Look(wrong="status 503 instead of 200", may_come=True)
        assert waited(lambda *_: late, deadline_s=0.05) == "still status 503 instead of 200 after 0.05 s"

    def test_a_unix_socket_is_named_after_the_deadline_and_not_earlier(self) -> None:
        sockets = ("unix:/tmp/app.sock", "unix:@other")
        told = "no answer in 0.5 s; it listens on no port, only on "
        assert (
            waited(lambda *_: UNANSWERED, Script(listens_on=sockets[:1]), 0.5) == told + "a Unix socket: /tmp/app.sock"
        )
        seen = waited(lambda *_: UNANSWERED, Script(listens_on=sockets), 0.5)
        assert seen == told + "Unix sockets: /tmp/app.sock, @other"
        assert not isinstance(seen, Silence)

    def test_a_unix_socket_beside_a_port_is_not_named(self) -> None:
        script = Script(listens_on=("127.0.0.1:8080", "unix:/tmp/control.sock"))
        assert waited(lambda *_: UNANSWERED, script) == "it listens on 127.0.0.1:8080, and its PORT is 81"

    def test_after_the_deadline_a_target_that_never_answered_has_no_answer(self) -> None:
        assert waited(lambda *_: UNANSWERED, deadline_s=0.05) == "no answer in 0.05 s; no listener of it was seen"
        closed = Look(silence="the connection was closed without an answer")
        assert waited(lambda *_: closed, Script(listens_on=("127.0.0.1:81",)), 0.05) == (
            "no answer in 0.05 s; it listens on its port; the connection was closed without an answer"
        )

    @pytest.mark.parametrize(("listens_on", "is_silence"), [(("127.0.0.1:81",), True), ((), False)])
    def test_after_the_deadline_only_a_target_that_listens_is_silent(
        self,
        listens_on: tuple[str, ...],
        is_silence: bool,  # noqa: FBT001 - pytest passes it by name
    ) -> None:
        seen = waited(lambda *_: UNANSWERED, Script(listens_on=listens_on), 0.05)
        assert isinstance(seen, Silence) == is_silence

    def test_a_listener_that_stays_at_another_address_is_named(self) -> None:
        script = Script(listens_on=("0.0.0.0:9000", "127.0.0.1:8080"))
        seen = waited(lambda *_: UNANSWERED, script)
        assert seen == "it listens on 0.0.0.0:9000, 127.0.0.1:8080, and its PORT is 81"

    @pytest.mark.parametrize("address", ["[::1]:81", "192.0.2.1:81"])
    def test_a_listener_at_the_right_port_of_another_address_is_named(self, address: str) -> None:
        seen = waited(lambda *_: UNANSWERED, Script(listens_on=(address,)))
        assert seen == f"it listens on {address}, and its HOST is 127.0.0.1"

    @pytest.mark.parametrize("address", ["127.0.0.1:81", "0.0.0.0:81", "[::]:81"])
    def test_a_listener_at_the_right_port_is_waited_for(self, address: str) -> None:
        script = Script(listens_on=("127.0.0.1:8080", address))
        assert waited(lambda *_: UNANSWERED, script, 0.5) == "no answer in 0.5 s; it listens on its port"


def test_a_wrong_answer_is_given_two_seconds_to_change(monkeypatch: pytest.MonkeyPatch) -> None:
    assert readiness.STAYS_WRONG_S == 2.0
    monkeypatch.setattr(readiness, "STAYS_WRONG_S", 60.0)  # however late this machine looks again
    began_s = time.monotonic()

    def probe(_host: str, _port: int) -> Look:
        return READY if time.monotonic() > began_s + 0.3 else Look(wrong="status 404 instead of 200")

    assert isinstance(waited(probe), int)


def test_only_the_poller_is_pinned_away_from_the_target() -> None:
    seen: list[set[int]] = []
    mine = os.sched_getaffinity(0)
    one = frozenset({max(mine)})

    def probe(_host: str, _port: int) -> Look:
        seen.append(os.sched_getaffinity(0))
        return READY if len(seen) > 1 else UNANSWERED

    with started() as instance, ReadyPoller("http://127.0.0.1:1", one, probe) as poller:
        assert isinstance(poller.wait(instance, 60.0), int)
    assert seen == [one, one]
    assert os.sched_getaffinity(0) == mine


@pytest.mark.parametrize(
    ("waited_s", "shares_core", "pauses_s"),
    [(0.0, False, 0.001), (30.0, False, 0.001), (0.0, True, 0.001), (0.05, True, 0.001), (1.0, True, 0.02)],
)
def test_on_a_shared_core_the_poller_pauses_longer_for_a_slow_target(
    waited_s: float,
    shares_core: bool,  # noqa: FBT001 - pytest passes it by name
    pauses_s: float,
) -> None:
    assert pause_s(waited_s, shares_core=shares_core) == pytest.approx(pauses_s)


def test_the_poller_requests_the_address_of_its_url_until_its_context_ends() -> None:
    probed: list[tuple[str, int]] = []

    def probe(host: str, port: int) -> Look:
        probed.append((host, port))
        return UNANSWERED

    dead = Script(is_alive=False)
    with started(dead) as instance, ReadyPoller("http://127.0.0.1:81", ANY_CPU, probe) as poller:
        while len(probed) < 3:
            time.sleep(0.001)
        assert poller.wait(instance, 10.0) is None
    assert set(probed) == {("127.0.0.1", 81)}
