"""The plan of paced scenarios: what is driven, how long, in how many blocks, and what is refused."""

from dataclasses import replace

import pytest

from harness.errors import UsageError
from harness.experiment.plan import block_plan, expected_s, make_plan
from harness.experiment.plan_words import about_scenarios
from harness.manifest import load_profiles
from harness.measure.closed import ClosedBatch
from harness.measure.paced import PacedBatch
from harness.model import LoadKind, Pace, Plan, Profile, ScenarioTraits, Slice
from tests.trials import FLASK, GIN, NULL

SHOP = ScenarioTraits(
    "shop", (), drives_open=False, pace=Pace.PACED, pauses=("Visitor: 5.5 s on average",), mean_pause_s=5.5
)
HELLO = ScenarioTraits("hello", (), drives_open=True)
STAGES = replace(SHOP, name="stages", shape="Stages", shape_s=60.0, shape_users=50)
CONTROL = replace(FLASK, is_control=True)
PROFILES = load_profiles()


def a_plan(
    *scenarios: str, profile: Profile = PROFILES["smoke"], traits: tuple[ScenarioTraits, ...] = (HELLO, SHOP)
) -> Plan:
    return make_plan(profile, (FLASK, GIN), scenarios, 7, "docker", ceiling=NULL, control=CONTROL, traits=traits)


def paced_in(plan: Plan, block: int) -> list[PacedBatch]:
    return [one for one in block_plan(plan, block).batches if isinstance(one, PacedBatch)]


def warm_up_of(plan: Plan, block: int = 0) -> tuple[Slice, ...]:
    first = block_plan(plan, block).batches[0]
    assert not isinstance(first, ClosedBatch | PacedBatch)
    return first.slices


def test_a_paced_scenario_is_driven_only_by_its_users_and_only_on_the_compared_targets() -> None:
    plan = a_plan("hello", "shop")
    batches = block_plan(plan, 0).batches
    assert {one.scenario for one in batches if isinstance(one, ClosedBatch)} == {"hello"}
    (paced,) = paced_in(plan, 0)
    assert (str(paced.load), paced.subjects, batches[-1]) == ("paced.u32", (FLASK, GIN), paced)
    assert {part.load.kind for part in warm_up_of(plan) if part.scenario == "shop"} == {LoadKind.PACED}
    assert {part.subject for part in warm_up_of(plan) if part.scenario == "shop"} == {FLASK, GIN}


def test_the_numbers_of_the_warm_up_slices_are_their_places() -> None:
    slices = warm_up_of(a_plan("hello", "shop"))
    assert [part.number for part in slices] == list(range(len(slices)))


@pytest.mark.parametrize(
    ("profile", "pause_s", "blocks"), [("smoke", 5.5, 1), ("smoke", 0.04, 3), ("quick", 5.5, 3), ("full", 5.5, 30)]
)
def test_it_is_driven_in_as_many_blocks_as_the_profile_can_afford(profile: str, pause_s: float, blocks: int) -> None:
    traits = (HELLO, replace(SHOP, mean_pause_s=pause_s))
    plan = a_plan("hello", "shop", profile=PROFILES[profile], traits=traits)
    assert [len(paced_in(plan, number)) for number in range(len(plan.orders))] == [
        int(number < blocks) for number in range(len(plan.orders))
    ]
    assert [part for part in warm_up_of(plan, len(plan.orders) - 1) if part.scenario == "shop"] == [] or (
        blocks == len(plan.orders)
    )


def test_the_plan_says_how_long_and_how_often_users_are_driven_and_its_duration_contains_it() -> None:
    plan = a_plan("hello", "shop")
    (line,) = about_scenarios(plan)
    assert line == (
        "scenario shop: paced load of 32 users, because they decide the rate: pause of Visitor: 5.5 s on average; "
        "slices of 61 s for each target, in one block"
    )
    assert expected_s(plan) - expected_s(a_plan("hello")) > 2 * 60.6
    (line,) = about_scenarios(a_plan("hello", "stages", profile=PROFILES["quick"], traits=(HELLO, STAGES)))
    assert line.startswith("scenario stages: paced load of up to 50 users, ")
    assert line.endswith("; slices of 60 s for each target, one a block in 3 blocks")
    unknown = (HELLO, replace(SHOP, mean_pause_s=0.0))
    (line,) = about_scenarios(a_plan("hello", "shop", traits=unknown))
    assert line.endswith(
        "; their pauses are not known, and taken for 1 s; slices of 11 s for each target, one a block in 2 blocks"
    )
    assert about_scenarios(a_plan("hello", traits=(HELLO,))) == ()


def test_a_shape_has_no_warm_up_because_it_begins_in_its_slice_and_its_load_is_named_by_its_most_users() -> None:
    plan = a_plan("hello", "stages", traits=(HELLO, STAGES))
    (paced,) = paced_in(plan, 0)
    assert str(paced.load) == "paced.u50"
    assert {part.scenario for part in warm_up_of(plan)} == {"hello"}


def test_the_headline_is_the_first_scenario_that_is_not_paced() -> None:
    plan = a_plan("shop", "hello")
    levels = {one.load.connections for one in block_plan(plan, 0).batches if isinstance(one, ClosedBatch)}
    assert (plan.headline, plan.paced, levels) == ("hello", ("shop",), {1, 32})


def test_a_run_of_paced_scenarios_alone_has_no_other_load() -> None:
    plan = a_plan("shop", profile=PROFILES["full"])
    block = block_plan(plan, 0)
    assert plan.headline is None
    assert [type(one) for one in block.batches[1:]] == [PacedBatch]
    assert {part.scenario for part in warm_up_of(plan)} == {"shop"}
    assert (block.own_rates, block.searches) == ((), ())


@pytest.mark.parametrize(
    ("traits", "cause", "remedy"),
    [
        (replace(STAGES, shape_s=None), "its Stages does not end, and a slice lasts 600 s at most", "tick"),
        (replace(STAGES, shape_s=900.0), "its Stages runs for 900 s, and a slice lasts 600 s at most", "tick"),
        (replace(SHOP, mean_pause_s=120.0), "its users pause 120 s on average, so ten cycles take 1,320 s", "pauses"),
    ],
)
def test_a_scenario_that_takes_too_long_is_refused(traits: ScenarioTraits, cause: str, remedy: str) -> None:
    with pytest.raises(UsageError) as raised:
        a_plan("hello", traits.name, traits=(HELLO, traits))
    assert raised.value.where == traits.name
    assert cause in str(raised.value)
    assert remedy in (raised.value.remedy or "")


def test_a_plan_with_paced_users_is_the_same_if_made_twice() -> None:
    assert block_plan(a_plan("hello", "shop"), 0) == block_plan(a_plan("hello", "shop"), 0)
