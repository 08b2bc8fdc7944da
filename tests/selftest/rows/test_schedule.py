"""The row fails for a request that is late or lost, and for gaps that are not Poisson."""

from typing import Any

import numpy as np
import pytest

from harness.histogram import Histogram
from harness.load.arrivals import constant, poisson
from harness.selftest.rows.schedule import judge, judge_gaps
from tests.selftest.made import broken, histogram, result, truth

DUE_NS = np.arange(4000) * 5_000_000
SEEN = truth(list(DUE_NS / 1e9))
SHARP = [1e-6] * 4000


def late(*parts: tuple[int, float]) -> list[float]:
    """Return latenesses: each part is a number of requests and their lateness in seconds; all others are on time."""
    found = [seconds for count, seconds in parts for _ in range(count)]
    return found + SHARP[len(found) :]


def bare(p999_s: float) -> Histogram:
    return Histogram.from_text(histogram([1e-6] * 900 + [p999_s] * 100))


@pytest.mark.parametrize(
    ("lateness", "bare_s", "failing"),
    [
        (SHARP, 1e-5, []),
        (late((2001, 21e-6)), 1e-5, ["p50"]),
        (late((1999, 21e-6)), 1e-5, []),
        (late((41, 105e-6)), 1e-5, ["p99"]),
        (late((39, 105e-6)), 1e-5, []),
        (late((5, 1.1e-3)), 1e-5, ["p99.9"]),
        (late((5, 0.9e-3)), 1e-5, []),
        (late((5, 2.9e-3)), 1e-3, []),
        (late((5, 3.1e-3)), 1e-3, ["p99.9"]),
        (late((41, 105e-6)), 1e-2, ["p99"]),
    ],
)
def test_lateness_has_three_limits_and_only_that_of_p999_depends_on_the_bare_loop(
    lateness: list[float], bare_s: float, failing: list[str]
) -> None:
    found = broken(judge("x", DUE_NS, result(4000, lateness=lateness), SEEN, bare(bare_s)))
    assert found == [f"x: lateness {name}" for name in failing]


@pytest.mark.parametrize(
    ("changes", "arrived", "failing"),
    [
        ({"planned": 3999}, 4000, ["planned"]),
        ({"planned": None}, 4000, ["planned"]),
        ({"sent": 3999}, 4000, ["sent"]),
        ({}, 3999, ["arrived"]),
        ({}, 4001, ["arrived"]),
    ],
)
def test_a_planned_request_that_is_not_sent_exactly_once_fails(
    changes: dict[str, Any], arrived: int, failing: list[str]
) -> None:
    fields: dict[str, Any] = {"sent": 4000, "planned": 4000, "lateness": SHARP} | changes
    found = broken(judge("x", DUE_NS, result(**fields), truth([0.0] * arrived), bare(1e-5)))
    assert found == [f"x: {what}" for what in failing]


def test_a_slice_without_lateness_fails() -> None:
    found = broken(judge("x", DUE_NS, result(4000, lateness=None), SEEN, bare(1e-5)))
    assert found == ["x: lateness p50", "x: lateness p99", "x: lateness p99.9"]


def test_poisson_gaps_pass_and_constant_or_too_few_gaps_fail() -> None:
    assert judge_gaps("x", np.array(list(poisson(200, 20, seed=1)))).passed
    assert not judge_gaps("x", np.array(list(constant(200, 20)))).passed
    assert not judge_gaps("x", np.array([1, 2])).passed
