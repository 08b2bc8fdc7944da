"""Own contracts of targets under load: the scenario sends their requests, and verifies their answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from harness.load.generator import Generator
from harness.model import ContractPart, ErrorKind, Subject
from tests.load.conftest import order, scenario
from tests.load.server import Answer, Call, Server, response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.locust

OWN, STANDARD, WRONG = (Subject(name, "only") for name in ("own", "standard", "wrong"))
GREETING = ContractPart("/api/v1/greeting", media_type="text/plain", headers={"x-app": "one"}, text="hi there")
PERSON = ContractPart("/people/{name}", "POST", document='{"hello":"{name}"}', send='{"age":"{age}"}')
CONTRACTS = {"own": {"hello": GREETING, "post_json": PERSON}, "wrong": {"hello": replace(GREETING, text="other")}}


@pytest.fixture(scope="module")
def generator() -> Iterator[Generator]:
    loaded = [scenario("hello"), scenario("post_json")]
    with Generator(loaded, frozenset({0}), spin=False, contracts=CONTRACTS) as started:
        yield started


def app(call: Call) -> Answer:
    if call.path == GREETING.path:
        return Answer((response(b"hi there", headers=("X-App: one",)),))
    if call.path.startswith("/people/"):
        body = f'{{"hello": "{call.path.removeprefix("/people/")}"}}'.encode()
        return Answer((response(body, media_type="application/json"),))
    return Answer((response(),))


@pytest.mark.parametrize(
    ("subject", "name", "path"),
    [(OWN, "hello", "/api/v1/greeting"), (OWN, "post_json", "/people/"), (STANDARD, "hello", "/")],
)
def test_a_scenario_sends_the_request_of_the_targets_contract(
    generator: Generator, subject: Subject, name: str, path: str
) -> None:
    asked: set[str] = set()

    def answer(call: Call) -> Answer:
        asked.add(call.path if not call.path.startswith("/people/") else "/people/")
        return app(call)

    with Server(answer) as server:
        (result,) = generator.run([order(name=name, subject=subject)], {subject: server.url})
        generator.disconnect([server.url])
    assert asked == {path}
    assert result.verified == result.sent > 0


def test_an_answer_that_is_not_the_contracts_is_an_error(generator: Generator) -> None:
    with Server(app) as server:
        (result,) = generator.run([order(subject=WRONG)], {WRONG: server.url})
        generator.disconnect([server.url])
    assert (result.verified, set(result.errors)) == (0, {ErrorKind.BODY})
    assert "expected 'other', got b'hi there'" in (result.first_error or "")


def test_a_scenario_with_several_requests_has_no_part_that_could_replace_them(tmp_path: Path) -> None:
    path = tmp_path / "mix.py"
    path.write_text(
        "from harness.users import LaneUser, Request\n"
        "class Mix(LaneUser):\n"
        "    requests = (Request('GET', '/'), Request('GET', '/json'))\n"
    )
    mix = replace(scenario("mix"), path=path)
    with pytest.raises(UsageError) as caught:
        Generator([mix], frozenset({0}), spin=False, contracts={"own": {"mix": GREETING}})
    assert caught.value.where == "[contract.mix], scenarios/mix.py"
    assert caught.value.cause == "it replaces one request of a LaneUser, and the scenario has 2"
