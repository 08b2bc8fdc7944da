"""A target's own share of a start: the blocks that its interval needs, and the differences that are a number."""

from dataclasses import replace

import pytest

from harness.analysis.own_start import own_starts
from harness.analysis.series import Key, Series, collect
from harness.model import Measurement
from harness.units import Unit
from tests.trials import FLASK, GIN, NULL, a_plan, a_stored_run, a_trial

PLAN = replace(a_plan(FLASK, GIN), ceiling=NULL)


def app_of(*ready_s: float) -> Series:
    """Return Flask's own share of starts where the null target starts in 0.1 s."""
    trials = [
        a_trial(block, subject, Measurement("cold_start.ready", Unit.SECOND, one_s))
        for block, flask_s in enumerate(ready_s)
        for subject, one_s in ((FLASK, flask_s), (NULL, 0.1))
    ]
    return own_starts(PLAN, collect(a_stored_run(PLAN, *trials)))[Key(FLASK, None, "cold_start.app")]


def test_the_difference_of_two_blocks_has_an_interval() -> None:
    """The differences are -1 and 3 ms; the half width is Student's 12.706 times 2.83 ms divided by the root of 2."""
    assert app_of(0.099, 0.103).reasons[0] == (
        "it was ready no later than the null target in 1 of 2 blocks, "
        "on average 1.0 \N{PLUS-MINUS SIGN} 25.4 ms after it (95 %)"
    )


@pytest.mark.parametrize(("ready_s", "values"), [((0.101, 0.102), {0: 0.001, 1: 0.002}), ((0.1, 0.102), {})])
def test_a_start_longer_by_a_millisecond_has_a_number_and_an_equal_start_has_none(
    ready_s: tuple[float, float], values: dict[int, float]
) -> None:
    assert app_of(*ready_s).values() == pytest.approx(values)


def test_equal_starts_differ_by_nothing_instead_of_minus_nothing() -> None:
    assert app_of(0.1, 0.1 - 1e-9).reasons[0] == (
        "it was ready no later than the null target in 2 of 2 blocks, "
        "on average 0.0 \N{PLUS-MINUS SIGN} 0.0 ms after it (95 %)"
    )
