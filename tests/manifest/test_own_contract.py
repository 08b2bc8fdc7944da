"""The [contract] of a target.toml: the parts of a target's own contract, and what is refused."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.manifest import load_target
from harness.model import ContractPart, Target

HEAD = """
title = "My app"
language = "Python"
summary = "an app as it is"
role = "framework"
default = "own"
{answers}
[variants.own]
class = "tuned"
summary = "as it is"

"""
HELLO = '[contract.hello]\npath = "/api/v1/greeting"\n'


def load(folder: Path, contract: str, answers: str = "") -> Target:
    path = folder / "my_app" / "target.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEAD.format(answers=answers) + contract, encoding="utf-8")
    return load_target(path)


def test_a_part_has_path_status_headers_and_body(tmp_path: Path) -> None:
    target = load(
        tmp_path,
        HELLO + 'body = "hi there"\nstatus = 201\nmedia_type = "Text/Plain"\nheaders = { "X-App" = "one" }\n',
    )
    assert target.answers == ()
    assert target.contract == {
        "hello": ContractPart(
            "/api/v1/greeting", status=201, media_type="text/plain", headers={"x-app": "one"}, text="hi there"
        )
    }


def test_a_json_answer_is_compared_by_value_and_a_sent_value_makes_a_post(tmp_path: Path) -> None:
    target = load(
        tmp_path,
        '[contract.post_json]\npath = "/people"\nsend = { who = "{name}" }\njson = { hello = "{name}", n = [1] }\n',
    )
    assert target.contract == {
        "post_json": ContractPart("/people", "POST", document='{"hello": "{name}", "n": [1]}', send='{"who": "{name}"}')
    }


def test_a_part_can_have_the_name_of_the_contracts_part_and_takes_its_place(tmp_path: Path) -> None:
    target = load(tmp_path, '[contract.plain]\npath = "/hi"\nbody = "hi"\n', 'answers = ["plain", "json"]')
    assert target.answers == ("json",)
    assert target.contract == {"hello": ContractPart("/hi", text="hi")}


def test_an_answer_without_a_body_needs_none(tmp_path: Path) -> None:
    assert load(tmp_path, HELLO + "status = 204\n").contract["hello"].text is None


@pytest.mark.parametrize(
    ("contract", "where", "cause"),
    [
        ("", "", "it answers nothing: name the parts of targets/CONTRACT.md in answers, or add [contract]"),
        (HELLO, ": contract.hello", "the right answer is not known: add its body or its json value"),
        (HELLO + 'body = "a"\njson = 1\n', ": contract.hello", "not both"),
        (
            HELLO + 'body = "{town}"\n',
            ": contract.hello",
            "unknown placeholder {town}; the known ones are {age}, {name}",
        ),
        (HELLO + 'body = "{name}"\n', ": contract.hello", "the answer has {name}, and the request sends no such value"),
        ('[contract.hello]\npath = "hi"\nbody = "a"\n', ": contract.hello.path", "should match pattern"),
        (HELLO + 'body = "a"\nstatus = 99\n', ": contract.hello.status", "greater than or equal to 200"),
        (HELLO + 'bodi = "a"\n', ": contract.hello.bodi", "not permitted"),
        (
            HELLO + 'body = "a"\n[contract.plain]\npath = "/"\nbody = "b"\n',
            "",
            "the contract has two parts for the scenario hello; drop one",
        ),
    ],
)
def test_a_part_that_can_not_be_verified_is_refused_in_a_sentence(
    tmp_path: Path, contract: str, where: str, cause: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, contract)
    assert caught.value.where == f"{tmp_path / 'my_app' / 'target.toml'}{where}"
    assert cause in caught.value.cause
    assert "Value error" not in caught.value.cause


def test_a_mistyped_key_of_a_part_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, HELLO + 'bodi = "a"\n')
    assert caught.value.remedy == "Did you mean 'body'?"
