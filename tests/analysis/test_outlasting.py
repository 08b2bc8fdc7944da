"""Pauses that outlast the slices: simulated slices of a server with pauses, their rate, their times and the warning."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.outlasting import LEAST, outlasted
from harness.analysis.summary import summarise
from harness.load.process.accounts import Extent
from harness.load.process.recorder import shares
from harness.model import Bound, DrivenSlice, ErrorKind, Load, LoadKind, Measurement, Slice, SliceResult
from harness.units import Unit
from tests.trials import FLASK, GIN, a_plan, a_stored_run, a_trial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Times = NDArray[np.float64]

HEAD_S, LASTS_S = 0.03, 0.09
EXTENT = Extent(round(HEAD_S * 1e9), round(LASTS_S * 1e9))
LOWER = re.compile(
    r"some pauses were longer than a slice: under load without breaks the throughput may be ([\d.]+) % lower"
)


@dataclass(frozen=True)
class Pausing:
    """A server of one CPU with so many requests a second, that pauses at random after a mean time of work."""

    connections: int = 32
    rate_per_s: float = 20_000.0
    pause_s: float = 0.15
    share: float = 0.05

    @property
    def true_per_s(self) -> float:
        """Its rate under load without breaks."""
        return self.rate_per_s * (1 - self.share)

    def slice(self, rng: np.random.Generator) -> tuple[DrivenSlice, Times]:
        """Drive a slice; the times are those of the requests that were sent in its counted part."""
        worked_s = np.arange(1, int(self.rate_per_s * 2 * LASTS_S) + 4 * self.connections) / self.rate_per_s
        mean_s = self.pause_s * (1 - self.share) / self.share if self.share else 1e9
        begins_s = np.cumsum(rng.exponential(mean_s, 200))
        done_s = worked_s + self.pause_s * np.searchsorted(begins_s, worked_s)
        sent_s = np.concatenate([np.zeros(self.connections), done_s[: -self.connections]])
        driven = sent_s < LASTS_S
        sent_s, done_s = sent_s[driven], done_s[driven]
        counted = shares((sent_s * 1e9).astype(np.int64), (done_s * 1e9).astype(np.int64), EXTENT).sum()
        plan = Slice(0, GIN, "hello", Load(LoadKind.CLOSED, self.connections), LASTS_S, HEAD_S, seed=1)
        return a_slice(plan, len(sent_s), float(counted), float(done_s.max())), (done_s - sent_s)[sent_s >= HEAD_S]


def a_slice(plan: Slice, sent: int, counted: float, wall_s: float, errors: int = 0) -> DrivenSlice:
    failed = {ErrorKind.TIMEOUT: errors} if errors else {}
    result = SliceResult(0, sent, sent - errors, failed, counted, LASTS_S - HEAD_S, wall_s, 0.01, 0.1)
    return DrivenSlice(plan, result)


def rate_of(slices: list[DrivenSlice]) -> float:
    return sum(one.result.counted for one in slices) / sum(one.result.counted_s for one in slices)


def lower_of(slices: list[DrivenSlice]) -> float | None:
    """Return how much lower the throughput may be by the warning, as a share; None without a warning."""
    said = outlasted(slices)
    found = LOWER.fullmatch(said) if said else None
    assert (said is None) == (found is None), said
    return float(found[1]) / 100 if found else None


@pytest.mark.parametrize("server", [Pausing(), Pausing(8, 4000.0), Pausing(share=0.02), Pausing(pause_s=0.5)])
def test_a_rate_is_too_high_by_pauses_in_the_drain_and_the_warning_says_by_how_much(server: Pausing) -> None:
    rng = np.random.default_rng(1)
    slices = [server.slice(rng)[0] for _ in range(4000)]
    bias = rate_of(slices) / server.true_per_s
    assert bias > 1.01
    lower = lower_of(slices)
    assert lower is not None
    assert bias * (1 - lower) == pytest.approx(1, abs=0.012)


def test_as_many_requests_wait_for_a_pause_as_under_load_without_breaks() -> None:
    """A pause of 150 ms makes 32 requests wait, and comes once in 57,000 requests."""
    server, rng = Pausing(), np.random.default_rng(2)
    times_s = np.concatenate([server.slice(rng)[1] for _ in range(6000)])
    true = server.connections * server.share / server.pause_s / server.true_per_s
    assert (times_s > 0.1).mean() == pytest.approx(true, rel=0.2)


@pytest.mark.parametrize("server", [Pausing(share=0.0), Pausing(8, 4000.0, share=0.0), Pausing(pause_s=0.005)])
def test_a_server_without_pauses_or_with_short_ones_has_no_warning_and_the_right_rate(server: Pausing) -> None:
    rng = np.random.default_rng(3)
    slices = [server.slice(rng)[0] for _ in range(2000)]
    assert lower_of(slices) is None
    assert rate_of(slices) == pytest.approx(server.true_per_s, rel=0.01)


@given(st.integers(0, 1000), st.integers(1, 64), st.floats(0.001, 0.0078))
def test_handlers_that_wait_for_random_times_have_no_warning(seed: int, connections: int, mean_s: float) -> None:
    """Their drains are long in each slice: the longest of the requests in flight. A slice lasts five of their p90."""
    rng = np.random.default_rng(seed)
    plan = Slice(0, GIN, "hello", Load(LoadKind.CLOSED, connections), LASTS_S, HEAD_S, seed=1)
    count = connections * (LASTS_S - HEAD_S) / mean_s
    drains_s = rng.exponential(mean_s, (200, connections)).max(axis=1)
    assert lower_of([a_slice(plan, 1000, count, LASTS_S + drain_s) for drain_s in drains_s]) is None


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.floats(0, 100), st.integers(0, 1)),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([0.0, 5e-324, 0.09]),
)
def test_any_slices_give_a_share_or_nothing(numbers: list[tuple[float, float, int]], lasts_s: float) -> None:
    plan = Slice(0, GIN, "hello", Load(LoadKind.CLOSED, 32), lasts_s, 0.0, seed=1)
    slices = [a_slice(plan, 10, counted, wall_s, errors) for counted, wall_s, errors in numbers]
    lower = lower_of(slices)
    assert lower is None or LEAST <= lower <= 1


def test_a_request_that_was_given_up_is_no_pause() -> None:
    plan = Slice(0, GIN, "hello", Load(LoadKind.CLOSED, 32), LASTS_S, HEAD_S, seed=1)
    usual = [a_slice(plan, 100, 60.0, LASTS_S + 0.001)] * 9
    assert outlasted([*usual, a_slice(plan, 100, 60.0, 5.0)]) is not None
    assert outlasted([*usual, a_slice(plan, 100, 60.0, 5.0, errors=1)]) is None
    assert outlasted([a_slice(plan, 100, 60.0, 5.0, errors=1)]) is None


def test_the_throughput_of_a_run_has_the_warning() -> None:
    server, rng = Pausing(share=0.1), np.random.default_rng(4)
    rate = Measurement("throughput.closed.c32", Unit.PER_SECOND, 20_000.0, "hello", Bound.TARGET)
    trials = [
        replace(a_trial(block, GIN, rate), slices=tuple(server.slice(rng)[0] for _ in range(200))) for block in (0, 1)
    ]
    run = a_stored_run(a_plan(FLASK, GIN, blocks=2), *trials)
    [found] = [one for one in summarise(run).results if one.subject == GIN and one.metric == rate.metric]
    assert any(LOWER.fullmatch(one) for one in found.warnings)
