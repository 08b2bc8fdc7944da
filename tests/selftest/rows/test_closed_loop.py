"""The row fails for a rate that differs from that of the cycle, and for a violation of Little's law."""

import numpy as np
import pytest

from harness.selftest.rows.closed_loop import judge, true_cycle_s
from harness.selftest.truth import Truth
from tests.selftest.made import broken, result, truth

CYCLE_S, SERVICE_S = 0.005, 0.00498


def seen(connections: int = 8, cycles: int = 200) -> Truth:
    """Return the record of connections that send in turn, each once per CYCLE_S."""
    numbers = np.arange(connections * cycles)
    turn, connection = np.divmod(numbers, connections)
    return truth(list(turn * CYCLE_S + connection * 1e-5), connection=connection.tolist())


def test_a_cycle_is_the_time_between_two_requests_of_one_connection() -> None:
    assert true_cycle_s(seen()) == pytest.approx(CYCLE_S)
    assert np.isnan(true_cycle_s(truth([0.0, 1.0], connection=[1, 2])))


@pytest.mark.parametrize(
    ("counted", "service_s", "failing"),
    [
        (1600, SERVICE_S, []),
        (1615, SERVICE_S, []),
        (1617, 0.0049, ["rate"]),
        (1583, SERVICE_S, ["rate", "Little's law, connections"]),
        (1600, 0.00506, ["Little's law, connections"]),
        (1600, 0.00494, ["Little's law, connections"]),
    ],
)
def test_a_rate_or_littles_law_more_than_a_hundredth_off_fails(
    counted: int, service_s: float, failing: list[str]
) -> None:
    found = broken(judge(8, result(1600, counted=counted, service=[service_s] * 1600), seen()))
    assert found == [f"8 connections: {what}" for what in failing]


def test_a_closed_slice_without_answers_fails() -> None:
    assert len(broken(judge(8, result(0, counted=0, service=None, response=None, lateness=None), seen()))) == 2
