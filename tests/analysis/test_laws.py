"""Trials that break a law of queues are found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.analysis.laws import (
    Cycles,
    are_queueing,
    biased_times,
    broken_littles_law,
    left_waiting,
    utilisation_holds,
)
from harness.histogram import Histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cycles(
    service_s: float, gap_s: float | None = 0.001, connections: int = 32, in_flight: float | None = None
) -> Cycles:
    """Return the cycles of 1,000 answers a second that all take the same time."""
    service = Histogram()
    service.record(np.full(100, round(service_s * 1e9)))
    return Cycles(connections, 1000.0, service, gap_s, in_flight or 1000 * service_s, counted_s=0.6)


@pytest.mark.parametrize(("service_s", "holds"), [(0.031, True), (0.0316, True), (0.0317, False), (0.0303, False)])
def test_littles_law_holds_to_two_percent(service_s: float, *, holds: bool) -> None:
    assert (broken_littles_law([cycles(service_s)] * 3) is None) is holds


def test_the_reason_names_the_law_the_level_and_by_how_much() -> None:
    assert broken_littles_law([cycles(0.036)] * 2) == (
        "requests in flight and the gaps between them are 37.0 over 32 connections, 16 % off: Little's law allows 2.0 %"
    )
    reason = broken_littles_law([cycles(0.002, connections=1)])
    assert reason is not None
    assert "over 1 connection," in reason


def test_the_interval_over_the_trials_is_judged_and_of_one_trial_its_value() -> None:
    """A generator that is stopped as a slice begins has fewer requests in flight, in one block."""
    assert broken_littles_law([cycles(0.031)] * 5 + [cycles(0.024)]) is None
    assert broken_littles_law([cycles(0.024 + 0.001 * block) for block in range(6)]) is not None
    assert broken_littles_law([cycles(0.0316)]) is None
    assert broken_littles_law([cycles(0.036)]) is not None


@pytest.mark.parametrize(("gap_s", "reconnects"), [(None, 0), (0.001, 3)])
def test_without_a_gap_or_with_closed_connections_only_too_much_time_breaks_the_law(
    gap_s: float | None, reconnects: int
) -> None:
    for service_s, holds in ((0.020, True), (0.034, False)):
        trials = [replace(cycles(service_s, gap_s), reconnects=reconnects)] * 3
        assert (broken_littles_law(trials) is None) is holds


def test_nothing_is_judged_without_trials_without_counted_time_and_without_stored_requests_in_flight() -> None:
    unknown = replace(cycles(0.02), in_flight=None)
    assert broken_littles_law([]) is None
    assert broken_littles_law([replace(cycles(0.02), counted_s=0.0)]) is None
    assert broken_littles_law([cycles(0.02), unknown]) is None
    assert biased_times([unknown] * 3) is None


def stalled(random: np.random.Generator, stalls_per_s: float, stall_s: float) -> Cycles:
    """Return the cycles of a trial of nine slices of eight connections, all of which a stall stops at once."""
    connections, slices, length_s, mean_s = 8, 9, 0.1, 0.002
    count = random.poisson(stalls_per_s * slices * 2 * length_s)
    at_s = np.sort(random.uniform(0, slices * 2 * length_s, count))  # in the time that the target works
    steps_s = random.gamma(4, mean_s / 4, (connections, round(slices * 2 * length_s / mean_s)))
    ends_s = np.cumsum(steps_s, axis=1)
    ends_s += stall_s * np.searchsorted(at_s, ends_s)
    begins_s = np.concatenate([np.zeros((connections, 1)), ends_s[:, :-1]], axis=1)
    return sliced(begins_s, ends_s, [((2 * number + 0.5) * length_s, length_s) for number in range(slices)])


def starved(random: np.random.Generator) -> Cycles:
    """Return the cycles of five slices in which four of 64 connections get no answer before the end of the load."""
    connections, waiting, mean_s = 64, 4, 0.004
    parts = []
    for number in range(5):
        steps_s = random.gamma(4, mean_s / 4, (connections, 60))
        steps_s[:waiting, 0] = 0.3
        ends_s = number + np.cumsum(steps_s, axis=1)
        parts.append((np.concatenate([np.full((connections, 1), number), ends_s[:, :-1]], axis=1), ends_s))
    begins_s, ends_s = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    return sliced(begins_s, ends_s, [(number + 0.05, 0.06) for number in range(5)])


def sliced(begins_s: NDArray[np.float64], ends_s: NDArray[np.float64], parts: list[tuple[float, float]]) -> Cycles:
    """Return the cycles of requests, a row per connection, in the counted parts that begin and last so."""
    counted, in_flight_s, service = 0.0, 0.0, Histogram()
    for start_s, length_s in parts:
        inside_s = np.maximum(np.minimum(ends_s, start_s + length_s) - np.maximum(begins_s, start_s), 0)
        counted += float((inside_s / (ends_s - begins_s)).sum())
        in_flight_s += float(inside_s.sum())
        is_sent_inside = (begins_s >= start_s) & (begins_s < start_s + length_s)
        service.record(np.round(1e9 * (ends_s - begins_s)[is_sent_inside]).astype(np.int64))
    whole_s = sum(length_s for _, length_s in parts)
    return Cycles(len(begins_s), counted / whole_s, service, 0.0, in_flight_s / whole_s, whole_s)


STALLS = pytest.mark.parametrize(("stalls_per_s", "stall_s"), [(0.0, 0.05), (0.5, 0.05), (5.0, 0.02), (0.5, 0.1)])


@STALLS
def test_stalls_at_the_edges_of_slices_never_break_the_law(stalls_per_s: float, stall_s: float) -> None:
    random = np.random.default_rng(4)
    for _ in range(100):
        assert broken_littles_law([stalled(random, stalls_per_s, stall_s)]) is None


@STALLS
def test_stalls_at_the_edges_of_slices_do_not_bias_the_times(stalls_per_s: float, stall_s: float) -> None:
    random = np.random.default_rng(4)
    biased = [biased_times([stalled(random, stalls_per_s, stall_s) for _ in range(6)]) for _ in range(150)]
    assert sum(reason is not None for reason in biased) <= 3


def test_connections_that_wait_for_a_whole_slice_break_no_law_and_bias_the_times() -> None:
    """An event loop may serve some connections again and again while others wait: Express did for 0.6 s and more."""
    random = np.random.default_rng(6)
    trials = [starved(random) for _ in range(6)]
    assert broken_littles_law(trials) is None
    reason = biased_times(trials)
    assert reason is not None
    assert "less than the requests in flight" in reason


def test_the_reason_of_biased_times_names_the_direction_and_by_how_much() -> None:
    assert biased_times([cycles(0.03, in_flight=20.0)] * 3) == (
        "requests outlast the slices: rate times mean time is 50 % more than the requests in flight (Little's law)"
    )
    assert biased_times([cycles(0.03, in_flight=60.0)] * 3) == (
        "requests outlast the slices: rate times mean time is 50 % less than the requests in flight (Little's law)"
    )


def test_connections_that_wait_while_others_are_served_are_counted() -> None:
    said = "about 8 of 32 connections were served at a time: the others waited longer than a slice"
    assert left_waiting([cycles(0.008, in_flight=32.0)] * 3) == said
    assert left_waiting([cycles(0.0287, in_flight=32.0)] * 3) is not None
    assert left_waiting([cycles(0.029, in_flight=32.0)] * 3) is None
    assert left_waiting([cycles(0.064, in_flight=32.0)] * 3) is None, "more than all is no waiting"
    assert left_waiting([cycles(0.008, in_flight=32.0)]) is None
    random = np.random.default_rng(6)
    assert left_waiting([starved(random) for _ in range(6)]) is None, "four of 64 are few"


def test_times_that_are_off_in_some_blocks_only_are_noise_of_the_edges() -> None:
    for off in (1, -1):
        products = [1 + off * share for share in (0.10, -0.02, 0.12, -0.04, 0.08, 0.01)]
        assert biased_times([cycles(0.03, in_flight=30 / product) for product in products]) is None
    assert biased_times([cycles(0.03, in_flight=20.0)]) is None
    assert biased_times([]) is None
    assert biased_times([replace(cycles(0.03), service=Histogram())] * 3) is None


@pytest.mark.parametrize(("share", "is_biased"), [(0.979, True), (0.981, False), (1.019, False), (1.021, True)])
def test_times_are_biased_beyond_two_percent(share: float, *, is_biased: bool) -> None:
    assert (biased_times([cycles(0.03, in_flight=30 / share)] * 3) is not None) is is_biased


@pytest.mark.parametrize(("cpu_s", "holds"), [(0.0005, True), (0.00101, True), (0.00103, False)])
def test_the_utilisation_law_holds_to_two_percent(cpu_s: float, holds: bool) -> None:  # noqa: FBT001
    assert utilisation_holds(1000.0, cpu_s, 1) is holds


def seldom_slow(random: np.random.Generator, connections: int) -> Cycles:
    """Return the cycles of twenty slices of a handler that takes 1 ms, and once in a thousand requests 1 s.

    No warm-up of a tenth of a second shows the slow answers, so the slices are as short as for 1 ms.
    """
    parts = []
    for number in range(20):
        steps_s = np.where(random.random((connections, 95)) < 0.001, 1.0, 0.001)
        ends_s = 10 * number + np.cumsum(steps_s, axis=1)
        parts.append((ends_s - steps_s, ends_s))
    begins_s, ends_s = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    return sliced(begins_s, ends_s, [(10 * number + 0.03, 0.06) for number in range(20)])


@pytest.mark.parametrize("connections", [8, 32])
def test_a_handler_that_is_seldom_slow_reads_far_too_high_a_rate_and_is_no_queue(connections: int) -> None:
    """The rate is 500/s a connection, because half of the time goes into the slow answers."""
    random = np.random.default_rng(8)
    trials, alone = ([seldom_slow(random, count) for _ in range(6)] for count in (connections, 1))
    assert np.mean([one.rate_per_s for one in trials]) > 1.5 * 500 * connections
    reason = biased_times(trials)
    assert reason is not None
    assert "more than the requests in flight" in reason
    assert not are_queueing(trials, alone)


def test_requests_wait_in_a_queue_if_few_of_them_are_in_handlers() -> None:
    """At 1,000/s, handlers that take 1 ms over one connection serve one request at a time, and 31 wait."""
    trials = [cycles(0.03)] * 3
    assert are_queueing(trials, [cycles(0.001, connections=1)])
    assert are_queueing(trials, [cycles(0.0159, connections=1)])
    assert not are_queueing(trials, [cycles(0.0161, connections=1)])


def test_over_one_connection_nothing_queues_and_without_it_a_queue_is_not_ruled_out() -> None:
    assert not are_queueing([cycles(0.001, connections=1)], [])
    assert are_queueing([cycles(0.03)], [])
    assert are_queueing([cycles(0.03)], [replace(cycles(0.03, connections=1), service=Histogram())])
