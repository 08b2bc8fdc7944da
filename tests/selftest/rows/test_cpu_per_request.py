"""Counters whose scale is off, that read time instead of work, or that say nothing fail the row."""

from collections.abc import Sequence

import pytest

from harness.selftest.rows.cpu_per_request import COSTS_US, Reading, judge
from tests.selftest.made import broken

ROUNDS = 5
OVERHEAD_S = 80e-6


def readings(slope: float) -> list[Reading]:
    """What counters of this scale read in every round."""
    costs_s = [cost_us / 1e6 for cost_us in COSTS_US]
    return [Reading(cost_s, OVERHEAD_S + slope * cost_s) for cost_s in costs_s] * ROUNDS


@pytest.mark.parametrize(
    ("spun", "slept", "failing"),
    [
        (readings(1.0), readings(0.0), []),
        (readings(1.009), readings(0.04), []),
        (readings(1.011), readings(0.0), ["slope over CPU time"]),
        (readings(0.989), readings(0.0), ["slope over CPU time"]),
        (
            readings(1.0),
            readings(1.0),
            ["negative control: slope over sleep"],
        ),  # the time that passes, not the time that is used
        (readings(0.0), readings(0.0), ["slope over CPU time"]),  # the first process alone, which only waits
        (readings(1.0)[:-1], readings(0.0), ["slices with a number"]),
        ([], [], ["slices with a number", "slope over CPU time", "negative control: slope over sleep"]),
    ],
)
def test_the_slope_of_work_is_one_and_that_of_sleep_is_none(
    spun: Sequence[Reading], slept: Sequence[Reading], failing: list[str]
) -> None:
    assert broken(judge("process", spun, slept)) == [f"process: {what}" for what in failing]


def test_one_disturbed_slice_does_not_move_the_slope() -> None:
    disturbed = [Reading(COSTS_US[-1] / 1e6, 0.01), *readings(1.0)[1:]]
    assert len(disturbed) == len(readings(1.0))
    assert broken(judge("process", disturbed, readings(0.0))) == []
