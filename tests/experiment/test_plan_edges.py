"""The exact expected duration of a block, the limits of its warm-up, and its searches."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.experiment.plan import OPEN_CONNECTIONS, block_plan, expected_s, make_plan, measured_s
from harness.measure.limits import Limit, SearchPlan
from harness.model import Load, LoadKind, Plan
from tests.experiment.test_plan import batches_in
from tests.fakes import PROFILE
from tests.trials import FLASK, GIN, NULL

if TYPE_CHECKING:
    from harness.measure.block_plan import Batch

CONTROL = replace(FLASK, is_control=True)
# one target: 3 starts of 0.4 s; 8 slices in 1.2 s of warm-up, 12 slices of 0.1 s, 2 of 1.2 s; each of these 22 slices
# takes 0.005 s more, and half of the response time of 0.01 s
PLAIN_S = 3 * 0.4 + 1.2 + 12 * 0.1 + 2 * 1.2 + 22 * 0.01


def a_plan(**changes: Any) -> Plan:  # noqa: ANN401  # fields of a profile
    profile = replace(PROFILE, **changes)
    return make_plan(profile, (GIN,), profile.scenarios, 7, "docker")


def with_all(**changes: Any) -> Plan:  # noqa: ANN401  # fields of a profile
    profile = replace(PROFILE, **changes)
    return make_plan(profile, (FLASK, GIN), profile.scenarios, 7, "docker", ceiling=NULL, control=CONTROL)


def warm_up_of(plan: Plan) -> Batch:
    return batches_in(plan, 0)[0]


class TestTheExpectedDuration:
    def test_it_is_the_sum_of_starts_slices_and_the_overhead_of_each_slice(self) -> None:
        assert expected_s(a_plan(), 0, 1) == pytest.approx(PLAIN_S, abs=1e-9)

    def test_only_the_first_block_has_the_discarded_start(self) -> None:
        assert expected_s(a_plan(), 1, 2) == pytest.approx(PLAIN_S - 0.4, abs=1e-9)
        assert expected_s(a_plan()) == pytest.approx(2 * PLAIN_S - 0.4, abs=1e-9)
        assert expected_s(a_plan(), 1) == pytest.approx(PLAIN_S - 0.4, abs=1e-9)
        assert expected_s(a_plan(), 1, 1) == 0

    def test_starts_without_the_page_cache_are_added(self) -> None:
        dropping = replace(a_plan(), drops_page_cache=True)
        assert expected_s(dropping, 1, 2) == pytest.approx(PLAIN_S - 0.4 + 2 * 0.4, abs=1e-9)

    def test_the_rests_and_load_at_the_targets_own_rates_are_added(self) -> None:
        assert expected_s(a_plan(after_load_s=3.0), 0, 1) == pytest.approx(PLAIN_S + 3.0, abs=1e-9)
        assert expected_s(a_plan(idle_s=3.0), 0, 1) == pytest.approx(PLAIN_S + 3.2, abs=1e-9)
        assert expected_s(a_plan(own_shares=(0.3, 0.6)), 0, 1) == pytest.approx(PLAIN_S + 2 * 1.21, abs=1e-9)
        # a slice of the null target beside each contestant's, and one of the control
        steps = {shares: expected_s(with_all(own_shares=shares), 0, 1) for shares in ((), (0.6,))}
        assert steps[0.6,] - steps[()] == pytest.approx(5 * 1.21, abs=1e-9)

    def test_each_search_counts_as_28_attempts_per_target(self) -> None:
        """An attempt at a rate lasts 0.2 s plus 0.025 s over 1 %; an attempt with connections lasts 1.2 s."""
        assert expected_s(a_plan(objective_p99_s=0.025), 0, 1) == pytest.approx(
            PLAIN_S + 28 * (2.7 + 0.01) + 28 * (1.2 + 0.01), abs=1e-9
        )

    def test_counted_time_includes_the_ladder_but_neither_warm_up_nor_searches(self) -> None:
        plan = a_plan(own_shares=(0.3, 0.6), objective_p99_s=0.025, after_load_s=3.0)
        assert measured_s(block_plan(plan, 0)) == pytest.approx(12 * 0.1 + 4 * 1.2, abs=1e-9)


class TestTheWarmUp:
    @pytest.mark.parametrize(("warmup_s", "slice_s"), [(0.8, 0.1), (3.0, 0.375)])
    def test_the_warm_up_has_two_slices_of_each_scenario_and_level(self, warmup_s: float, slice_s: float) -> None:
        batch = warm_up_of(a_plan(warmup_s=warmup_s))
        assert [part.scenario for part in batch.slices] == ["hello", "hello", "json_body", "json_body"] * 2
        assert [part.duration_s for part in batch.slices] == pytest.approx([slice_s] * 8)
        assert len({part.seed for part in batch.slices}) == 8

    def test_every_scenario_is_driven_over_one_connection_too(self) -> None:
        """One connection shows what the answers take without a queue."""
        driven = {part.scenario for part in warm_up_of(with_all()).slices if part.load.connections == 1}
        assert driven == {"hello", "json_body"}

    def test_the_ceiling_is_warmed_up_only_with_the_headline_scenario(self) -> None:
        met = [(part.scenario, part.subject) for part in warm_up_of(with_all()).slices]
        assert len(met) == 2 * (3 * 4 + 2)
        assert [scenario for scenario, subject in met if subject == NULL] == ["hello"] * 4


class TestTheLoad:
    def test_the_searches_have_the_terms_of_the_profile_and_their_own_seed(self) -> None:
        profile = {"objective_p99_s": 0.025, "attempt_slice_s": 1.4, "attempt_discard_s": 0.3}
        rate, connections = block_plan(a_plan(**profile), 1).searches
        assert rate == SearchPlan(Limit.RATE, "hello", (GIN,), 0.025, rate.most_connections, 1.4, 0.3, "7:1:rate.slo")
        assert connections == replace(
            rate, limit=Limit.CONNECTIONS, objective_p99_s=0.1, seed="7:1:connections.practical"
        )
        assert block_plan(a_plan(), 0).searches == ()

    @pytest.mark.parametrize("blocks", [{"blocks": 6}, {"blocks": 30, "least_blocks": 10}])
    def test_a_run_of_many_blocks_searches_its_two_limits_in_turn(self, blocks: dict[str, int]) -> None:
        plan = a_plan(objective_p99_s=0.025, **blocks)
        searched = [[one.limit for one in block_plan(plan, number).searches] for number in range(4)]
        assert searched == [[Limit.RATE], [Limit.CONNECTIONS]] * 2

    def test_a_run_of_fewer_than_six_blocks_searches_both_limits_in_each(self) -> None:
        plan = a_plan(objective_p99_s=0.025, blocks=5)
        assert {len(block_plan(plan, number).searches) for number in range(5)} == {2}

    def test_the_seed_of_a_block_is_the_plans_seed_plus_the_number_of_the_block(self) -> None:
        assert [block_plan(a_plan(), number).seed for number in (0, 1)] == [7, 8]

    def test_a_step_of_the_ladder_drives_each_target_and_the_control_once_with_the_open_slices(self) -> None:
        (own,) = block_plan(with_all(own_shares=(0.6,)), 0).own_rates
        assert (own.scenario, own.connections, own.slice_s, own.discard_s) == ("hello", OPEN_CONNECTIONS, 1.2, 0.2)
        assert (own.share, own.null) == (0.6, NULL)
        rng = random.Random("7:0:own 0.6")  # noqa: S311 - an order, no secret
        order = [FLASK, GIN, CONTROL]
        rng.shuffle(order)
        seed = rng.getrandbits(32)
        assert own.draws == tuple((subject, seed) for subject in order)
        assert block_plan(with_all(), 0).own_rates == ()

    def test_the_steps_of_the_ladder_are_in_random_order(self) -> None:
        shares = (0.1, 0.3, 0.6, 0.9)
        for block in range(3):
            order = list(shares)
            random.Random(f"7:{block}:ladder").shuffle(order)  # noqa: S311 - an order, no secret
            plan = with_all(own_shares=shares, blocks=3)
            assert [own.share for own in block_plan(plan, block).own_rates] == order

    def test_a_block_rests_for_the_profiles_time_before_load(self) -> None:
        assert [block_plan(a_plan(**rest), 0).idle_s for rest in ({}, {"idle_s": 5.0})] == [0.0, 5.0]

    def test_open_load_has_64_connections(self) -> None:
        (batch,) = (one for one in batches_in(a_plan(), 0) if "open" in one.title)
        assert {part.load for part in batch.slices} == {Load(LoadKind.POISSON, 64, 500.0)}

    def test_the_control_and_the_ceiling_have_open_load_too(self) -> None:
        driven = {batch.title: {part.subject for part in batch.slices} for batch in batches_in(with_all(), 0)}
        assert driven["hello, open.r500"] == {FLASK, GIN, CONTROL, NULL}
        assert driven["hello, closed.c32"] == {FLASK, GIN, CONTROL, NULL}
        assert driven["json_body, closed.c32"] == {FLASK, GIN}

    def test_only_the_headline_level_has_more_rounds(self) -> None:
        plan = a_plan(level_s=0.3, headline_s=0.5, connections=(1, 8, 32), other_connections=8)
        rounds = {batch.title: len(batch.slices) for batch in batches_in(plan, 0) if "closed" in batch.title}
        (most,) = (title for title, count in rounds.items() if count == 5)
        assert most == f"hello, closed.c{plan.profile.headline_connections}"
        assert sorted(rounds.values()) == [3, 3, 3, 5]


class TestTheDraws:
    """A stored seed gives its run again only if each draw keeps its purpose and its size."""

    def test_the_warm_up_draws_a_seed_of_32_bits_for_each_slice(self) -> None:
        rng = random.Random("7:1:warm-up")  # noqa: S311 - an order, no secret
        batch = batches_in(with_all(), 1)[0]
        assert [part.seed for part in batch.slices] == [rng.getrandbits(32) for _ in batch.slices]

    def test_levels_are_shuffled_from_headline_levels_to_other_scenarios(self) -> None:
        for block in range(2):
            titles = ["hello, closed.c1", "hello, closed.c32", "json_body, closed.c32"]
            random.Random(f"7:{block}:levels").shuffle(titles)  # noqa: S311 - an order, no secret
            assert [one.title for one in batches_in(with_all(), block)[1:-1]] == titles

    def test_targets_are_shuffled_round_by_round_each_with_one_seed_of_32_bits(self) -> None:
        rng = random.Random("7:0:hello, open.r500")  # noqa: S311 - an order, no secret
        (batch,) = (one for one in batches_in(with_all(), 0) if "open" in one.title)
        expected = []
        for _ in range(2):
            order = [FLASK, GIN, NULL, CONTROL]
            rng.shuffle(order)
            seed = rng.getrandbits(32)
            expected += [(subject, seed) for subject in order]
        assert [(part.subject, part.seed) for part in batch.slices] == expected

    def test_starts_are_shuffled_from_the_targets_the_ceiling_and_the_control(self) -> None:
        plan = with_all(blocks=3)
        for block, found in enumerate(plan.orders):
            order = [FLASK, GIN, NULL, CONTROL]
            random.Random(f"7:{block}:order").shuffle(order)  # noqa: S311 - an order, no secret
            assert list(found) == order
