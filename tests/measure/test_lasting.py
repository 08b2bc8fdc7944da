"""The expected duration of what a block does beside its slices of closed load."""

from dataclasses import replace

import pytest

from harness.measure.ladder import OwnRate
from harness.measure.lasting import beside_s, rest_s
from harness.measure.limits import Limit, SearchPlan
from harness.measure.timing import SETTLING_S, ending_s, lasts_s
from tests.measure.scene import BATCHES, PLAN
from tests.trials import FLASK, GIN

OWN = OwnRate("hello", 0.6, ((FLASK, 1), (GIN, 2)), 64, 1.5, 0.2)
SEARCH = SearchPlan(Limit.RATE, "hello", (FLASK, GIN), 0.1, 64, 1.2, 0.2, "seed")
ALL = replace(PLAN, own_rates=(OWN,), searches=(SEARCH,), idle_s=2.0, after_load_s=3.0)


def test_own_rates_searches_and_rests_are_added_up_with_the_ends_of_their_slices() -> None:
    slices_s = 2 * 1.5 + 56 * SEARCH.least_s
    assert beside_s(ALL, (FLASK, GIN), 0.5) == pytest.approx(slices_s + 58 * ending_s(0.5) + SETTLING_S + 2.0 + 3.0)
    assert beside_s(PLAN, (FLASK, GIN)) == 0.0


def test_a_target_that_no_longer_runs_takes_no_time() -> None:
    one_s = 1.5 + 28 * SEARCH.least_s + 29 * ending_s(0.01)
    assert beside_s(ALL, (FLASK,)) == pytest.approx(one_s + SETTLING_S + 2.0 + 3.0)


def test_the_rest_of_a_block_also_has_its_counted_slices() -> None:
    counted = [part for batch in BATCHES if batch.counted for part in batch.slices]
    expected_s = sum(map(lasts_s, counted)) + beside_s(ALL, (FLASK, GIN))
    assert rest_s(ALL, {}, (FLASK, GIN)) == pytest.approx(expected_s)
