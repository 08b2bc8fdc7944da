"""The valid values of a figure, its nominal number and its claim."""

import math
from dataclasses import replace

import pytest

from harness.figures.published import Evidence, Figure, Judgement, Rule
from harness.model import Verdict
from harness.units import Unit
from tests.figures.cases import GTHREAD, figure


@pytest.mark.parametrize(
    ("low", "high", "rounding", "is_valid"),
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
    low: float, high: float, rounding: float, *, is_valid: bool
) -> None:
    def create() -> Figure:
        return replace(figure("memory.idle", "MB", 1), low=low, high=high, rounding=rounding)

    if is_valid:
        assert math.isfinite(create().nominal)
    else:
        with pytest.raises(ValueError, match="f: "):
            create()


@pytest.mark.parametrize(
    ("low", "high", "nominal", "claim"),
    [
        (2.0, 4.0, 3.0, (1.5, 4.5)),
        (2.0, math.inf, 2.0, (1.5, math.inf)),
        (-math.inf, 4.0, 4.0, (-math.inf, 4.5)),
    ],
)
def test_the_nominal_number_is_the_middle_of_a_range_or_the_bound(
    low: float, high: float, nominal: float, claim: tuple[float, float]
) -> None:
    one = replace(figure("memory.idle", "MB", 1), low=low, high=high, rounding=0.5)
    assert (one.nominal, one.claim) == (nominal, claim)


def test_a_claim_in_words_needs_no_number() -> None:
    assert replace(figure("attribute.orm", "words", 0), low=math.nan, high=math.nan, states="yes").states == "yes"


def test_verdicts_and_rules_have_the_values_of_the_documents() -> None:
    assert [verdict.value for verdict in Verdict] == [
        "confirmed",
        "refuted",
        "not_reproduced",
        "contradicted",
        "inconclusive",
        "not_comparable",
        "not_measured",
    ]
    assert [rule.value for rule in Rule] == ["one_quantity", "difference", "ratio", "in_flight", "parts", "unit"]


def evidence(estimate: float) -> Evidence:
    return Evidence(GTHREAD, None, None, "memory.idle", Unit.BYTE, estimate, estimate, estimate)


def test_evidence_is_not_a_bound_by_default() -> None:
    one = evidence(5.0)
    assert (one.at_least, one.at_most, one.second) == (None, None, None)


@pytest.mark.parametrize(("tolerance", "claim"), [(0.0, (295, 305)), (3.0, (295, 305)), (30.0, (270, 330))])
def test_a_claim_is_widened_by_the_larger_of_rounding_and_tolerance(
    tolerance: float, claim: tuple[float, float]
) -> None:
    one = figure("throughput.peak", "req/s", 300, rounding=5)
    assert replace(one, tolerance=tolerance).claim == claim


@pytest.mark.parametrize(
    ("estimates", "measured", "ratio"),
    [((), None, None), ((4e6, 9e6), 4e6, 0.5), ((0.0, 9e6), 0.0, None)],
    ids=["none", "two", "nothing measured"],
)
def test_the_ratio_is_the_published_number_over_the_nearest_measured_one(
    estimates: tuple[float, ...], measured: float | None, ratio: float | None
) -> None:
    one = Judgement(figure("memory.idle", "MB", 2), Verdict.REFUTED, "", tuple(map(evidence, estimates)))
    assert (one.measured.estimate if one.measured else None) == measured
    assert one.ratio == ratio
