"""Which figures can be made, and what stands for one in a ratio."""

import math
from dataclasses import replace

import pytest

from harness.figures.published import Figure
from tests.figures.cases import figure


@pytest.mark.parametrize(
    ("low", "high", "rounding", "can_be"),
    [
        (1.0, 1.0, 0.0, True),
        (1.0, 2.0, 0.5, True),
        (2.0, 1.0, 0.0, False),
        (1.0, 1.0, -0.1, False),
        (1.0, math.inf, 0.0, True),
        (-math.inf, 1.0, 0.0, True),
        (-math.inf, math.inf, 0.0, False),
        (math.nan, 1.0, 0.0, False),
        (math.inf, math.inf, 0.0, False),
    ],
)
def test_a_figure_has_a_finite_number_and_no_negative_rounding(
    low: float, high: float, rounding: float, *, can_be: bool
) -> None:
    def made() -> Figure:
        return replace(figure("memory.idle", "MB", 1), low=low, high=high, rounding=rounding)

    if can_be:
        assert math.isfinite(made().nominal)
    else:
        with pytest.raises(ValueError, match="f: "):
            made()


@pytest.mark.parametrize(
    ("low", "high", "nominal", "claim"),
    [
        (2.0, 4.0, 3.0, (1.5, 4.5)),
        (2.0, math.inf, 2.0, (1.5, math.inf)),
        (-math.inf, 4.0, 4.0, (-math.inf, 4.5)),
    ],
)
def test_the_middle_of_a_range_or_the_bound_stands_for_it(
    low: float, high: float, nominal: float, claim: tuple[float, float]
) -> None:
    one = replace(figure("memory.idle", "MB", 1), low=low, high=high, rounding=0.5)
    assert (one.nominal, one.claim) == (nominal, claim)


def test_a_claim_in_words_needs_no_number() -> None:
    assert replace(figure("attribute.orm", "words", 0), low=math.nan, high=math.nan, states="yes").states == "yes"
