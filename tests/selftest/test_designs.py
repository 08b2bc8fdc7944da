"""The designs of the simulated rows follow the profiles and the functions that plan a run."""

from dataclasses import replace

import pytest

from harness.experiment.plan import make_plan
from harness.manifest import load_profiles
from harness.measure.timing import rounds, slice_timing
from harness.selftest.designs import RESPONSE_S, designs, headline_designs
from tests.trials import FLASK, GIN


@pytest.mark.parametrize("name", ["smoke", "quick", "full", "conditions"])
def test_each_profile_has_designs_with_its_own_blocks_rounds_and_slices(name: str) -> None:
    profile = load_profiles()[name]
    timing = slice_timing(profile, RESPONSE_S)
    found = [design for design in designs() if design.profile == name]
    assert {design.blocks for design in found} == {profile.least_blocks or profile.blocks, profile.blocks}
    loads_s = (profile.headline_s or profile.level_s, profile.level_s)
    assert {design.rounds for design in found} == {rounds(profile, timing.duration_s, load_s) for load_s in loads_s}
    assert {design.slice_s for design in found} == {timing.duration_s}
    assert all(0 < design.counted_s < design.slice_s for design in found)


def test_a_plan_has_as_many_blocks_as_its_largest_design() -> None:
    plan = make_plan(load_profiles()["quick"], (FLASK, GIN), ("hello",), 7, "docker")
    assert len(plan.orders) == max(design.blocks for design in designs() if design.profile == "quick")


def test_the_designs_of_the_headline_have_the_least_blocks_first() -> None:
    profile = load_profiles()["full"]
    assert [design.blocks for design in headline_designs("full")] == [profile.least_blocks, profile.blocks]
    assert len(headline_designs("quick")) == 1


def test_no_design_is_there_twice_not_even_under_the_names_of_two_profiles() -> None:
    assert len({replace(design, profile="") for design in designs()}) == len(designs())
    assert designs()[0].profile == "smoke"
