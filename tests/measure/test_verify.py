"""Verification: every check, on a real server with exactly one fault."""

import itertools
import json
import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from harness.errors import TargetError
from harness.load.http1 import Response
from harness.measure import verify
from harness.measure.contract import Question, oddities, questions, wrongness
from harness.measure.verify import Verifier
from harness.model import ContractPart
from tests.fakes import TARGETS
from tests.scripted_server import Answer as Script
from tests.scripted_server import Reply, Request, ScriptedServer, document, right_answer, text
from tests.trials import GIN

ALL = ("plain", "json", "path", "post")

Damage = Callable[[Reply], Reply]


def damaged(path: str, damage: Damage, method: str = "GET") -> Script:
    """Return a function that damages the answers to paths with this beginning, and answers all others correctly."""

    def answer(request: Request) -> Reply | None:
        right = right_answer(request)
        hit = request.method == method and (request.path == path or (path != "/" and request.path.startswith(path)))
        return damage(right) if hit and right.status == 200 else right

    return answer


def rng(seed: int = 1) -> random.Random:
    return random.Random(seed)  # noqa: S311 - it draws test names, no secrets


def verifier(server: ScriptedServer, answers: tuple[str, ...] = ALL) -> Verifier:
    return Verifier(GIN, server.url, answers, rng())


def complaint(answer: Script, answers: tuple[str, ...] = ALL) -> str:
    """Verify a target with these answers, and return the place and the cause of the error."""
    with ScriptedServer.listening(answer) as server, pytest.raises(TargetError) as caught:
        verifier(server, answers).verify()
    assert "targets/CONTRACT.md" in caught.value.remedy
    return f"{caught.value.where}: {caught.value.cause}"


def test_a_target_with_correct_answers_passes() -> None:
    with ScriptedServer.listening() as server:
        verifier(server).verify()
    requests = [(request.method, request.path.partition("/hello/")[1] or request.path) for request in server.requests]
    assert requests == [("GET", "/"), ("GET", "/json"), ("GET", "/hello/"), *[("POST", "/json")] * 4]


@pytest.mark.parametrize(("part", "requests"), [("plain", 1), ("json", 1), ("path", 1), ("post", 4)])
def test_only_the_parts_that_the_target_claims_to_answer_are_requested(part: str, requests: int) -> None:
    with ScriptedServer.listening() as server:
        verifier(server, (part,)).verify()
    assert len(server.requests) == requests


@pytest.mark.parametrize("path", ["/", "/json", "/hello/"])
def test_a_wrong_status_is_rejected(path: str) -> None:
    error = complaint(damaged(path, lambda right: replace(right, status=203)))
    assert error.startswith(f"gin_app:release, GET {path}")
    assert error.endswith("status 203 instead of 200")


def test_a_post_with_a_wrong_status_is_rejected() -> None:
    error = complaint(damaged("/json", lambda right: replace(right, status=201), "POST"))
    assert error == "gin_app:release, POST /json: status 201 instead of 200"


def test_a_wrong_content_type_is_rejected() -> None:
    error = complaint(damaged("/", lambda right: replace(right, content_type="text/html; charset=utf-8")))
    assert error == "gin_app:release, GET /: content type text/html instead of text/plain"


def test_a_missing_content_type_is_rejected() -> None:
    error = complaint(damaged("/json", lambda right: replace(right, content_type=None)))
    assert error == "gin_app:release, GET /json: content type none instead of application/json"


def test_parameters_and_case_of_a_content_type_are_ignored() -> None:
    with ScriptedServer.listening(
        damaged("/", lambda r: replace(r, content_type="Text/Plain;charset=ASCII"))
    ) as server:
        verifier(server).verify()


def test_an_answer_without_a_date_is_rejected() -> None:
    error = complaint(damaged("/json", lambda right: replace(right, date=None)))
    assert error == "gin_app:release, GET /json: no Date header"


def test_a_text_with_one_wrong_byte_is_rejected() -> None:
    error = complaint(damaged("/", lambda _: text("Hello, World!\n")))
    assert error == "gin_app:release, GET /: body b'Hello, World!\\n' instead of b'Hello, World!'"


@pytest.mark.parametrize(
    "value", [{"message": "Hello, world!"}, {"message": "Hello, World!", "more": 1}, ["Hello, World!"], None]
)
def test_another_json_value_is_rejected(value: object) -> None:
    assert "instead of {'message': 'Hello, World!'}" in complaint(damaged("/json", lambda _: document(value)))


def test_a_body_that_is_not_json_is_rejected() -> None:
    error = complaint(damaged("/json", lambda right: replace(right, body=b'{"message": "Hello, World!"')))
    assert error == 'gin_app:release, GET /json: body b\'{"message": "Hello, World!"\' is not JSON'


def test_a_path_value_that_is_not_echoed_is_rejected() -> None:
    assert "body b'Hello, Anna!' instead of b'Hello, " in complaint(damaged("/hello/", lambda _: text("Hello, Anna!")))


def test_a_greeting_of_another_person_is_rejected() -> None:
    error = complaint(damaged("/json", lambda _: document({"message": "Hello, Anna! You are 3."}), "POST"))
    assert error.startswith("gin_app:release, POST /json: body ")


def refusing(reply: Reply) -> Script:
    return lambda request: reply if right_answer(request).status == 422 else right_answer(request)


def test_a_target_that_accepts_an_invalid_person_is_rejected() -> None:
    error = complaint(refusing(document({"error": "age"}, 200)))
    assert error == "gin_app:release, POST /json: status 200 instead of 422"


@pytest.mark.parametrize("value", [{}, {"error": ""}, {"reason": "age"}, ["error"], "error"])
def test_a_refusal_without_a_reason_is_rejected(value: object) -> None:
    assert complaint(refusing(document(value, 422))).endswith("gives no reason under 'error'")


@pytest.mark.parametrize("wrong", [{"name": "x"}, {"name": "x", "age": 151}, {"name": "x", "age": "1"}])
def test_each_kind_of_invalid_person_is_sent(wrong: dict[str, object]) -> None:
    """A target fails if it accepts only a missing age, only an age that is too high, or only an age that is a text."""

    def lenient(request: Request) -> Reply:
        passes = request.method == "POST" and same_fault(request, wrong)
        return document({"message": "Hello!"}) if passes else right_answer(request)

    assert "status 200 instead of 422" in complaint(lenient, ("post",))


def same_fault(request: Request, wrong: dict[str, object]) -> bool:
    return (b'"age"' in request.body, b'"age": 151' in request.body, b'"age": "' in request.body) == (
        "age" in wrong,
        wrong.get("age") == 151,
        isinstance(wrong.get("age"), str),
    )


def test_the_values_depend_only_on_the_seed() -> None:
    def drawn(seed: int) -> set[tuple[str, bytes | None]]:
        return {(question.path, question.send) for question in questions(("path", "post"), rng(seed))}

    assert drawn(1) == drawn(1)
    assert not drawn(1) & drawn(2)


def test_a_target_that_closes_the_connection_has_not_answered() -> None:
    assert "no answer: " in complaint(lambda _: None)


def test_a_target_that_times_out_has_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "_TIMEOUT_S", 0.05)
    with ScriptedServer.listening() as server:
        server.answer = server.silent
        with pytest.raises(TargetError, match=r"no answer: a request timed out after 0\.05 s"):
            verifier(server).verify()


def raw(head: bytes, *pieces: bytes, every_s: float = 0.0) -> str:
    """Verify a target that sends these bytes, the last piece without end; return the cause of the error."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(head)
                for piece in itertools.chain(pieces, itertools.repeat(pieces[-1])):
                    time.sleep(every_s)
                    connection.sendall(piece)

        answering = threading.Thread(target=answer, daemon=True)
        answering.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(TargetError) as caught:
            Verifier(GIN, url, ("json",), rng()).verify()
        answering.join()
    return caught.value.cause


JSON = b"HTTP/1.1 200 OK\r\nDate: x\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("head", "cause"),
    [
        (JSON + b"Content-Length: " + b"9" * 23 + b"\r\n\r\n", "not a content length: '99999999999999999999999'"),
        (JSON + b"Content-Length: 10000000000000\r\n\r\n", "a body of more than 65536 bytes"),
        (JSON + b"\r\n", "a body of more than 65536 bytes"),
        (JSON + b"Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n", "a body of more than 65536 bytes"),
        (b"HTTP/1.1 200 OK\r\n", "headers of more than 65536 bytes"),
    ],
    ids=["23 digits", "10^13", "without end", "one endless chunk", "an endless head"],
)
def test_a_body_without_end_is_a_wrong_answer_that_is_read_no_further(head: bytes, cause: str) -> None:
    assert raw(head, b"[" * 65_536) == cause


def test_what_follows_an_answer_is_wrong_before_load_as_under_load() -> None:
    right = JSON + b"Content-Length: 27\r\n\r\n" + b'{"message":"Hello, World!"}'
    assert raw(right * 2, b"x").endswith(" bytes after the end of the answer")


def test_interim_answers_without_end_and_http_0_9_are_wrong_answers() -> None:
    assert raw(b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 99).startswith(
        "headers of more"
    )
    assert raw(b"Hello, World!", b"!").startswith("not an HTTP/1 response: b'Hello, World!")


def test_a_byte_now_and_then_is_no_answer_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "_TIMEOUT_S", 0.3)
    assert "no answer: " in raw(JSON, b"\r", b"\n", b"[", every_s=0.1)


@pytest.mark.parametrize("body", [b"[" * 60_000, b"1" * 60_000, b'{"message": 1e999}', b"\xff\xfe", b"-" * 60_000])
def test_no_body_raises_anything_but_the_targets_error(body: bytes) -> None:
    found = complaint(damaged("/json", lambda right: replace(right, body=body)))
    assert found.startswith("gin_app:release, GET /json: body b")
    assert len(found) < 600


def test_a_check_that_raises_is_a_wrong_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(json, "loads", fails)
    question = Question("GET", "/", 200, None, document={"a": 1})
    found = wrongness(question, Response(200, (("date", "x"),), b"{}", keep_alive=True))
    assert found == "body b'{}' can't be checked: MemoryError: no room"


def test_a_contract_with_a_long_answer_is_read_to_its_end() -> None:
    long = "x" * 300_000
    with ScriptedServer.listening(lambda _: text(long)) as server:
        Verifier(GIN, server.url, (), rng(), {"hello": ContractPart("/", text=long)}).verify()


def test_a_target_that_does_not_listen_has_not_answered() -> None:
    server = ScriptedServer()
    with pytest.raises(TargetError, match=r"no answer: .*refused"):
        verifier(server).verify()
    server.close()


class TestTheDate:
    """It must move: a constant Date is part of a fixed answer."""

    def test_a_date_that_moves_passes(self) -> None:
        with ScriptedServer.listening() as server:
            verifying = verifier(server)
            verifying.verify()
            verifying.verify_date_moved()

    def test_a_constant_date_is_rejected(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(verify, "_DATE_MOVES_WITHIN_S", 0.0)
        with ScriptedServer.listening(lambda request: replace(right_answer(request), date="today")) as server:
            verifying = verifier(server)
            verifying.verify()
            with pytest.raises(TargetError, match="the Date header still says today"):
                verifying.verify_date_moved()

    def test_it_is_compared_with_that_of_the_first_answer(self) -> None:
        dates = iter(["one", "two", "two"])
        with ScriptedServer.listening(lambda request: replace(right_answer(request), date=next(dates))) as server:
            verifying = verifier(server, ("plain", "json"))
            verifying.verify()
            verifying.verify_date_moved()

    def test_the_check_waits_for_it_to_move_after_a_short_load(self) -> None:
        dates = iter(["one", "one", "one", "two"])
        with ScriptedServer.listening(lambda request: replace(right_answer(request), date=next(dates))) as server:
            verifying = verifier(server, ("plain",))
            verifying.verify()
            verifying.verify_date_moved()
        assert len(server.requests) == 4

    def test_a_wrong_answer_is_rejected_at_once(self) -> None:
        with ScriptedServer.listening() as server:
            verifying = verifier(server, ("plain",))
            verifying.verify()
            server.answer = lambda _: text("Bye!")
            with pytest.raises(TargetError, match="body b'Bye!'"):
                verifying.verify_date_moved()
        assert len(server.requests) == 2


def test_a_correct_answer_has_no_fault() -> None:
    question = Question("GET", "/", 200, "text/plain", text="x")
    answer = Response(200, (("content-type", "text/plain"), ("date", "now")), b"x", keep_alive=True)
    assert wrongness(question, answer) is None


@pytest.mark.parametrize(
    ("headers", "minor", "words"),
    [
        ((("content-length", "1"),), 1, ()),
        ((("content-length", "1"),), 0, ("it answers with HTTP/1.0",)),
        ((("transfer-encoding", "chunked"),), 1, ("its answers are chunked, without Content-Length",)),
        ((), 1, ("its answers have no Content-Length: their end is the end of the connection",)),
        ((("content-length", "1"), ("connection", "close")), 1, ()),
    ],
)
def test_the_framing_of_right_answers_is_noted(
    headers: tuple[tuple[str, str], ...], minor: int, words: tuple[str, ...]
) -> None:
    dated = (*headers, ("date", "today"))
    assert oddities(Response(200, dated, b"x", keep_alive=True, minor=minor)) == words
    assert oddities(Response(200, headers, b"x", keep_alive=True, minor=minor)) == (*words, "its answers have no Date")


@pytest.mark.parametrize(
    ("says", "closing", "notes"),
    [
        (False, "every", (verify.CLOSES_UNSAID,)),
        (False, "some", ()),
        (False, "no", ()),
        (True, "every", ()),
        (True, "some", ()),
        (True, "no", ()),
        (None, "every", ()),
        (None, "no", ()),
    ],
)
def test_a_target_that_closes_connections_and_does_not_say_so_in_its_manifest_has_a_note(
    says: bool | None,  # noqa: FBT001 - pytest passes it by name
    closing: str,
    notes: tuple[str, ...],
) -> None:
    closes = {"every": ("/", "/json"), "some": ("/json",), "no": ()}[closing]

    def answer(request: Request) -> Reply:
        return replace(right_answer(request), is_last=request.path in closes)

    with ScriptedServer.listening(answer) as server:
        verifier = Verifier(GIN, server.url, ("plain", "json"), rng(), closes=says)
        verifier.verify()
    assert verifier.notes == notes


@pytest.mark.parametrize("says", [True, False])
def test_what_is_verified_of_connections_is_what_the_variant_says(says: bool) -> None:  # noqa: FBT001 - a parameter
    target = TARGETS["gin_app"]
    variants = tuple(replace(one, closes_connections=says) for one in target.variants)
    with ScriptedServer.listening(lambda request: replace(right_answer(request), is_last=True)) as server:
        verifier = Verifier.of(GIN, server.url, replace(target, variants=variants), rng())
        verifier.verify()
    assert verifier.notes == (() if says else (verify.CLOSES_UNSAID,))
