"""The plan of a run: everything random comes from the seed, and all targets are driven in the same way."""

from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.experiment.plan import block_plan, expected_s, make_plan, measured_s
from harness.manifest import load_profiles
from harness.measure.block_plan import Batch
from harness.model import Load, LoadKind, Plan, Profile, Slice, Subject
from tests.fakes import FLASK_SYNC, PROFILE
from tests.trials import FLASK, GIN, NULL

SUBJECTS = (FLASK, FLASK_SYNC, GIN)
LEVELS = [Load(LoadKind.CLOSED, connections) for connections in PROFILE.connections]
OPEN = Load(LoadKind.POISSON, 64, 500.0)

profiles = st.builds(
    lambda **changes: replace(PROFILE, **changes),
    blocks=st.integers(1, 4),
    scenarios=st.sampled_from([("hello",), ("hello", "json_body"), ("hello", "json_body", "path_value")]),
    level_s=st.floats(0.05, 2.0),
    headline_s=st.none() | st.floats(0.05, 2.0),
    least_rounds=st.integers(1, 7),
    warmup_s=st.floats(0.1, 10.0),
    open_rates_per_s=st.sampled_from([(), (500.0,), (200.0, 1000.0)]),
)
plans = st.builds(
    lambda profile, subjects, seed, ceiling, has_control: a_plan(
        profile, tuple(subjects), seed, ceiling, control_of(subjects[0]) if has_control else None
    ),
    profile=profiles,
    subjects=st.permutations(SUBJECTS).map(lambda order: order[:2]) | st.just(SUBJECTS) | st.just((GIN,)),
    seed=st.integers(0, 2**32 - 1),
    ceiling=st.sampled_from([None, NULL]),
    has_control=st.booleans(),
)


def control_of(subject: Subject) -> Subject:
    return replace(subject, is_control=True)


def a_plan(
    profile: Profile = PROFILE,
    subjects: tuple[Subject, ...] = SUBJECTS,
    seed: int = 7,
    ceiling: Subject | None = None,
    control: Subject | None = None,
) -> Plan:
    return make_plan(profile, subjects, profile.scenarios, seed, "docker", ceiling=ceiling, control=control)


def as_planned(profile: Profile) -> Plan:
    """Return the plan of `harness run` with default options."""
    return a_plan(profile, (FLASK, GIN), ceiling=NULL, control=control_of(FLASK) if profile.has_control else None)


def batches_in(plan: Plan, block: int) -> list[Batch]:
    """Return the batches of a block, with the slices for answers within 10 ms."""
    return [
        one if isinstance(one, Batch) else Batch(one.title, one.planned().slices)
        for one in block_plan(plan, block).batches
    ]


def batches_of(plan: Plan, *, counted: bool = True) -> list[Batch]:
    blocks = (batches_in(plan, number) for number in range(len(plan.orders)))
    return [batch for block in blocks for batch in block if batch.counted is counted]


def rounds_of(batch: Batch) -> list[tuple[Slice, ...]]:
    width = len({part.subject for part in batch.slices})
    return list(zip(*[iter(batch.slices)] * width, strict=True))


def all_subjects(plan: Plan) -> set[Subject]:
    return {*plan.subjects, *filter(None, (plan.ceiling, plan.control))}


class TestTheSeed:
    @given(plans)
    def test_a_plan_made_twice_has_the_same_slices(self, plan: Plan) -> None:
        again = a_plan(plan.profile, plan.subjects, plan.seed, plan.ceiling, plan.control)
        assert again == plan
        assert [block_plan(again, n) for n in range(len(plan.orders))] == [
            block_plan(plan, n) for n in range(len(plan.orders))
        ]

    def test_seed_7_gives_these_orders(self) -> None:
        """If they change, a stored seed no longer reproduces its run."""
        plan = a_plan(replace(PROFILE, blocks=4))
        names = [[subject.variant for subject in order] for order in plan.orders]
        assert names == [
            ["gthread", "sync", "release"],
            ["gthread", "release", "sync"],
            ["gthread", "release", "sync"],
            ["release", "gthread", "sync"],
        ]
        (closed,) = [batch for batch in batches_in(plan, 0) if batch.title == "hello, closed.c32"]
        assert [[part.subject.variant for part in one] for one in rounds_of(closed)[:3]] == [
            ["gthread", "sync", "release"],
            ["gthread", "release", "sync"],
            ["sync", "release", "gthread"],
        ]
        assert [one[0].seed for one in rounds_of(closed)[:3]] == [1854747257, 833192565, 1424783300]

    def test_another_seed_gives_other_orders(self) -> None:
        profile = replace(PROFILE, blocks=10)
        assert a_plan(profile, seed=1).orders != a_plan(profile, seed=2).orders

    def test_blocks_differ_from_one_another(self) -> None:
        plan = a_plan(replace(PROFILE, blocks=10))
        assert len(set(plan.orders)) > 1
        first, second = (block_plan(plan, number) for number in (0, 1))
        assert first.seed != second.seed
        slices = {batch.title: batch.slices for batch in batches_in(plan, 0)}
        assert all(slices[batch.title] != batch.slices for batch in batches_in(plan, 1))

    def test_an_added_level_changes_no_slices_of_other_levels(self) -> None:
        more = replace(PROFILE, connections=(*PROFILE.connections, 64), open_rates_per_s=(500.0, 1000.0))
        few, many = ({b.title: b for b in batches_in(a_plan(p), 1) if b.counted} for p in (PROFILE, more))
        assert few.keys() < many.keys()
        assert all(many[title] == batch for title, batch in few.items())


class TestABlock:
    @given(plans)
    def test_every_target_starts_once_in_each_block(self, plan: Plan) -> None:
        assert len(plan.orders) == plan.profile.blocks
        for number, order in enumerate(plan.orders):
            assert Counter(order) == dict.fromkeys(all_subjects(plan), 1)
            assert block_plan(plan, number).order == order

    def test_only_the_first_block_discards_starts(self) -> None:
        blocks = [
            block_plan(a_plan(replace(PROFILE, blocks=3, cold_starts=6, discarded_starts=2)), number)
            for number in range(3)
        ]
        assert [(block.discarded_starts, block.cold_starts) for block in blocks] == [(2, 2), (0, 2), (0, 2)]

    def test_the_same_number_of_starts_is_timed_without_the_page_cache_if_the_plan_drops_it(self) -> None:
        plan = a_plan(replace(PROFILE, cold_starts=6))
        dropping = replace(plan, drops_page_cache=True)
        assert [block_plan(one, 1).uncached_starts for one in (plan, dropping)] == [0, 3]
        assert expected_s(dropping) > expected_s(plan)

    def test_a_block_warms_up_first_and_drives_open_load_last(self) -> None:
        first, *rest = batches_in(a_plan(), 0)
        assert (first.title, first.counted) == ("warming up", False)
        assert [batch.counted for batch in rest] == [True] * 4
        assert rest[-1].title == "hello, open.r500"
        assert {batch.title for batch in rest[:-1]} == {
            "hello, closed.c1",
            "hello, closed.c32",
            "json_body, closed.c32",
        }

    def test_levels_are_in_random_order(self) -> None:
        plan = a_plan(replace(PROFILE, blocks=10))
        orders = {tuple(b.title for b in block_plan(plan, number).batches[1:-1]) for number in range(10)}
        assert len(orders) > 1

    @given(plans)
    def test_slices_are_numbered_by_their_place_in_the_batch(self, plan: Plan) -> None:
        for batch in batches_of(plan) + batches_of(plan, counted=False):
            assert [part.number for part in batch.slices] == list(range(len(batch.slices)))


class TestABatch:
    @given(plans)
    def test_each_round_has_every_target_once_with_the_same_seed(self, plan: Plan) -> None:
        for batch in batches_of(plan):
            targets = {part.subject for part in batch.slices}
            assert targets >= set(plan.subjects)
            rounds = rounds_of(batch)
            for one in rounds:
                assert {part.subject for part in one} == targets
                assert len({part.seed for part in one}) == 1
            assert len({one[0].seed for one in rounds}) == len(rounds)

    def test_the_order_within_a_round_is_random(self) -> None:
        batch = batches_in(a_plan(replace(PROFILE, level_s=2.0)), 0)[1]
        assert len({tuple(part.subject for part in one) for one in rounds_of(batch)}) > 3

    def test_each_batch_has_one_scenario_under_one_load_of_the_profile(self) -> None:
        shapes = {
            (batch.title, len(batch.slices) // 3, part.load, part.duration_s, part.discard_s)
            for batch in batches_of(a_plan())
            for part in batch.slices
        }
        assert shapes == {
            ("hello, closed.c1", 4, LEVELS[0], 0.1, 0.03),
            ("hello, closed.c32", 4, LEVELS[1], 0.1, 0.03),
            ("json_body, closed.c32", 4, LEVELS[1], 0.1, 0.03),
            ("hello, open.r500", 2, OPEN, 1.2, 0.2),
        }

    @given(plans)
    def test_the_ceiling_is_driven_only_with_the_headline_scenario_in_closed_and_open_load(self, plan: Plan) -> None:
        for batch in batches_of(plan) + batches_of(plan, counted=False):
            for part in batch.slices:
                if part.subject == NULL:
                    assert part.scenario == plan.scenarios[0]
        if plan.ceiling:
            loads = {part.load for batch in batches_of(plan) for part in batch.slices if part.subject == NULL}
            rates = {Load(LoadKind.POISSON, 64, rate_per_s) for rate_per_s in plan.profile.open_rates_per_s}
            assert loads == {*LEVELS, *rates}

    @pytest.mark.parametrize("name", ["smoke", "quick", "full"])
    def test_every_profile_drives_the_null_target_and_its_control_in_open_load(self, name: str) -> None:
        plan = as_planned(load_profiles()[name])
        for rate_per_s in plan.profile.open_rates_per_s:
            (batch,) = (one for one in batches_in(plan, 1) if one.title.endswith(f"open.r{rate_per_s:g}"))
            assert {part.subject for part in batch.slices} == all_subjects(plan)
        assert (plan.control is not None) is (name != "smoke")

    def test_the_headline_level_may_have_more_load_than_the_others(self) -> None:
        plan = a_plan(replace(PROFILE, headline_s=0.75))
        rounds = {batch.title: len(rounds_of(batch)) for batch in batches_of(plan)}
        assert rounds == {
            "hello, closed.c1": 4,
            "hello, closed.c32": 7,
            "json_body, closed.c32": 4,
            "hello, open.r500": 2,
        }

    @given(plans)
    def test_the_control_is_driven_with_the_headline_scenario_as_often_as_the_reference(self, plan: Plan) -> None:
        for batch in batches_of(plan):
            driven = Counter(part.subject for part in batch.slices)
            is_headline = batch.slices[0].scenario == plan.scenarios[0]
            if plan.control:
                assert driven[plan.control] == (driven[plan.subjects[0]] if is_headline else 0)

    def test_a_plan_of_conditions_drives_its_control_at_every_level_and_lasts_less_than_four_minutes(self) -> None:
        profile = load_profiles()["conditions"]
        subjects = [Subject("flask_app", f"variant-{number}") for number in range(10)]  # as many as the project has
        plan = a_plan(profile, tuple(subjects), ceiling=NULL, control=control_of(subjects[0]))
        batches = batches_in(plan, 0)
        assert {batch.slices[0].load.connections for batch in batches} == set(profile.connections)
        for batch in batches:
            assert {part.subject for part in batch.slices} == all_subjects(plan)
        assert expected_s(plan) < 240

    def test_a_control_changes_no_slice_of_other_scenarios(self) -> None:
        alone, beside = (a_plan(control=control) for control in (None, control_of(FLASK)))
        (found,) = [b for b in batches_in(alone, 0) if b.slices[0].scenario == "json_body" and b.counted]
        assert found in batches_in(beside, 0)


class TestTheWarmUp:
    @given(plans)
    def test_every_target_is_driven_with_every_scenario_for_the_profiles_warm_up(self, plan: Plan) -> None:
        for batch in batches_of(plan, counted=False):
            met = {(part.subject, part.scenario) for part in batch.slices}
            assert met >= set(product(plan.subjects, plan.scenarios))
            for subject in plan.subjects:
                lasted_s = sum(part.duration_s for part in batch.slices if part.subject == subject)
                assert lasted_s == pytest.approx(plan.profile.warmup_s)

    @given(plans)
    def test_the_control_has_the_same_warm_up_as_the_reference(self, plan: Plan) -> None:
        for batch in batches_of(plan, counted=False):
            if plan.control:
                mine, theirs = (
                    [(part.scenario, part.load, part.duration_s) for part in batch.slices if part.subject == subject]
                    for subject in (plan.control, plan.subjects[0])
                )
                assert mine == theirs

    @given(plans)
    def test_every_target_is_warmed_up_under_each_load_that_it_is_driven_with_later(self, plan: Plan) -> None:
        for block in range(len(plan.orders)):
            warm_up, *others = batches_in(plan, block)
            warmed = {(part.subject, part.scenario, part.load) for part in warm_up.slices}
            closed = (part for one in others for part in one.slices if part.load.kind is LoadKind.CLOSED)
            assert warmed >= {(part.subject, part.scenario, part.load) for part in closed}

    def test_the_ceiling_is_warmed_up_for_a_sixth_of_the_others_time(self) -> None:
        warm_up = batches_in(a_plan(ceiling=NULL), 0)[0]
        lasted_s = sum(part.duration_s for part in warm_up.slices if part.subject == NULL)
        assert lasted_s == pytest.approx(PROFILE.warmup_s / 6)

    def test_all_connections_are_opened_first_and_nothing_is_discarded(self) -> None:
        (batch,) = [batch for batch in batches_in(a_plan(), 0) if not batch.counted]
        loads = [(part.scenario, part.load) for part in batch.slices if part.subject == GIN]
        assert (
            loads
            == [("hello", LEVELS[1]), ("hello", LEVELS[0]), ("json_body", LEVELS[1]), ("json_body", LEVELS[0])] * 2
        )
        assert {part.discard_s for part in batch.slices} == {0.0}


class TestItsDuration:
    @pytest.mark.parametrize(("name", "limit_s"), [("smoke", 40), ("quick", 240)])
    def test_a_profile_takes_no_longer_than_documented(self, name: str, limit_s: float) -> None:
        """The plan has both targets, the ceiling, and the control where the profile has one."""
        assert 0 < expected_s(as_planned(load_profiles()[name])) < limit_s

    @pytest.mark.parametrize("name", ["quick", "full"])
    def test_a_profile_for_publication_spends_most_of_its_time_in_counted_slices(self, name: str) -> None:
        """The plan has no searches, because their number of attempts is not known in advance."""
        plan = as_planned(replace(load_profiles()[name], objective_p99_s=None))
        counted_s = sum(measured_s(block_plan(plan, number)) for number in range(len(plan.orders)))
        assert counted_s > 0.6 * expected_s(plan)

    def test_full_reaches_its_least_blocks_within_an_hour(self) -> None:
        profile = load_profiles()["full"]
        assert profile.least_blocks == 10
        assert expected_s(as_planned(profile), end=10) < 3600

    @pytest.mark.parametrize("name", ["smoke", "quick", "full"])
    def test_a_duration_grows_little_until_answers_are_slow(self, name: str) -> None:
        profile = load_profiles()[name]
        fast_s, usual_s, slow_s, slower_s = (
            expected_s(as_planned(profile), end=profile.least_blocks, response_s=response_s)
            for response_s in (20e-6, 0.01, 0.05, 0.5)
        )
        assert fast_s < usual_s < 1.15 * fast_s
        assert usual_s < slow_s < 1.5 * usual_s
        assert slow_s < slower_s < 10 * usual_s

    def test_smoke_is_shorter_than_quick_and_quick_shorter_than_full(self) -> None:
        lengths = {name: expected_s(a_plan(one, (FLASK, GIN))) for name, one in load_profiles().items()}
        assert lengths["smoke"] < lengths["quick"] < lengths["full"]

    def test_each_added_target_adds_the_same_duration(self) -> None:
        one, two, three = (expected_s(a_plan(subjects=SUBJECTS[:count])) for count in (1, 2, 3))
        assert two - one == pytest.approx(three - two) == pytest.approx(one)

    @pytest.mark.parametrize(
        "key",
        ["cold_starts", "discarded_starts", "level_s", "open_rounds", "warmup_s", "blocks", "after_load_s"],
    )
    def test_a_larger_value_of_each_setting_makes_a_plan_longer(self, key: str) -> None:
        more = replace(PROFILE, **{key: getattr(PROFILE, key) + 1})
        assert expected_s(a_plan(more)) > expected_s(a_plan())

    def test_the_rest_after_load_adds_to_the_duration_of_each_block_but_not_to_counted_slices(self) -> None:
        resting = a_plan(replace(PROFILE, after_load_s=10.0))
        assert block_plan(a_plan(), 0).after_load_s == 0.0
        assert block_plan(resting, 1).after_load_s == 10.0
        assert expected_s(resting) - expected_s(a_plan()) == pytest.approx(10.0 * PROFILE.blocks)
        assert measured_s(block_plan(resting, 0)) == measured_s(block_plan(a_plan(), 0))

    def test_counted_slices_are_those_of_the_subjects_in_the_order_of_the_block(self) -> None:
        """Each subject has three levels of four slices of 0.1 s, and two slices of 1.2 s."""
        block = block_plan(a_plan(), 0)
        assert measured_s(block) == pytest.approx(3 * (3 * 4 * 0.1 + 2 * 1.2))
        assert measured_s(replace(block, order=(GIN,))) == pytest.approx(3 * 4 * 0.1 + 2 * 1.2)


class TestSevenTargets:
    """The quick profile with all targets of a project: it must end within twelve minutes, builds excepted."""

    SEVEN = tuple(Subject(f"target_{number}", "production") for number in range(7))

    def plan(self, count: int) -> Plan:
        subjects = self.SEVEN[:count]
        return a_plan(load_profiles()["quick"], subjects, ceiling=NULL, control=control_of(subjects[0]))

    def test_the_plan_is_at_most_nine_minutes(self) -> None:
        assert len(self.plan(7).orders) == 6
        assert 8 * 60 < expected_s(self.plan(7)) <= 9 * 60
        assert expected_s(self.plan(7), response_s=0.03) <= 12 * 60

    def test_two_targets_have_as_much_load_as_ever(self) -> None:
        (headline,) = [one for one in batches_in(self.plan(2), 0) if one.title == "hello, closed.c32"]
        assert len(rounds_of(headline)) == 20

    def test_only_the_headline_level_has_fewer_rounds_and_more_than_the_others(self) -> None:
        of_two, of_seven = (
            {one.title: len(rounds_of(one)) for one in batches_in(self.plan(count), 0) if one.counted}
            for count in (2, 7)
        )
        fewer = {title for title, rounds in of_seven.items() if rounds < of_two[title]}
        assert fewer == {"hello, closed.c32"}
        assert of_seven["hello, closed.c32"] == 13
        assert min(of_seven[title] for title in of_seven if "closed" in title) == 6

    def test_the_control_is_driven_at_every_level_and_rate_of_its_original(self) -> None:
        plan = self.plan(7)
        for batch in batches_of(plan):
            if batch.title.startswith("hello"):
                assert {part.subject for part in batch.slices} == all_subjects(plan), batch.title
