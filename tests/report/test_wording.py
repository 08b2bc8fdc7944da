"""Numbers and verdicts in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Bound, Difference, Result, Verdict
from harness.report.wording import (
    BOUND_MEANINGS,
    BOUND_WORDS,
    DASH,
    DIFFERENCE_WORDS,
    VERDICT_MEANINGS,
    VERDICT_WORDS,
    difference_said,
    difference_spelled,
    duration,
    fixed_percentage,
    percentage,
    probability,
    rate_spelled,
    ratio_spelled,
    reason_of,
    scaled,
    spelled,
)
from harness.units import Unit
from tests.report.measured import FLASK, GIN, absent, comparisons_of

LATENCY = Result(FLASK, "hello", "latency.open.r1000.p50", Unit.SECOND, 5, 0.95, 0.000412, 0.000404, 0.0011)


def test_a_result_and_its_interval_share_one_unit() -> None:
    assert scaled(LATENCY) == ("412", "[404, 1,100]", "µs")
    assert spelled(LATENCY) == "412 µs [404, 1,100]"


@pytest.mark.parametrize(
    ("value", "unit", "text"), [(5.0, Unit.ONE, "5"), (1200.0, Unit.ONE, "1,200"), (346_371.0, Unit.BYTE, "338 KiB")]
)
def test_an_exact_number_has_no_interval_and_a_count_no_decimals(value: float, unit: Unit, text: str) -> None:
    assert spelled(Result(FLASK, None, "footprint.any", unit, 1, 1.0, value, value, value)) == text


def test_an_absent_result_is_a_dash_with_a_reason() -> None:
    result = absent(FLASK, "memory.peak", None, "this kernel keeps none")
    assert scaled(result) is None
    assert spelled(result) == DASH
    assert reason_of(result) == "this kernel keeps none"


def test_a_number_that_is_not_finite_counts_as_absent() -> None:
    result = replace(LATENCY, high=float("inf"))
    assert spelled(result) == DASH
    assert reason_of(result) == "the stored number is not finite"


def test_a_small_ratio_is_also_given_inverted() -> None:
    lower = next(c for c in comparisons_of(GIN, FLASK) if c.metric == "memory.loaded")
    assert ratio_spelled(lower) == ("0.198×", "[0.192, 0.204]")
    assert difference_spelled(lower) == "5.05 times lower"
    assert difference_spelled(replace(lower, ratio=0.9)) == "lower"
    assert difference_said(lower) == ("5.05 times lower", "[4.90, 5.21]")
    assert difference_said(replace(lower, ratio=0.9, low=0.88, high=0.95)) == ("10.0 % lower", "[5.00 %, 12.0 %]")
    unclear = replace(lower, verdict=Difference.NO_DIFFERENCE_SHOWN, ratio=1.1, low=0.9, high=1.3)
    assert difference_said(unclear) == ("no difference shown", "ratio 1.10 [0.900, 1.30]")


def test_a_ratio_of_which_only_the_order_of_magnitude_is_known_is_its_interval() -> None:
    lower = next(c for c in comparisons_of(GIN, FLASK) if c.metric == "memory.loaded")
    vague = replace(lower, verdict=Difference.INCONCLUSIVE, ratio=0.0722, low=0.00497, high=1.05)
    assert ratio_spelled(vague) == ("0.0050 to 1.1×", "")
    assert difference_said(vague) == ("inconclusive", "ratio 0.0050 to 1.1")


def test_of_a_wide_interval_only_the_end_nearest_to_1_is_said() -> None:
    lower = next(c for c in comparisons_of(GIN, FLASK) if c.metric == "memory.loaded")
    wide = replace(lower, ratio=1 / 13.7, low=1 / 47.4, high=1 / 3.94)
    assert difference_said(wide) == ("at least 3.94 times lower", "[3.94, 47.4]")
    assert difference_said(wide.inverted()) == ("at least 3.94 times higher", "[3.94, 47.4]")
    percents = replace(lower, ratio=0.7, low=0.51, high=0.96)
    assert difference_said(percents) == ("at least 4.00 % lower", "[4.00 %, 49.0 %]")
    assert difference_spelled(replace(lower, verdict=Difference.INCONCLUSIVE)) == "inconclusive"


def test_durations_rates_and_shares_are_written_with_their_units() -> None:
    assert [rate_spelled(rate) for rate in (500.0, 1000.0, 0.5)] == ["500 req/s", "1,000 req/s", "0.5 req/s"]
    assert [duration(s) for s in (47.6, 60, 192)] == ["48 s", "1 min 0 s", "3 min 12 s"]
    assert [fixed_percentage(share) for share in (0.95, 0.999, 1.0, 0.02)] == ["95 %", "99.9 %", "100 %", "2 %"]


def test_a_measured_share_has_the_digits_of_a_measured_number() -> None:
    shares = (0.045, 0.0516, 0.11, 0.58071, 1.0, 0.0042, 12.5, 0.0)
    assert [percentage(share) for share in shares] == [
        "4.50 %", "5.16 %", "11.0 %", "58.1 %", "100 %", "0.420 %", "1,250 %", "0 %",
    ]  # fmt: skip


def test_every_verdict_bound_and_difference_has_words() -> None:
    assert set(VERDICT_WORDS) == set(VERDICT_MEANINGS) == set(Verdict)
    assert set(BOUND_WORDS) == set(BOUND_MEANINGS) == set(Bound)
    assert set(DIFFERENCE_WORDS) == set(Difference)


@pytest.mark.parametrize(
    ("p", "text"), [(0.0312, "= 0.031"), (1.0, "= 1.0"), (0.0001, "= 0.00010"), (5.4e-9, "< 0.0001"), (0.0, "< 0.0001")]
)
def test_a_very_small_probability_is_less_than_a_limit(p: float, text: str) -> None:
    assert probability(p) == text
