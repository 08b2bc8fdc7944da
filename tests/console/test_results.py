"""The cells of results: a ratio with its interval, or its interval alone."""

import pytest

from harness.console.results import ratio_cell
from harness.model import Comparison, Difference
from tests.trials import FLASK, GIN


@pytest.mark.parametrize(
    ("interval", "verdict", "cell"),
    [
        ((10.7, 4.57, 24.9), Difference.HIGHER, "10.7 [4.57, 24.9]"),
        ((0.0722, 0.00497, 1.05), Difference.INCONCLUSIVE, "? 0.0050 to 1.1"),
        ((0.322, 0.046, 2.15), Difference.NO_DIFFERENCE_SHOWN, "~ 0.046 to 2.1"),
        ((60.0, 18.0, 200.0), Difference.HIGHER, "18 to 200"),
        ((60.0, 20.1, 200.0), Difference.HIGHER, "60.0 [20.1, 200]"),
        ((2.0, 2.0, 2.0), Difference.HIGHER, "2.00"),
    ],
)
def test_a_ratio_of_which_only_the_order_of_magnitude_is_known_is_its_interval(
    interval: tuple[float, float, float], verdict: Difference, cell: str
) -> None:
    ratio, low, high = interval
    assert ratio_cell(Comparison("memory.idle", None, GIN, FLASK, ratio, low, high, None, verdict)) == cell
