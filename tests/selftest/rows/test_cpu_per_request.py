"""The row fails for counters with a wrong scale, counters of elapsed time, and counters without numbers."""

from collections.abc import Sequence

import pytest

from harness.selftest.rows.cpu_per_request import COSTS_US, Reading, judge, own_s
from tests.selftest.made import broken

ROUNDS = 5
OVERHEAD_S = 80e-6


def readings(slope: float, *, rest: float = 0.0) -> list[Reading]:
    """Return the readings of counters with this scale, in every round.

    Args:
        slope: The scale.
        rest: The growth of the rest of a request's cost with the commanded cost.
    """
    costs_s = [cost_us / 1e6 for cost_us in COSTS_US]
    true_s = [OVERHEAD_S + (1 + rest) * cost_s for cost_s in costs_s]
    return [Reading(cost_s, true, slope * true) for cost_s, true in zip(costs_s, true_s, strict=True)] * ROUNDS


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
    last, others = COSTS_US[-1] / 1e6, readings(1.0)
    others.remove(next(one for one in others if one.commanded_s == last))
    disturbed = [Reading(last, 0.001, 0.01), *others]
    assert len(disturbed) == len(readings(1.0))
    assert broken(judge("process", disturbed, readings(0.0))) == []


def test_the_rest_of_a_request_may_cost_more_after_a_longer_spin() -> None:
    """On a noisy machine it cost 38 µs after a spin of 200 µs and 64 µs after 1 ms: a slope of 1.03 over the spin."""
    assert broken(judge("process", readings(1.0, rest=0.035), readings(0.0))) == []
    assert broken(judge("process", readings(1.02, rest=0.035), readings(0.0))) == ["process: slope over CPU time"]


def test_the_truth_is_the_servers_own_clock_over_its_own_count_without_the_cost_of_a_report() -> None:
    first, before, after = (
        {"cpu_ns": 500, "served": 5},
        {"cpu_ns": 1_000, "served": 5},
        {"cpu_ns": 2_001_500, "served": 9},
    )
    assert own_s(first, before, after) == 0.0005
    assert own_s(first, before, {**after, "served": 5}) is None
