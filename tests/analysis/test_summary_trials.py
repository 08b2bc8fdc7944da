"""What single trials say about a result: their laws, their steadiness, their values and the trend of these."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.analysis.summary import summarise
from harness.analysis.trend import DRIFTS
from harness.histogram import Histogram
from harness.model import (
    Distribution,
    DrivenSlice,
    Load,
    LoadKind,
    Measurement,
    Result,
    Slice,
    Span,
    Steadiness,
    StoredRun,
    Trial,
)
from harness.units import Unit
from tests.fakes import driven
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import Subject

LOAD, ALONE = Load(LoadKind.CLOSED, 32), Load(LoadKind.CLOSED, 1)
METRIC = "throughput.closed.c32"


def trial(  # noqa: PLR0913 - a trial has this many conditions
    block: int,
    rates: Sequence[float],
    service_s: float = 0.032,
    gap_s: float = 1e-9,
    *,
    subject: Subject = FLASK,
    load: Load = LOAD,
) -> Trial:
    """Return a trial whose slices have these rates, and whose requests take this time."""
    service = Histogram()
    service.record(np.full(100, round(service_s * 1e9)))
    plan = Slice(0, subject, "hello", load, 0.2, 0.1, seed=1)
    whole = replace(driven(plan), counted_s=0.1, gap_s=gap_s)
    slices = tuple(
        DrivenSlice(plan, replace(whole, counted=rate / 10, in_flight_s=rate / 10 * service_s)) for rate in rates
    )
    mean = Measurement(f"throughput.closed.c{load.connections}", Unit.PER_SECOND, float(np.mean(rates)), "hello")
    of_load = Distribution("hello", load, Span.SERVICE, service.to_text())
    return replace(a_trial(block, subject, mean), slices=slices, distributions=(of_load,))


def result_of(*trials: Trial) -> Result:
    run = a_run(a_plan(FLASK, GIN, blocks=len(trials)))
    return next(one for one in summarise(StoredRun(run, trials)).results if one.metric == METRIC)


STEADY, DRIFTING = [1000.0] * 12, np.linspace(900, 1100, 12).tolist()
WILD = [1000.0, 1400.0, 700.0, 1000.0]


def test_a_result_whose_trials_break_littles_law_is_absent_with_the_law_and_the_deviation() -> None:
    result = result_of(*(trial(block, STEADY, service_s=0.035) for block in range(3)))
    assert (result.estimate, result.warnings) == (None, ())
    assert result.reason == (
        "requests in flight and the gaps between them are 35.0 over 32 connections, 9.4 % off: Little's law allows "
        "2.0 %"
    )


def test_a_run_from_before_the_gap_was_stored_keeps_its_numbers() -> None:
    assert result_of(*(trial(block, STEADY, service_s=0.03, gap_s=0.0) for block in range(3))).estimate is not None
    assert result_of(*(trial(block, STEADY, service_s=0.03) for block in range(3))).estimate is None


@pytest.mark.parametrize(
    ("of_trials", "steadiness", "warnings"),
    [
        ([STEADY, STEADY], Steadiness.STEADY, ()),
        ([STEADY, DRIFTING], Steadiness.NOT_STEADY, ("not steady in 1 of 2 trials",)),
        ([STEADY, WILD], Steadiness.NOT_TESTABLE, ()),
        ([WILD, DRIFTING], Steadiness.NOT_STEADY, ("not steady in 1 of 2 trials",)),
    ],
)
def test_a_result_is_as_steady_as_its_least_steady_trial_and_only_a_drift_is_a_warning(
    of_trials: list[list[float]], steadiness: Steadiness, warnings: tuple[str, ...]
) -> None:
    result = result_of(*(trial(block, rates) for block, rates in enumerate(of_trials)))
    assert (result.steadiness, result.warnings) == (steadiness, warnings)


def test_metrics_without_rounds_have_no_steadiness() -> None:
    memory = Measurement("memory.idle", Unit.BYTE, 5.0)
    run = a_run(a_plan(FLASK, GIN, blocks=2))
    [result] = summarise(StoredRun(run, (a_trial(0, FLASK, memory), a_trial(1, FLASK, memory)))).results
    assert result.steadiness is None


def test_a_result_keeps_the_value_of_each_block() -> None:
    result = result_of(trial(2, [1000.0] * 4), trial(0, [970.0] * 4), trial(5, [990.0] * 4))
    assert result.blocks == {0: pytest.approx(970.0), 2: pytest.approx(1000.0), 5: pytest.approx(990.0)}


def test_blocks_that_drift_one_way_by_more_than_the_interval_are_a_warning() -> None:
    rising = [trial(block, [1000 * math.exp(0.003 * block)] * 12) for block in range(6)]
    assert result_of(*rising).warnings == (DRIFTS,)
    assert result_of(*rising[:5]).warnings == ()


def test_ratios_that_drift_one_way_are_a_warning() -> None:
    flask = [trial(block, [1000.0] * 12) for block in range(6)]
    gin = [trial(block, [1000 * math.exp(0.003 * block)] * 12, subject=GIN) for block in range(6)]
    [comparison] = summarise(StoredRun(a_run(a_plan(FLASK, GIN, blocks=6)), (*flask, *gin))).comparisons
    assert comparison.warnings == (DRIFTS,)


def test_closed_load_that_breaks_littles_law_has_no_latencies_either() -> None:
    broken = [trial(block, STEADY, service_s=0.035) for block in range(3)]
    results = summarise(StoredRun(a_run(a_plan(FLASK, GIN)), tuple(broken))).results
    latencies = [one for one in results if one.metric.startswith("latency.closed.c32.")]
    assert len(latencies) >= 2
    for one in latencies:
        assert one.estimate is None
        assert one.reason is not None
        assert "over 32 connections, 9.4 % off: Little's law allows 2.0 %" in one.reason


def outlasting(alone_s: float | None = None, late: int = 150) -> tuple[Result, ...]:
    """Return the results of a load whose requests outlast its slices, and whose answers over one connection take so.

    Of its 1,000 answers, `late` are late.
    """
    trials = []
    for block in range(6):
        service = Histogram()
        service.record(np.array([1_000_000] * (1000 - late) + [(290 + block) * 1_000_000] * late))
        of_load = Distribution("hello", LOAD, Span.SERVICE, service.to_text())
        trials.append(replace(trial(block, [1000.0, 1010.0, 990.0]), distributions=(of_load,)))
        if alone_s is not None:
            trials.append(together(trials.pop(), trial(block, [1 / alone_s] * 6, alone_s, load=ALONE)))
    return summarise(StoredRun(a_run(a_plan(FLASK, GIN, blocks=6)), tuple(trials))).results


def together(one: Trial, other: Trial) -> Trial:
    return replace(
        one,
        measurements=one.measurements + other.measurements,
        slices=one.slices + other.slices,
        distributions=one.distributions + other.distributions,
    )


@pytest.mark.parametrize("alone_s", [None, 0.0005, 0.015])
def test_closed_load_whose_requests_outlast_its_slices_keeps_its_rate_and_has_no_latencies(
    alone_s: float | None,
) -> None:
    """A server may leave connections waiting for longer than a slice; their share of the requests is not known."""
    results = outlasting(alone_s)
    assert next(one for one in results if one.metric == METRIC).estimate == pytest.approx(1000.0)
    latencies = [one for one in results if one.metric.startswith("latency.closed.c32.")]
    assert len(latencies) >= 2
    for one in latencies:
        assert one.estimate is None
        assert one.reason is not None
        assert "requests outlast the slices: rate times mean time is " in one.reason


def test_a_rate_over_few_of_the_connections_says_over_how_many() -> None:
    """A server may serve a fixed number of connections until they close, and let the others wait."""
    said = "about 7 of 32 connections were served at a time: the others waited longer than a slice"
    results = {one.metric: one for one in outlasting(0.0005, late=20)}
    assert [said in results[metric].warnings for metric in (METRIC, "throughput.closed.c1")] == [True, False]
    assert said not in next(one for one in outlasting(0.0005) if one.metric == METRIC).warnings
    assert said not in {one.metric: one for one in outlasting(0.032, late=20)}[METRIC].warnings, "it has no rate"


def test_closed_load_whose_handler_itself_outlasts_the_slices_has_no_rate_either() -> None:
    """At 1,000/s, 32 connections are in handlers that take 32 ms: none of them waits for another."""
    results = {one.metric: one for one in outlasting(0.032)}
    reason = results[METRIC].reason
    assert reason is not None
    assert reason.startswith("requests outlast the slices: rate times mean time is ")
    assert results["latency.closed.c32.p50"].reason == reason
    assert results["throughput.closed.c1"].reason == f"at 32 connections {reason}"
    assert results["throughput.peak"].estimate is None
