"""Sentences about the scenarios of a plan."""

from __future__ import annotations

from dataclasses import replace

from harness.experiment.plan_words import about_scenarios
from harness.model import ScenarioTraits
from tests.trials import FLASK, a_plan


def test_a_level_with_fewer_users_than_classes_is_a_warning_of_the_plan() -> None:
    traits = ScenarioTraits("hello", (), drives_open=True, classes=("Browser", "Buyer"), first_users=(1, 4))
    plan = a_plan(FLASK)
    profile = replace(plan.profile, connections=(1, 4, 32))
    [line] = about_scenarios(replace(plan, profile=profile, traits=(traits,)))
    said = "1 user: only class Browser is driven, as Locust spawns them; Buyer only from 4 users on"
    assert line == f"warning: scenario hello: {said}"
