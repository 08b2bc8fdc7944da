"""The share estimator against simulated closed loops of known rates, and the bias of counting by arrival."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.histogram import Histogram
from harness.load.process.accounts import Extent
from harness.load.process.recorder import shares
from harness.load.share import WHOLE_LOAD
from harness.manifest import load_profiles
from harness.measure.responses import ResponseTime
from harness.measure.timing import slice_timing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Draw = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]

LOOPS = 40_000  # connections of all simulated slices together
LIMIT = 0.01


def equal(_random: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    return np.full(shape, 0.1)


def exponential(random: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    return random.exponential(0.1, shape)


def gamma(random: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    return random.gamma(4, 0.025, shape)


def bimodal(fast_s: float, slow_s: float, share: float) -> tuple[Draw, float]:
    """Return a handler that is slow in this share of its requests, and its mean time."""

    def draw(random: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
        return np.where(random.random(shape) < share, slow_s, fast_s)

    return draw, share * slow_s + (1 - share) * fast_s


# Handler, and its mean time in seconds.
HANDLERS: dict[str, tuple[Draw, float]] = {
    "equal": (equal, 0.1),
    "exponential": (exponential, 0.1),
    "gamma": (gamma, 0.1),
    "50 ms, one in five 200 ms": bimodal(0.05, 0.2, 0.2),
}
SELDOM_SLOW = {
    "20 ms, one in five 200 ms": bimodal(0.02, 0.2, 0.2),
    "20 ms, half 200 ms": bimodal(0.02, 0.2, 0.5),
    "20 ms, one in twenty 200 ms": bimodal(0.02, 0.2, 0.05),
    "5 ms, one in ten 200 ms": bimodal(0.005, 0.2, 0.1),
    "1 ms, one in a hundred 100 ms": bimodal(0.001, 0.1, 0.01),
}


def learnt(draw: Draw, error: float) -> ResponseTime:
    """Return the response time that a warm-up learns, with this error."""
    service = Histogram()
    service.record(np.rint(draw(np.random.default_rng(1), (10_000, 1)).ravel() * error * 1e9).astype(np.int64))
    return ResponseTime.of(service)


def requests(
    draw: Draw, connections: int, quantiles_s: Sequence[float], end_s: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return send and arrival of each request of many slices with so many connections, in ns; gaps take no time."""
    random = np.random.default_rng(connections)
    slices = LOOPS // connections
    starts_ns = [WHOLE_LOAD.starts_ns(connections, quantiles_s, seed) for seed in range(slices)]
    starts_s = np.array(starts_ns).ravel() / 1e9
    times_s = draw(random, (len(starts_s), 16))
    while (starts_s + times_s.sum(axis=1)).min() < end_s:
        times_s = np.hstack([times_s, draw(random, times_s.shape)])
    done_ns = np.rint((starts_s[:, None] + times_s.cumsum(axis=1)) * 1e9).astype(np.int64)
    sent_ns = np.hstack([np.rint(starts_s[:, None] * 1e9).astype(np.int64), done_ns[:, :-1]])
    driven = sent_ns < end_s * 1e9
    return sent_ns[driven], done_ns[driven]


def bias(draw: Draw, mean_s: float, connections: int, error: float) -> float:
    """Return the relative error of the rate, by the rules of the quick profile."""
    response = learnt(draw, error)
    timing = slice_timing(load_profiles()["quick"], response.longest_s)
    sent, done = requests(draw, connections, timing.starts_s(response.residual_s), timing.duration_s)
    extent = Extent(round(timing.discard_s * 1e9), round((timing.duration_s - timing.tail_s) * 1e9))
    rate_per_s = shares(sent, done, extent).sum() / extent.counted_s / LOOPS
    return float(rate_per_s * mean_s - 1)


@pytest.mark.parametrize("error", [0.8, 1.0, 1.2])
@pytest.mark.parametrize("connections", [1, 8, 32])
@pytest.mark.parametrize("handler", HANDLERS)
def test_shares_are_unbiased_also_where_the_response_time_is_known_to_a_fifth(
    handler: str, connections: int, error: float
) -> None:
    assert bias(*HANDLERS[handler], connections, error) == pytest.approx(0, abs=LIMIT)


@pytest.mark.parametrize("connections", [1, 8, 32])
@pytest.mark.parametrize("handler", SELDOM_SLOW)
def test_shares_are_unbiased_for_handlers_that_are_seldom_much_slower(handler: str, connections: int) -> None:
    assert bias(*SELDOM_SLOW[handler], connections, 1.0) == pytest.approx(0, abs=LIMIT)


@pytest.mark.parametrize("handler", ["equal", "50 ms, one in five 200 ms"])
def test_counting_by_arrival_after_a_common_start_is_biased(handler: str) -> None:
    draw, mean_s = HANDLERS[handler]
    start, end = 40_000_000, 200_000_000
    _, done = requests(draw, 32, (), end / 1e9)
    arrived = np.count_nonzero((done >= start) & (done < end))
    rate_per_s = arrived / ((end - start) / 1e9) / LOOPS
    assert abs(rate_per_s * mean_s - 1) > LIMIT
