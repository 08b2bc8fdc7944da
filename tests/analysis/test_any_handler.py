"""Rates of simulated handlers of every kind, from warm-up to result: right within their interval, or absent.

Each handler works on any number of requests at the same time, so N connections have the true rate N over its mean time.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.analysis.summary import summarise
from harness.histogram import Histogram
from harness.load.process.accounts import Extent
from harness.load.process.recorder import shares
from harness.manifest import load_profiles
from harness.measure.alone import further_slices
from harness.measure.capacity import capacity, undriven
from harness.measure.closed import ClosedBatch
from harness.measure.latency import distributions
from harness.measure.responses import learn
from harness.model import (
    Absence,
    DrivenSlice,
    Load,
    LoadKind,
    Measurement,
    Result,
    Slice,
    SliceResult,
    StoredRun,
    Trial,
)
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

QUICK = load_profiles()["quick"]
LEVELS = (1, 8, 32)
WARM_UP_S = 0.15  # of a slice, in a quick run of four scenarios
SLACK = 0.05

Draw = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]


def equal(time_s: float, _: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    return np.full(shape, time_s)


def exponential(mean_s: float, rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    return rng.exponential(mean_s, shape) + 1e-6


def seldom(
    fast_s: float, slow_s: float, share: float, rng: np.random.Generator, shape: tuple[int, int]
) -> NDArray[np.float64]:
    return np.where(rng.random(shape) < share, slow_s, fast_s)


def driven(rng: np.random.Generator, draw: Draw, part: Slice) -> DrivenSlice:
    """Drive a slice as the lane does: the k-th of N connections begins at the quantile (k + u) / N of the starts."""
    count, starts_s = part.load.connections, part.starts_s or (0.0,)
    places = (np.arange(count) + rng.random()) / count
    ends_s = np.interp(places, np.linspace(0, 1, len(starts_s)), starts_s)[:, None]
    while (ends_s[:, -1] < part.duration_s).any():
        ends_s = np.concatenate([ends_s, ends_s[:, -1:] + np.cumsum(draw(rng, (count, 64)), axis=1)], axis=1)
    is_sent = ends_s[:, :-1] < part.duration_s
    sent_ns, done_ns = (np.round(1e9 * one[is_sent]).astype(np.int64) for one in (ends_s[:, :-1], ends_s[:, 1:]))
    extent = Extent.of(part, 0)
    share, service = shares(sent_ns, done_ns, extent), Histogram()
    service.record((done_ns - sent_ns)[(sent_ns >= extent.start_ns) & (sent_ns < extent.end_ns)])
    result = SliceResult(
        number=part.number,
        sent=len(sent_ns),
        verified=len(sent_ns),
        errors={},
        counted=float(share.sum()),
        counted_s=extent.counted_s,
        wall_s=float(done_ns.max()) / 1e9,
        generator_cpu_s=0.0,
        utilisation=0.1,
        service=service.to_text() if service.count else None,
        gap_s=1e-9,
        in_flight_s=float(share @ (done_ns - sent_ns)) / 1e9,
    )
    return DrivenSlice(part, result)


def a_block(rng: np.random.Generator, draw: Draw, block: int) -> Trial:
    """Return the trial of a block: its warm-up of two passes, then each level in slices that follow from it."""
    loads = [Load(LoadKind.CLOSED, connections) for connections in LEVELS]
    drive = partial(driven, rng, draw)
    warm_up = [drive(Slice(0, FLASK, "hello", load, WARM_UP_S, 0.0, seed=1)) for load in loads * 2]
    responses = learn([*warm_up, *map(drive, further_slices(warm_up))])
    trial = a_trial(block, FLASK)
    for load in loads:
        load_s = QUICK.load_s(1, is_headline=load.connections == QUICK.headline_connections)
        batch = ClosedBatch("hello", load, (FLASK,), load_s, QUICK, seed=f"{block}")
        timed = batch.timed(responses)
        slices = [drive(part) for part in timed.slices]
        found = capacity(slices, 0.01, 1) if slices else undriven("hello", load, timed.too_slow[FLASK])
        trial = replace(
            trial,
            measurements=(*trial.measurements, *(one for one in found if isinstance(one, Measurement))),
            absences=(*trial.absences, *(one for one in found if isinstance(one, Absence))),
            slices=(*trial.slices, *slices),
            distributions=(*trial.distributions, *(distributions(slices) if slices else ())),
        )
    return trial


def rates(draw: Draw) -> dict[int, Result]:
    """Return the throughputs of a quick run by number of connections."""
    rng = np.random.default_rng(11)
    trials = tuple(a_block(rng, draw, block) for block in range(QUICK.blocks))
    results = summarise(StoredRun(a_run(a_plan(FLASK, GIN, blocks=QUICK.blocks)), trials)).results
    found = {one.metric: one for one in results}
    return {connections: found[f"throughput.closed.c{connections}"] for connections in LEVELS}


def far_off(found: dict[int, Result], mean_s: float) -> dict[int, float]:
    """Return the rates that are farther from the truth than their interval and 5 % allow, as shares of it."""
    off = {}
    for connections, one in found.items():
        if one.estimate is None or one.low is None or one.high is None:
            continue
        share = one.estimate * mean_s / connections
        if abs(np.log(share)) > SLACK + np.log(one.high / one.low):
            off[connections] = share
    return off


@pytest.mark.parametrize(
    ("draw", "mean_s"),
    [
        (partial(equal, 0.005), 0.005),
        (partial(equal, 0.1), 0.1),
        (partial(equal, 1.0), 1.0),
        (partial(exponential, 0.02), 0.02),
        (partial(seldom, 0.02, 0.2, 0.2), 0.056),
        (partial(seldom, 0.005, 0.2, 0.1), 0.0245),
    ],
)
def test_handlers_that_the_warm_up_shows_have_a_right_rate_at_every_level(draw: Draw, mean_s: float) -> None:
    found = rates(draw)
    assert [one.reason for one in found.values() if one.estimate is None] == []
    assert far_off(found, mean_s) == {}


@pytest.mark.parametrize(
    ("fast_s", "slow_s", "share"),
    [(0.001, 1.0, 0.001), (0.001, 0.1, 0.003), (0.005, 1.0, 0.002), (0.005, 3.0, 0.001), (0.001, 0.1, 0.01)],
)
def test_handlers_that_are_too_seldom_slow_for_the_warm_up_have_a_right_rate_or_none(
    fast_s: float, slow_s: float, share: float
) -> None:
    found = rates(partial(seldom, fast_s, slow_s, share))
    assert far_off(found, fast_s + share * (slow_s - fast_s)) == {}
