"""Contracts of a plan: targets that do not answer a scenario are refused before anything is built."""

from dataclasses import replace

import pytest

from harness.errors import UsageError
from harness.experiment.contracts import contracts_in, require_answered
from harness.model import ContractPart, ScenarioTraits, Target
from tests.fakes import TARGETS, a_target
from tests.trials import FLASK, GIN, a_plan

OWN = ContractPart("/hi", text="hi")
SCENARIOS = ("hello", "json_body", "path_value", "post_json", "mine")


def refusal(flask: Target, *scenarios: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        require_answered(replace(a_plan(FLASK), scenarios=scenarios), {"flask_app": flask}, SCENARIOS)
    return caught.value


def test_only_targets_with_a_contract_of_their_own_are_listed() -> None:
    own = replace(TARGETS["gin_app"], contract={"hello": OWN})
    assert contracts_in({**TARGETS, "gin_app": own}, (FLASK, GIN)) == {"gin_app": {"hello": OWN}}


def test_a_scenario_that_the_target_does_not_answer_is_refused_and_its_own_are_named() -> None:
    error = refusal(a_target("flask_app", "gthread", answers=("json", "post")), "hello")
    assert error.where == "flask_app, scenario hello"
    assert "the part 'plain' of targets/CONTRACT.md" in error.cause
    assert "--scenario json_body,post_json" in error.remedy


@pytest.mark.parametrize("scenario", ["json_body", "hello", "mine"])
def test_scenarios_that_it_answers_or_that_are_no_part_of_the_contract_are_accepted(scenario: str) -> None:
    target = replace(a_target("flask_app", "gthread", answers=("json",)), contract={"hello": OWN})
    require_answered(replace(a_plan(FLASK), scenarios=(scenario,)), {"flask_app": target}, SCENARIOS)


def test_a_part_for_a_scenario_that_does_not_exist_is_refused() -> None:
    error = refusal(replace(TARGETS["flask_app"], contract={"helo": OWN}), "hello")
    assert error.where == "targets/flask_app/target.toml: contract.helo"
    assert error.remedy == "Did you mean 'hello'?"


@pytest.mark.parametrize(
    ("requests", "drives_open"), [(("GET /", "GET /json"), True), (("Visitor.front",), False)], ids=["mix", "http user"]
)
def test_a_part_for_a_scenario_without_one_request_of_lane_users_is_refused(
    requests: tuple[str, ...], *, drives_open: bool
) -> None:
    own = replace(TARGETS["flask_app"], contract={"hello": OWN})
    traits = ScenarioTraits("hello", requests, drives_open)
    with pytest.raises(UsageError) as caught:
        require_answered(replace(a_plan(FLASK), traits=(traits,)), {"flask_app": own}, SCENARIOS)
    assert caught.value.where == "targets/flask_app/target.toml: contract.hello"
    assert ", ".join(requests) in caught.value.cause
    one = replace(traits, requests=("GET /",), drives_open=True)
    require_answered(replace(a_plan(FLASK), traits=(one,)), {"flask_app": own}, SCENARIOS)
