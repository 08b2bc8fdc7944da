"""Exponential gaps pass and others fail; trials that break a law of queues are found."""

from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.laws import Cycles, biased_times, broken_littles_law, exponential_distance, utilisation_holds
from harness.histogram import Histogram
from harness.load.arrivals import constant, poisson


def test_exponential_gaps_fail_in_one_sample_of_a_hundred() -> None:
    random = np.random.default_rng(5)
    distances = np.array([exponential_distance(random.exponential(0.005, 300)) for _ in range(1000)])
    assert 3 <= np.count_nonzero(distances > 1) <= 20


def test_the_unit_of_gaps_does_not_matter() -> None:
    gaps_s = np.random.default_rng(1).exponential(0.005, 300)
    assert exponential_distance(gaps_s) == pytest.approx(exponential_distance(gaps_s * 1e3))


def test_the_distance_equals_a_hand_computed_one() -> None:
    # gaps 1 and 3, mean 2, F = 1 - exp(-x/2): A² = -2 - ½[ln F1 + ln(1-F2) + 3 ln F2 + 3 ln(1-F1)] = 0.3451
    assert exponential_distance(np.array([1.0, 3.0])) == pytest.approx(0.34510 * 1.3 / 1.957, rel=1e-3)


@pytest.mark.parametrize("rate_per_s", [200, 5000])
def test_planned_poisson_arrivals_pass_and_constant_arrivals_fail(rate_per_s: float) -> None:
    assert exponential_distance(np.diff(list(poisson(rate_per_s, 20, seed=1))) / 1e9) < 1
    assert exponential_distance(np.diff(list(constant(rate_per_s, 20))) / 1e9) > 100


def test_gaps_with_a_minimum_fail() -> None:
    gaps_s = np.random.default_rng(2).exponential(0.005, 4000)
    assert exponential_distance(np.maximum(gaps_s, 0.0005)) > 1


def cycles(service_s: float, gap_s: float | None = 0.001, connections: int = 32, reconnects: int = 0) -> Cycles:
    """Return the cycles of 1,000 answers a second that all take the same time."""
    service = Histogram()
    service.record(np.full(100, round(service_s * 1e9)))
    return Cycles(connections, 1000.0, service, gap_s, slices=6, counted_s=0.6, reconnects=reconnects)


@pytest.mark.parametrize(("service_s", "holds"), [(0.031, True), (0.0316, True), (0.0317, False), (0.0303, False)])
def test_littles_law_holds_to_two_percent(service_s: float, *, holds: bool) -> None:
    assert (broken_littles_law([cycles(service_s)] * 3) is None) is holds


def test_the_reason_names_the_law_the_level_and_by_how_much() -> None:
    assert broken_littles_law([cycles(0.035)] * 2) == (
        "the rate times the time of a request is 36.0 over 32 connections, 13 % off: Little's law allows 2.0 %"
    )
    reason = broken_littles_law([cycles(0.002, connections=1)])
    assert reason is not None
    assert "over 1 connection," in reason


def test_the_law_is_judged_over_all_trials_together() -> None:
    assert broken_littles_law([cycles(0.031)] * 5 + [cycles(0.034)]) is None
    assert broken_littles_law([cycles(0.031)] * 5 + [cycles(0.036)]) is not None


@pytest.mark.parametrize(("gap_s", "reconnects"), [(None, 0), (0.001, 3)])
def test_without_a_gap_or_with_closed_connections_only_too_much_time_breaks_the_law(
    gap_s: float | None, reconnects: int
) -> None:
    assert broken_littles_law([cycles(0.020, gap_s, reconnects=reconnects)] * 3) is None
    assert broken_littles_law([cycles(0.034, gap_s, reconnects=reconnects)] * 3) is not None


def test_nothing_is_judged_without_trials_without_counted_time_and_without_answers() -> None:
    empty = replace(cycles(0.02), service=Histogram())
    assert broken_littles_law([]) is None
    assert broken_littles_law([replace(cycles(0.02), counted_s=0.0)]) is None
    assert broken_littles_law([cycles(0.02), empty]) is None


def stalled(random: np.random.Generator, stalls_per_s: float, stall_s: float) -> Cycles:
    """Return the cycles of a trial of nine slices of eight connections, all of which a stall stops at once."""
    connections, slices, length_s, mean_s = 8, 9, 0.1, 0.002
    count = random.poisson(stalls_per_s * slices * 2 * length_s)
    at_s = np.sort(random.uniform(0, slices * 2 * length_s, count))  # in the time that the target works
    counted, service = 0.0, Histogram()
    steps_s = random.gamma(4, mean_s / 4, (connections, round(slices * 2 * length_s / mean_s)))
    ends_s = np.cumsum(steps_s, axis=1)
    ends_s += stall_s * np.searchsorted(at_s, ends_s)
    begins_s = np.concatenate([np.zeros((connections, 1)), ends_s[:, :-1]], axis=1)
    for number in range(slices):
        start_s = (2 * number + 0.5) * length_s
        inside_s = np.minimum(ends_s, start_s + length_s) - np.maximum(begins_s, start_s)
        counted += float((np.maximum(inside_s, 0) / (ends_s - begins_s)).sum())
        has_begun = (begins_s >= start_s) & (begins_s < start_s + length_s)
        service.record(np.round(1e9 * (ends_s - begins_s)[has_begun]).astype(np.int64))
    whole_s = slices * length_s
    return Cycles(connections, counted / whole_s, service, 0.0, slices, whole_s)


@pytest.mark.parametrize(("stalls_per_s", "stall_s"), [(0.0, 0.05), (0.5, 0.05), (5.0, 0.02), (0.5, 0.1)])
def test_stalls_at_the_edges_of_slices_do_not_break_the_law(stalls_per_s: float, stall_s: float) -> None:
    random = np.random.default_rng(4)
    broken = [broken_littles_law([stalled(random, stalls_per_s, stall_s) for _ in range(6)]) for _ in range(150)]
    assert sum(reason is not None for reason in broken) <= 3


@pytest.mark.parametrize(("stalls_per_s", "stall_s"), [(0.0, 0.05), (0.5, 0.02)])
def test_a_miscount_of_a_tenth_is_found_in_spite_of_stalls(stalls_per_s: float, stall_s: float) -> None:
    random = np.random.default_rng(5)
    found = 0
    for _ in range(50):
        trials = [stalled(random, stalls_per_s, stall_s) for _ in range(6)]
        wrong = [replace(one, rate_per_s=0.9 * one.rate_per_s) for one in trials]
        found += broken_littles_law(wrong) is not None
    assert found >= 48


def outlasting(share: float, connections: int = 64) -> Cycles:
    """Return the cycles of five slices of 60 ms, in which this share of the requests outlasts the slice."""
    service = Histogram()
    service.record(np.array([1_000_000] * round(1000 * (1 - share)) + [250_000_000] * round(1000 * share)))
    return Cycles(connections, 5000.0, service, 1e-6, slices=5, counted_s=0.3, reconnects=9)


def test_requests_that_outlast_the_slices_bias_the_times_in_all_blocks_and_break_no_law() -> None:
    """A server that leaves some connections waiting, as with Puma: 5,000 answers a second times 18 ms are 90."""
    trials = [outlasting(0.068 + 0.002 * block) for block in range(6)]
    assert broken_littles_law(trials) is None
    assert biased_times(trials) == (
        "requests are as long as slices, whose edges make their mean too large: rate times mean is 50 % more than the "
        "connections can have (Little's law)"
    )


def test_a_product_that_is_too_large_in_some_blocks_only_is_noise_of_the_edges() -> None:
    assert biased_times([outlasting(share) for share in (0.068, 0.03, 0.072, 0.02, 0.066, 0.04)]) is None
    assert biased_times([outlasting(0.068)]) is None
    assert biased_times([]) is None
    assert biased_times([replace(outlasting(0.068), service=Histogram())] * 3) is None


@pytest.mark.parametrize(("service_s", "is_biased"), [(0.031, False), (0.0316, False), (0.0317, True), (0.02, False)])
def test_times_are_biased_where_the_product_exceeds_the_connections_by_two_percent(
    service_s: float, *, is_biased: bool
) -> None:
    assert (biased_times([cycles(service_s)] * 3) is not None) is is_biased


@pytest.mark.parametrize(("stalls_per_s", "stall_s"), [(0.0, 0.05), (0.5, 0.05), (5.0, 0.02), (0.5, 0.1)])
def test_stalls_at_the_edges_of_slices_do_not_bias_the_times(stalls_per_s: float, stall_s: float) -> None:
    random = np.random.default_rng(4)
    biased = [biased_times([stalled(random, stalls_per_s, stall_s) for _ in range(6)]) for _ in range(150)]
    assert sum(reason is not None for reason in biased) <= 3


@pytest.mark.parametrize(("cpu_s", "holds"), [(0.0005, True), (0.00101, True), (0.00103, False)])
def test_the_utilisation_law_holds_to_two_percent(cpu_s: float, holds: bool) -> None:  # noqa: FBT001
    assert utilisation_holds(1000.0, cpu_s, 1) is holds
