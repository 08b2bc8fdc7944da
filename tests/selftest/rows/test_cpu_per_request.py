"""The row fails for counters with a wrong scale, counters of elapsed time, and counters without numbers."""

from collections.abc import Sequence

import pytest

from harness.selftest.rows.cpu_per_request import COSTS_US, Reading, judge
from tests.selftest.made import broken

ROUNDS = 5
OVERHEAD_S = 80e-6


def readings(slope: float) -> list[Reading]:
    """Return the readings of counters with this scale, in every round."""
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
        ),  # elapsed time instead of CPU time
        (readings(0.0), readings(0.0), ["slope over CPU time"]),  # only the first process, which waits
        (readings(1.0)[:-1], readings(0.0), ["slices with a number"]),
        ([], [], ["slices with a number", "slope over CPU time", "negative control: slope over sleep"]),
    ],
)
def test_the_slope_over_cpu_time_must_be_one_and_the_slope_over_sleep_zero(
    spun: Sequence[Reading], slept: Sequence[Reading], failing: list[str]
) -> None:
    assert broken(judge("process", spun, slept)) == [f"process: {what}" for what in failing]


def test_one_disturbed_slice_does_not_move_the_slope() -> None:
    disturbed = [Reading(COSTS_US[-1] / 1e6, 0.01), *readings(1.0)[1:]]
    assert len(disturbed) == len(readings(1.0))
    assert broken(judge("process", disturbed, readings(0.0))) == []
