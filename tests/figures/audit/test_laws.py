"""The laws of one row, by exact numbers: what they allow, and what they don't judge."""

from dataclasses import replace

import numpy as np
import pytest

from harness.figures.audit.laws import (
    answers_over_time,
    arithmetic,
    errors_counted,
    findings_of,
    littles_law,
    mean_forced,
    mean_outside,
    percentile_order,
    time_missing,
)
from harness.figures.audit.rows import Loop, Reading, Relation, Row
from tests.figures.audit.simulated import Load, by_wrk


def exact(value: float) -> Reading:
    return Reading.exact(value, f"{value:g}")


# 64 connections, 6,400 answers per second, 10 ms each, for 100 s.
ROW = Row(
    subject="a",
    test="t",
    place="[0]",
    loop=Loop.CLOSED,
    connections=64,
    rate_per_s=exact(6400),
    seconds=exact(100),
    answers=exact(640_000),
    mean_s=exact(0.01),
    least_s=exact(0.002),
    most_s=exact(0.04),
    percentiles=((0.5, exact(0.009)), (0.99, exact(0.02))),
)


def test_a_consistent_row_breaks_no_law() -> None:
    assert list(findings_of(ROW)) == []


@pytest.mark.parametrize(("mean_s", "is_accused"), [(0.0102, False), (0.0103, False), (0.0105, True), (0.013, True)])
def test_little_allows_three_percent(mean_s: float, *, is_accused: bool) -> None:
    assert (littles_law(replace(ROW, mean_s=exact(mean_s))) is not None) is is_accused


@pytest.mark.parametrize(("mean_s", "is_accused"), [(0.0090, False), (0.0089, True), (0.007, True)])
def test_a_tenth_of_the_time_may_be_in_no_latency(mean_s: float, *, is_accused: bool) -> None:
    assert (time_missing(replace(ROW, mean_s=exact(mean_s))) is not None) is is_accused


def test_the_rounding_of_a_printed_mean_accuses_nobody() -> None:
    rounded = Reading(0.011, 0.0102, 0.0118, "11ms")
    assert littles_law(replace(ROW, mean_s=rounded)) is None


def test_the_arithmetic_is_quoted() -> None:
    finding = littles_law(replace(ROW, mean_s=exact(0.013)))
    assert finding is not None
    assert finding.arithmetic == "6400 times 0.013 are 83.2 requests in flight, over 64 connections"
    assert finding.size == pytest.approx(1.3)


@pytest.mark.parametrize(
    "change",
    [
        {"loop": Loop.UNKNOWN},
        {"is_average": True},
        {"connections": None},
        {"depth": 2},
        {"adds_samples": True},
        {"rate_per_s": None, "answers": None},
        {"seconds": exact(0.03)},  # one more request per connection
    ],
)
def test_little_does_not_judge(change: dict[str, object]) -> None:
    assert littles_law(replace(ROW, mean_s=exact(0.013), **change)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"loop": Loop.THINKING},
        {"depth": 2},
        {"unopened": 20},
        {"unanswered": 10.0},
        {"reconnects": 640_000.0},
        {"client_threads": 64},
        {"most_s": exact(25.0)},  # it may be cut off at the end
    ],
)
def test_missing_time_is_not_judged_where_something_explains_it(change: dict[str, object]) -> None:
    assert time_missing(replace(ROW, mean_s=exact(0.007))) is not None
    assert time_missing(replace(ROW, mean_s=exact(0.007), **change)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(40))
def test_what_wrk_adds_stays_within_the_limit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    share, factor = rng.uniform(0.001, 0.6), rng.uniform(1, 200)
    times = np.where(rng.random(50_000) < share, factor, 1.0) * rng.gamma(rng.uniform(0.5, 20), 1.0, 50_000)
    times *= 0.01 / times.mean()
    load = Load(64, 64, 100.0, times, times, 0)
    load = replace(load, seconds=load.answers * 0.01 / 64)
    corrected = by_wrk(load)
    row = replace(
        ROW,
        rate_per_s=exact(6400),
        seconds=exact(load.seconds),
        answers=exact(load.answers),
        mean_s=exact(float(corrected.mean())),
        spread_s=exact(float(corrected.std())),
        adds_samples=True,
    )
    assert littles_law(row) is None


@pytest.mark.parametrize(("mean_s", "spread_s"), [(0.013, 0.003), (0.09, 0.01), (0.013, 0.0)])
def test_a_mean_above_what_wrk_can_add_is_found(mean_s: float, spread_s: float) -> None:
    assert littles_law(replace(ROW, mean_s=exact(mean_s), spread_s=exact(spread_s), adds_samples=True)) is not None


def test_percentiles_that_exclude_the_forced_mean_are_found_without_a_mean() -> None:
    low = replace(ROW, mean_s=None, most_s=exact(0.007), percentiles=((0.5, exact(0.005)),))
    high = replace(ROW, mean_s=None, most_s=None, percentiles=((0.5, exact(0.03)),))
    assert [finding.arithmetic for row in (low, high) if (finding := mean_forced(row)) is not None] == [
        "6400 over 64 connections forces a mean of 10.0 ms; the percentiles allow at most 6.00 ms",
        "6400 over 64 connections forces a mean of 10.0 ms; the percentiles allow at least 16.0 ms",
    ]
    assert mean_forced(replace(ROW, mean_s=None)) is None


def test_a_mean_that_the_percentiles_exclude_is_found() -> None:
    # at least 0.5 * 2 + 0.49 * 9 + 0.01 * 20 = 5.61 ms, at most 0.5 * 9 + 0.49 * 20 + 0.01 * 40 = 14.7 ms
    limits = {0.0054: True, 0.0056: False, 0.0147: False, 0.0151: True}
    assert {mean: mean_outside(replace(ROW, mean_s=exact(mean))) is not None for mean in limits} == limits


def test_percentiles_out_of_order_are_found() -> None:
    swapped = replace(ROW, percentiles=((0.5, exact(0.02)), (0.99, exact(0.009))))
    finding = percentile_order(swapped)
    assert finding is not None
    assert finding.arithmetic == "0.02 is above 0.009"
    assert percentile_order(replace(ROW, least_s=exact(0.0091))) is None
    assert percentile_order(replace(ROW, least_s=exact(0.0095))) is not None


def test_a_rate_is_the_answers_over_the_seconds_with_or_without_errors() -> None:
    with_errors = replace(ROW, errors=exact(128_000))
    limits = {5000.0: True, 5120.0: False, 6000.0: False, 6400.0: False, 6600.0: True}
    assert {
        rate: answers_over_time(replace(with_errors, rate_per_s=exact(rate))) is not None for rate in limits
    } == limits


def test_errors_are_counted_if_the_rate_is_that_of_all_answers() -> None:
    with_errors = replace(ROW, errors=exact(128_000))
    assert errors_counted(with_errors) is not None
    assert errors_counted(replace(with_errors, rate_per_s=exact(5120))) is None
    assert errors_counted(replace(ROW, errors=exact(12_000))) is None
    assert errors_counted(replace(with_errors, rate_per_s=None)) is None
    assert errors_counted(replace(with_errors, rate_per_s=None, counts_errors=True)) is not None


@pytest.mark.parametrize(("left", "right", "is_accused"), [(1.0, 1.02, True), (1.02, 1.0, True), (1.0, 1.005, False)])
def test_an_equality_is_held_from_both_sides(left: float, right: float, *, is_accused: bool) -> None:
    relation = Relation("they are equal", exact(left), exact(right), 0.01)
    assert (arithmetic(replace(ROW, relations=(relation,))) is not None) is is_accused


def test_a_limit_is_held_from_one_side() -> None:
    relation = Relation("the peak is the largest", exact(2.0), exact(1.0), 0.01, is_equality=False)
    assert arithmetic(replace(ROW, relations=(relation,))) is None
    smaller = replace(relation, left=exact(0.5))
    finding = arithmetic(replace(ROW, relations=(smaller,)))
    assert finding is not None
    assert finding.arithmetic == "the peak is the largest: 0.5 against 1"


def test_the_rates_of_a_row_are_computed_once_and_anew_for_a_changed_row() -> None:
    assert ROW.rates is not None
    assert ROW.rates is ROW.rates
    changed = replace(ROW, rate_per_s=exact(3200)).rates
    assert changed is not None
    assert [rate.value for rate in changed] == [3200, 3200]
