"""Contracts of targets' own: placeholders, and which subjects of a plan share a contract."""

from dataclasses import replace

import pytest

from harness.model import PARTS, STANDARD, ContractPart
from tests.trials import FLASK, GIN, NULL, a_plan

OWN = ContractPart("/api/v1/greeting", media_type="text/plain", text="hi there")


def test_values_go_into_path_text_and_json_and_an_integer_stays_an_integer() -> None:
    part = ContractPart("/{name}", text="hi {name}", document='{"age":"{age}"}', send='{"who":"{name}"}')
    assert (part.asked_names(), part.expected_names()) == (frozenset({"name"}), frozenset({"name", "age"}))
    values: dict[str, str | int] = {"name": "Ada", "age": 36}
    assert part.filled_text(values) == "hi Ada"
    assert part.filled_document(values) == {"age": 36}
    assert part.filled_send(values) == {"who": "Ada"}


def test_each_part_of_the_contract_has_a_scenario_and_its_right_answer() -> None:
    assert set(PARTS.values()) == set(STANDARD)
    assert [str(STANDARD[scenario]) for scenario in PARTS.values()] == [
        "GET /",
        "GET /json",
        "GET /hello/{name}",
        "POST /json",
    ]


@pytest.mark.parametrize(
    ("flask", "gin", "scenario", "is_shared"),
    [
        ({}, {}, "hello", True),
        ({"hello": OWN}, {}, "hello", False),
        ({"hello": OWN}, {}, "json_body", True),
        ({"hello": OWN}, {}, None, False),
        ({"hello": OWN}, {"hello": OWN}, "hello", True),
        ({"hello": OWN}, {"hello": replace(OWN, status=201)}, "hello", False),
        ({"hello": OWN}, {"hello": replace(OWN, text="ho there")}, "hello", False),
        ({"hello": STANDARD["hello"]}, {}, "hello", True),
    ],
)
def test_two_subjects_share_a_contract_where_request_and_answer_are_equal(
    flask: dict[str, ContractPart], gin: dict[str, ContractPart], scenario: str | None, *, is_shared: bool
) -> None:
    plan = replace(a_plan(FLASK, GIN), contracts={"flask_app": flask, "gin_app": gin})
    assert plan.share_contract(FLASK, GIN, scenario) is is_shared


def test_the_null_target_is_no_ceiling_of_another_contract() -> None:
    plan = replace(a_plan(FLASK, GIN), ceiling=NULL, contracts={"gin_app": {"hello": OWN}})
    assert plan.has_ceiling(FLASK, "hello")
    assert not plan.has_ceiling(GIN, "hello")
    assert not replace(plan, ceiling=None).has_ceiling(FLASK, "hello")
