"""Values and blocks that give no number, each with its reason."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.absent import LARGEST, SMALLEST, no_interval, no_value
from harness.analysis.intervals import log_t_interval


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (0.0, "measured 0, and an estimate needs positive numbers"),
        (-2.5, "measured -2.5, and an estimate needs positive numbers"),
        (5e-324, "measured 4.94066e-324, which no real machine gives"),
        (1e308, "measured 1e+308, which no real machine gives"),
        (SMALLEST, None),
        (LARGEST, None),
    ],
)
def test_a_value_must_be_positive_and_possible(value: float, reason: str | None) -> None:
    assert no_value(value) == reason


@pytest.mark.parametrize(("values", "count"), [((), "is none"), ((1.0,), "is one")], ids=["no block", "one block"])
def test_too_few_blocks_give_no_interval(values: tuple[float, ...], count: str) -> None:
    assert no_interval(values) == f"an interval needs 2 blocks with a number, and there {count}"


@pytest.mark.parametrize("values", [(1e-15, 1e18), (1.0, math.inf), (0.0, 1.0), (5e-324, 1.7e308), (math.nan, 1.0)])
def test_blocks_too_far_apart_give_no_interval(values: tuple[float, ...]) -> None:
    reason = no_interval(values)
    assert reason is not None
    assert reason.startswith("the numbers of the blocks lie too far apart for an interval, from ")


@pytest.mark.parametrize("values", [(1.0, 1.0), (1.0, 2.0), (1e-15, 1e-15), (1e18, 1e18)])
def test_equal_and_close_blocks_give_one(values: tuple[float, ...]) -> None:
    assert no_interval(values) is None


@given(values=st.lists(st.floats(SMALLEST, LARGEST), max_size=12))
def test_without_a_reason_the_interval_is_positive_and_finite(values: list[float]) -> None:
    if no_interval(values) is None:
        interval = log_t_interval(values)
        assert 0 < interval.low <= interval.estimate <= interval.high < math.inf
