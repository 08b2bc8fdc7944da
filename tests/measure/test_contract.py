"""Questions of a target's own contract: readiness and verification follow it, not targets/CONTRACT.md."""

import random
from dataclasses import replace

import pytest

from harness.errors import TargetError
from harness.measure.contract import first_question, questions
from harness.measure.readiness import READY, asking
from harness.measure.verify import Verifier
from harness.model import ContractPart
from tests.scripted_server import Reply, Request, ScriptedServer, document, text
from tests.trials import GIN

GREETING = ContractPart("/api/v1/greeting", status=201, media_type="text/plain", text="hi there")
PERSON = ContractPart("/people/{name}", "POST", document='{"hello":"{name}"}', send='{"age":"{age}"}')


def strange(request: Request) -> Reply:
    """Answer as an app that nobody wrote for the harness: other paths, and no Date."""
    if request.path == GREETING.path:
        return replace(text("hi there", 201), date=None)
    if request.path.startswith("/people/"):
        return replace(document({"hello": request.path.removeprefix("/people/")}), date=None)
    return text("not found", 404)


def rng() -> random.Random:
    return random.Random(1)  # noqa: S311 - it draws test names, no secrets


def test_questions_have_random_values_in_path_body_and_answer() -> None:
    (question,) = questions((), rng(), {"post_json": PERSON})
    name = question.document["hello"]
    assert str(question) == f"POST /people/{name}" or "%" in question.path
    assert question.send is not None
    assert question.send.startswith(b'{"age":')
    assert next(questions((), random.Random(2), {"post_json": PERSON})).path != question.path  # noqa: S311


def test_the_own_contract_comes_first_and_parts_of_the_standard_one_follow() -> None:
    asked = questions(("json",), rng(), {"hello": GREETING})
    assert list(map(str, asked)) == ["GET /api/v1/greeting", "GET /json"]


def test_a_target_is_ready_when_it_answers_its_own_contract() -> None:
    with ScriptedServer.listening(strange) as server:
        own, standard = (asking(first_question(("plain",), contract)) for contract in ({"hello": GREETING}, {}))
        assert own("127.0.0.1", server.port) == READY
        assert standard("127.0.0.1", server.port).wrong == "status 404 instead of 200"


def test_verification_asks_the_own_contract_and_notes_what_is_other() -> None:
    with ScriptedServer.listening(strange) as server:
        verifier = Verifier(GIN, server.url, (), rng(), {"hello": GREETING})
        verifier.verify()
        verifier.verify_date_moved()
    assert verifier.notes == ("it answers a contract of its own", "its answers have no Date")


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        (replace(GREETING, status=200), "status 201 instead of 200"),
        (replace(GREETING, media_type="text/html"), "content type text/plain instead of text/html"),
        (replace(GREETING, text="hi"), "body b'hi there' instead of b'hi'"),
        (replace(GREETING, headers={"x-app": "one"}), "no x-app header"),
        (replace(GREETING, headers={"content-type": "x"}), "content-type 'text/plain; charset=utf-8' instead of 'x'"),
    ],
)
def test_another_answer_than_its_own_contract_is_refused_with_what_is_wrong(part: ContractPart, wrong: str) -> None:
    with ScriptedServer.listening(strange) as server, pytest.raises(TargetError) as caught:
        Verifier(GIN, server.url, (), rng(), {"hello": part}).verify()
    assert (caught.value.where, caught.value.cause) == ("gin_app:release, GET /api/v1/greeting", wrong)
    assert caught.value.remedy == "Answer exactly as [contract] in target.toml says, or correct this contract."
