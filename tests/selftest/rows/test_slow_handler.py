"""The row fails for a rate that differs from that of the cycle, and tells a busy machine from a wrong rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.manifest import load_profiles
from harness.model import Load, LoadKind, Slice, SliceResult, Subject
from harness.selftest.rows.slow_handler import (
    DELAYS_S,
    judge,
    judge_common_start,
    judge_server,
    timings_of,
    true_cycle_s,
)
from tests.selftest.made import broken, result, truth

if TYPE_CHECKING:
    from harness.selftest.truth import Truth

CYCLE_S = 0.1
ORDER = Slice(0, Subject("t", "v"), "hello", Load(LoadKind.CLOSED, 8), 0.5, 0.2, 1, starts_s=(0.0, 0.1), tail_s=0.1)


def seen(connections: int = 8, cycles: int = 5, dwell_s: float = 0.0999) -> Truth:
    """Return the record of connections that send once per CYCLE_S, and begin within the first one."""
    turn, connection = np.divmod(np.arange(connections * cycles), connections)
    received_s = turn * CYCLE_S + connection * CYCLE_S / connections
    return truth(list(received_s), dwell_s=dwell_s, connection=connection.tolist())


def slices(counted: float, service_s: float = 0.0999, gap_s: float = 1e-4) -> list[tuple[Slice, SliceResult, Truth]]:
    """Return two slices, each with this count in a counted part of 0.2 s."""
    return [(ORDER, result(40, counted=counted, counted_s=0.2, service=[service_s] * 16, gap_s=gap_s), seen())] * 2


def test_the_cycle_is_the_mean_over_the_counted_parts_of_the_slices() -> None:
    stalled = truth([0.0, 0.15, 0.3, 0.4, 9.0], connection=[1] * 5)  # one cycle of 0.1 s begins within 0.2 to 0.4 s
    driven = [(ORDER, result(), seen()), (ORDER, result(), stalled)]
    assert true_cycle_s(driven) == pytest.approx(CYCLE_S)
    assert np.isnan(true_cycle_s([(ORDER, result(), truth([0.0, 1.0], connection=[1, 2]))]))


@pytest.mark.parametrize(
    ("counted", "service_s", "failing"),
    [
        (16.0, 0.0999, []),
        (16.3, 0.0999, []),
        (16.4, 0.0975, ["rate"]),
        (15.6, 0.1024, ["rate"]),
        (16.0, 0.0970, ["Little's law, connections"]),
        (17.9, 0.0999, ["rate", "Little's law, connections"]),  # as by waves of 60 ms: +12 %
    ],
)
def test_a_rate_or_littles_law_more_than_two_hundredths_off_fails(
    counted: float, service_s: float, failing: list[str]
) -> None:
    assert broken(judge("x", 8, slices(counted, service_s))) == [f"x: {what}" for what in failing]


def test_the_gap_is_part_of_littles_law() -> None:
    assert broken(judge("x", 8, slices(16.0, service_s=0.09, gap_s=0.01))) == []
    assert broken(judge("x", 8, slices(16.0, service_s=0.09, gap_s=0.0))) == ["x: Little's law, connections"]


def test_a_handler_that_never_answers_fails() -> None:
    silent = result(8, verified=0, counted=0.0, service=None, response=None, lateness=None)
    nothing = truth([0.0] * 8, connection=list(range(8)), unanswered=range(8))
    assert len(broken(judge("x", 8, [(ORDER, silent, nothing)]))) == 2
    assert not judge_server("x", 0.1, [(ORDER, silent, nothing)]).passed


@pytest.mark.parametrize(("dwell_s", "passed"), [(0.1, True), (0.1019, True), (0.103, False)])
def test_a_server_that_could_not_keep_its_delay_makes_the_machine_too_noisy(dwell_s: float, *, passed: bool) -> None:
    assert judge_server("x", 0.1, [(ORDER, result(), seen(dwell_s=dwell_s))]).passed is passed


def test_counting_by_arrival_after_a_common_start_is_found() -> None:
    """Waves of 32 answers at 100 ms and, just after the end, at 200 ms: one in 0.16 s, where there should be 1.6."""
    order = Slice(0, Subject("t", "v"), "hello", Load(LoadKind.CLOSED, 32), 0.2, 0.04, 1)
    turn, connection = np.divmod(np.arange(64), 32)
    waves = truth(list(turn * 0.1001), dwell_s=0.1, connection=connection.tolist())
    check = judge_common_start(0.1, order, waves)
    assert check.measured == pytest.approx(0.37, abs=0.01)
    assert check.passed
    starts_s = [number * 0.1 / 32 for number in range(96)]
    even = truth(starts_s, dwell_s=0.1, connection=[number % 32 for number in range(96)])
    assert not judge_common_start(0.1, Slice(0, order.subject, "hello", order.load, 0.3, 0.1, 1), even).passed


@pytest.mark.parametrize("delay_s", DELAYS_S)
def test_every_profile_has_a_timing_and_no_counted_part_is_a_whole_number_of_cycles(delay_s: float) -> None:
    timings = timings_of(load_profiles(), delay_s)
    assert {name for names in timings.values() for name in names.split(", ")} >= {"smoke", "quick", "full"}
    for timing in timings:
        cycles = (timing.duration_s - timing.discard_s - timing.tail_s) / delay_s
        assert timing.discard_s >= 2 * delay_s
        assert delay_s < 0.06 or abs(cycles - round(cycles)) > 0.2
