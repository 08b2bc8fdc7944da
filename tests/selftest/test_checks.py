"""A check passes exactly up to its limit. A check without a measured number never passes."""

import math

import numpy as np
import pytest

from harness.documents import SelftestOutcome
from harness.histogram import Histogram
from harness.selftest.checks import (
    Check,
    Outcome,
    Rule,
    at_least,
    exactly,
    happened,
    mean_s,
    quantile_s,
    samples_in,
)

FINE, BROKEN = Check("fine", 0, 1, 10), Check("broken", 0, 11, 10)


@pytest.mark.parametrize(
    ("check", "strain"),
    [
        (Check("x", 10, 10, 2), 0),
        (Check("x", 10, 11, 2), 0.5),
        (Check("x", 10, 8, 2), 1),
        (Check("x", 10, 13, 2), 1.5),
        (Check("x", 0, 0.0, 0), 0),
        (Check("x", 3, 2, 0), math.inf),
        (exactly("x", 3, 3), 0),
        (exactly("x", 3, 4), math.inf),
        (happened("x", did=True), 0),
        (happened("x", did=False), math.inf),
        (at_least("x", 0.5, 1.0), 0.5),
        (at_least("x", 0.5, 0.5), 1),
        (at_least("x", 0.5, 0.25), 2),
        (at_least("x", 0.5, 0.0), math.inf),
        (at_least("x", 0.5, -1.0), math.inf),
        (Check("x", 0, None, 5), math.inf),
        (Check("x", 0, None, 5, rule=Rule.AT_LEAST), math.inf),
        (Check("x", 0, math.nan, 5), math.inf),
        (Check("x", math.nan, 1, 5), math.inf),
    ],
)
def test_a_check_passes_up_to_its_limit(check: Check, strain: float) -> None:
    assert check.strain == strain
    assert check.passed == (strain <= 1)


def test_a_row_passes_when_all_its_checks_pass_and_shows_the_tightest_check() -> None:
    loose, tight, broken = Check("loose", 0, 1, 10), Check("tight", 0, 9, 10), Check("broken", 0, 11, 10)
    assert Outcome("row", (loose, tight), "").passed
    assert Outcome("row", (loose, tight), "").tightest == tight
    assert not Outcome("row", (loose, broken, tight), "").passed
    assert Outcome("row", (loose, broken, tight), "").tightest == broken


def test_a_row_without_checks_does_not_pass() -> None:
    assert not Outcome("row", (), "not run").passed
    assert Outcome("row", (), "not run").tightest is None


@pytest.mark.parametrize(
    ("checks", "yardsticks", "outcome", "passed"),
    [
        ((FINE,), (), SelftestOutcome.PASSED, True),
        ((FINE,), (FINE,), SelftestOutcome.PASSED, True),
        ((BROKEN,), (FINE,), SelftestOutcome.FAILED, False),
        ((BROKEN,), (FINE, BROKEN), SelftestOutcome.TOO_NOISY, None),
        ((FINE,), (BROKEN,), SelftestOutcome.TOO_NOISY, None),
        ((), (), SelftestOutcome.FAILED, False),
    ],
)
def test_a_row_whose_yardstick_misses_its_limit_has_neither_passed_nor_failed(
    checks: tuple[Check, ...], yardsticks: tuple[Check, ...], outcome: SelftestOutcome, *, passed: bool | None
) -> None:
    row = Outcome("row", checks, "", yardsticks)
    assert row.kind is outcome
    assert row.passed is passed


def test_a_histogram_without_samples_has_no_numbers() -> None:
    assert (quantile_s(None, 0.5), mean_s(None), samples_in(None)) == (None, None, 0)


def test_a_histogram_with_samples_has_quantile_mean_and_count() -> None:
    histogram = Histogram()
    histogram.record(np.array([1_000, 2_000, 6_000]))
    text = histogram.to_text()
    assert (quantile_s(text, 1.0), samples_in(text)) == (6e-6, 3)
    assert mean_s(text) == pytest.approx(3e-6)
