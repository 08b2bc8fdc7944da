"""The cells of results: a ratio with its interval, or its interval alone."""

from dataclasses import replace

import pytest

from harness.console.results import ranks, ratio_cell
from harness.model import Comparison, Difference, Place, Ranking
from tests.console.test_overview import SEVEN, a_summary
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


def test_pairs_of_different_ranks_that_are_not_distinguished_are_named() -> None:
    one, two, three = SEVEN[:3]
    places = (Place(one, 1), Place(two, 1, tied=(three,)), Place(three, 2, tied=(two,)))
    summary = replace(a_summary(one, two, three), rankings=(Ranking("throughput.closed.c32", None, places),))
    (said,) = ranks(summary)
    assert said.endswith("1 flask_app, django_app; 2 starlette_app; not distinguished: django_app and starlette_app")
