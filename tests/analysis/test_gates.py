"""Warnings about single trials: trials that are not steady, and trials that break a law of queues."""

from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.gates import BREAKS_LITTLES_LAW, BREAKS_UTILISATION_LAW, NOT_STEADY, Notices
from harness.histogram import Histogram
from harness.model import Distribution, DrivenSlice, Load, LoadKind, Measurement, Slice, Span, Trial
from harness.units import Unit
from tests.fakes import driven
from tests.trials import FLASK, a_run, a_trial

BATCH = ("hello", "throughput.closed.c32")
LEVEL = {BATCH: np.full(6, 1000.0)}
NOTICES = Notices(replace(a_run(), environment={"cpus": {"target": [0]}}))
RATE = Measurement(BATCH[1], Unit.PER_SECOND, 1000.0, "hello")


def test_a_trial_that_passes_all_gates_has_no_warning() -> None:
    assert NOTICES.of(a_trial(0, FLASK, RATE), LEVEL) == {}


def test_a_trial_that_drifts_is_not_steady() -> None:
    assert NOTICES.of(a_trial(0, FLASK, RATE), {BATCH: np.linspace(1000.0, 1500.0, 12)}) == {BATCH: (NOT_STEADY,)}


@pytest.mark.parametrize(("service_ms", "noticed"), [(32, {}), (30, {BATCH: (BREAKS_LITTLES_LAW,)})])
def test_rate_times_service_time_must_be_the_number_of_connections(
    service_ms: int, noticed: dict[tuple[str, str], tuple[str, ...]]
) -> None:
    service = Histogram()
    service.record(np.full(100, service_ms * 1_000_000))
    of_load = Distribution("hello", Load(LoadKind.CLOSED, 32), Span.SERVICE, service.to_text())
    assert NOTICES.of(replace(a_trial(0, FLASK, RATE), distributions=(of_load,)), LEVEL) == noticed


@pytest.mark.parametrize(
    ("gaps_s", "noticed"),
    [
        ((0.002, 0.002), {}),
        ((0.001, 0.007 / 3), {}),  # weighted by 50 and 150 counted answers
        ((0.0, 0.0), {BATCH: (BREAKS_LITTLES_LAW,)}),
        ((0.004, 0.004), {BATCH: (BREAKS_LITTLES_LAW,)}),
    ],
)
def test_the_gaps_of_the_slices_belong_to_the_cycle(
    gaps_s: tuple[float, float], noticed: dict[tuple[str, str], tuple[str, ...]]
) -> None:
    trial = of_slices((100, 50, 0.1), (200, 150, 0.2), cost_s=0.0005)
    slices = tuple(
        replace(one, result=replace(one.result, gap_s=gap_s)) for one, gap_s in zip(trial.slices, gaps_s, strict=True)
    )
    service = Histogram()
    service.record(np.full(100, 30_000_000))
    of_load = Distribution("hello", Load(LoadKind.CLOSED, 32), Span.SERVICE, service.to_text())
    assert NOTICES.of(replace(trial, slices=slices, distributions=(of_load,)), LEVEL) == noticed


def test_a_distribution_without_a_sample_breaks_no_law() -> None:
    of_load = Distribution("hello", Load(LoadKind.CLOSED, 32), Span.SERVICE, Histogram().to_text())
    assert NOTICES.of(replace(a_trial(0, FLASK, RATE), distributions=(of_load,)), LEVEL) == {}


def of_slices(*parts: tuple[int, int, float], cost_s: float) -> Trial:
    """Return a trial; each part is a slice's verified answers, counted answers, and wall time in seconds."""
    plan = Slice(0, FLASK, "hello", Load(LoadKind.CLOSED, 32), 0.2, 0.04, seed=1)
    slices = tuple(
        DrivenSlice(plan, replace(driven(plan), verified=verified, counted=counted, counted_s=0.1, wall_s=wall_s))
        for verified, counted, wall_s in parts
    )
    counted_per_s = sum(counted for _, counted, _ in parts) / (0.1 * len(parts))
    rate = Measurement(BATCH[1], Unit.PER_SECOND, counted_per_s, "hello")
    cost = Measurement("cpu_per_request.closed.c32", Unit.SECOND, cost_s, "hello")
    return replace(a_trial(0, FLASK, rate, cost), slices=slices)


@pytest.mark.parametrize(
    ("cost_s", "noticed"), [(0.00101, {}), (0.00103, {BATCH: (BREAKS_UTILISATION_LAW,)}), (0.002, {})]
)
def test_more_cpu_time_than_the_cpus_have_is_a_warning(
    cost_s: float, noticed: dict[tuple[str, str], tuple[str, ...]]
) -> None:
    """There are 300 answers in 0.3 s; with two CPUs, each answer may take 2 ms."""
    cpus = [0] if cost_s < 0.002 else [0, 1]
    notices = Notices(replace(a_run(), environment={"cpus": {"target": cpus}}))
    assert notices.of(of_slices((100, 100, 0.1), (200, 100, 0.2), cost_s=cost_s), LEVEL) == noticed


def test_without_a_known_number_of_cpus_there_is_no_warning() -> None:
    assert Notices(a_run()).of(of_slices((100, 100, 0.1), cost_s=0.1), LEVEL) == {}


def test_a_target_that_is_slower_at_the_beginning_of_slices_has_no_warning() -> None:
    """180 answers in 0.2 s at 1.1 ms are 0.99 CPUs; the 100 answers in the counted half would be 1.1 CPUs."""
    assert NOTICES.of(of_slices((180, 100, 0.2), cost_s=0.0011), LEVEL) == {}
