"""Traits of scenarios: which user classes a number of users leaves out."""

from __future__ import annotations

import pytest

from harness.model import ScenarioTraits

SHOP = ScenarioTraits("shop", (), drives_open=True, classes=("Browser", "Buyer", "Admin"), first_users=(1, 2, 5))


@pytest.mark.parametrize(
    ("users", "said"),
    [
        (1, "1 user: only class Browser is driven, as Locust spawns them; Buyer, Admin only from 5 users on"),
        (4, "4 users: only classes Browser, Buyer are driven, as Locust spawns them; Admin only from 5 users on"),
        (5, None),
        (64, None),
    ],
)
def test_fewer_users_than_all_classes_need_are_said(users: int, said: str | None) -> None:
    assert SHOP.undriven(users) == said


def test_more_users_than_are_fixed_are_said() -> None:
    fixed = ScenarioTraits("shop", (), drives_open=True, classes=("Admin",), first_users=(1,), most_users=3)
    assert fixed.undriven(3) is None
    assert fixed.undriven(32) == "32 users: only 3 are driven, because each class has a fixed_count"


def test_a_scenario_of_one_class_or_of_an_older_run_leaves_nothing_out() -> None:
    assert ScenarioTraits("hello", (), drives_open=True, classes=("User",), first_users=(1,)).undriven(1) is None
    assert ScenarioTraits("hello", (), drives_open=True).undriven(1) is None
