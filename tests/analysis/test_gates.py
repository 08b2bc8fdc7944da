"""Warnings about single trials: trials that are not steady, and trials that break a law of queues."""

from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.gates import BREAKS_UTILISATION_LAW, Notices, cycles_of
from harness.histogram import Histogram
from harness.model import Distribution, DrivenSlice, Load, LoadKind, Measurement, Slice, Span, Trial
from harness.units import Unit
from tests.fakes import driven
from tests.trials import FLASK, a_run, a_trial

BATCH = ("hello", "throughput.closed.c32")
NOTICES = Notices(replace(a_run(), environment={"cpus": {"target": [0]}}))
RATE = Measurement(BATCH[1], Unit.PER_SECOND, 1000.0, "hello")


def test_a_trial_that_passes_all_gates_has_no_warning() -> None:
    assert NOTICES.of(a_trial(0, FLASK, RATE)) == {}


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
    assert notices.of(of_slices((100, 100, 0.1), (200, 100, 0.2), cost_s=cost_s)) == noticed


def test_without_a_known_number_of_cpus_there_is_no_warning() -> None:
    assert Notices(a_run()).of(of_slices((100, 100, 0.1), cost_s=0.1)) == {}


def test_a_subject_with_its_own_number_of_cpus_is_held_against_that_number() -> None:
    trial = of_slices((100, 100, 0.1), cost_s=0.0019)
    assert NOTICES.of(trial) == {BATCH: (BREAKS_UTILISATION_LAW,)}
    assert NOTICES.of(replace(trial, subject=replace(FLASK, cpus=2))) == {}


def test_a_target_that_is_slower_at_the_beginning_of_slices_has_no_warning() -> None:
    """180 answers in 0.2 s at 1.1 ms are 0.99 CPUs; the 100 answers in the counted half would be 1.1 CPUs."""
    assert NOTICES.of(of_slices((180, 100, 0.2), cost_s=0.0011)) == {}


def with_service(trial: Trial, service_ms: int = 30, scenario: str = "hello") -> Trial:
    service = Histogram()
    service.record(np.full(100, service_ms * 1_000_000))
    of_load = Distribution(scenario, Load(LoadKind.CLOSED, 32), Span.SERVICE, service.to_text())
    return replace(trial, distributions=(*trial.distributions, of_load))


def with_gaps(trial: Trial, *gaps_s: float) -> Trial:
    slices = zip(trial.slices, gaps_s, strict=True)
    return replace(trial, slices=tuple(replace(one, result=replace(one.result, gap_s=gap)) for one, gap in slices))


def test_the_cycles_of_a_trial_are_those_of_all_its_slices() -> None:
    trial = with_service(of_slices((100, 50, 0.1), (200, 150, 0.2), cost_s=0.0005))
    found = cycles_of(with_gaps(trial, 0.001, 0.003))[BATCH]
    assert (found.connections, found.rate_per_s, found.reconnects) == (32, 1000.0, 0)
    assert found.counted_s == pytest.approx(0.2)
    assert found.service.mean_s == pytest.approx(0.03)
    assert found.gap_s == pytest.approx((50 * 0.001 + 150 * 0.003) / 200)


@pytest.mark.parametrize(("times_s", "in_flight"), [((1.0, 3.0), 20.0), ((1.0, None), None)])
def test_requests_in_flight_are_the_mean_over_all_slices_and_unknown_if_one_has_none(
    times_s: tuple[float | None, ...], in_flight: float | None
) -> None:
    trial = with_service(of_slices((100, 50, 0.1), (200, 150, 0.2), cost_s=0.0005))
    slices = zip(trial.slices, times_s, strict=True)
    stored = tuple(replace(one, result=replace(one.result, in_flight_s=time_s)) for one, time_s in slices)
    assert cycles_of(replace(trial, slices=stored))[BATCH].in_flight == in_flight


@pytest.mark.parametrize("gaps_s", [(0.0, 0.0), (0.001, 0.0)])
def test_a_gap_that_a_slice_does_not_have_is_unknown(gaps_s: tuple[float, float]) -> None:
    trial = with_service(of_slices((100, 50, 0.1), (200, 150, 0.2), cost_s=0.0005))
    assert cycles_of(with_gaps(trial, *gaps_s))[BATCH].gap_s is None


def test_only_closed_loads_with_a_throughput_have_cycles() -> None:
    trial = of_slices((100, 50, 0.1), cost_s=0.0005)
    assert cycles_of(trial) == {}
    assert cycles_of(with_service(trial, scenario="json")) == {}
    assert cycles_of(with_service(a_trial(0, FLASK, RATE))) == {}
    assert cycles_of(with_service(replace(trial, measurements=()))) == {}


@pytest.mark.parametrize("rate_per_s", [0.0, 1.7e308])
def test_a_throughput_that_is_no_number_of_a_result_has_no_cycles(rate_per_s: float) -> None:
    trial = of_slices((100, 50, 0.1), cost_s=0.0005)
    assert cycles_of(with_service(replace(trial, measurements=(replace(RATE, value=rate_per_s),)))) == {}
