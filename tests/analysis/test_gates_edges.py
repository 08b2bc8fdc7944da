"""The distributions and slices to which the laws of queues apply."""

from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.gates import BREAKS_LITTLES_LAW, BREAKS_UTILISATION_LAW, NOT_STEADY, Notices
from harness.histogram import Histogram
from harness.model import Distribution, DrivenSlice, Load, LoadKind, Measurement, Slice, Span, Trial
from harness.units import Unit
from tests.fakes import driven
from tests.trials import FLASK, a_run, a_trial

CLOSED, OPEN = Load(LoadKind.CLOSED, 32), Load(LoadKind.POISSON, 32, 1000.0)
BATCH = ("hello", "throughput.closed.c32")
STEADY = {BATCH: np.full(6, 1000.0)}
RATE = Measurement(BATCH[1], Unit.PER_SECOND, 1000.0, "hello")
COST = Measurement("cpu_per_request.closed.c32", Unit.SECOND, 1.0, "hello")
ONE_CPU = replace(a_run(), environment={"cpus": {"target": [0]}})


def taking(service_ms: int, load: Load = CLOSED, span: Span = Span.SERVICE, scenario: str = "hello") -> Distribution:
    histogram = Histogram()
    histogram.record(np.full(100, service_ms * 1_000_000))
    return Distribution(scenario, load, span, histogram.to_text())


def with_slices(*measured: Measurement, load: Load = CLOSED, wall_s: float = 0.2) -> Trial:
    plan = Slice(0, FLASK, "hello", load, 0.2, 0.04, seed=1)
    one = DrivenSlice(plan, replace(driven(plan), verified=100, wall_s=wall_s))
    return replace(a_trial(0, FLASK, *measured), slices=(one,))


@pytest.mark.parametrize(
    "distribution",
    [taking(9, OPEN), taking(9, span=Span.RESPONSE), taking(9, scenario="json")],
    ids=["open load", "another span", "a scenario without a rate"],
)
def test_littles_law_applies_only_to_service_times_in_closed_load_with_a_rate(distribution: Distribution) -> None:
    trial = replace(a_trial(0, FLASK, RATE), distributions=(distribution, taking(32)))
    assert Notices(ONE_CPU).of(trial, STEADY) == {}


def test_an_ignored_distribution_does_not_hide_the_next_one() -> None:
    trial = replace(a_trial(0, FLASK, RATE), distributions=(taking(9, OPEN), taking(9)))
    assert Notices(ONE_CPU).of(trial, STEADY) == {BATCH: (BREAKS_LITTLES_LAW,)}


def test_the_utilisation_law_applies_only_to_closed_load_with_a_cost_and_a_duration() -> None:
    notices = Notices(ONE_CPU)
    assert notices.of(with_slices(RATE, COST), STEADY) == {BATCH: (BREAKS_UTILISATION_LAW,)}
    assert notices.of(with_slices(RATE), STEADY) == {}
    assert notices.of(with_slices(RATE, COST, load=OPEN), STEADY) == {}
    assert notices.of(with_slices(RATE, COST, wall_s=0.0), STEADY) == {}


@pytest.mark.parametrize("environment", [{}, {"cpus": None}, {"cpus": {}}, {"cpus": {"target": "0"}}, {"cpus": [0]}])
def test_without_a_list_of_cpus_the_utilisation_law_does_not_apply(environment: dict[str, object]) -> None:
    notices = Notices(replace(a_run(), environment=environment))
    assert notices.of(with_slices(RATE, COST), STEADY) == {}


def test_a_batch_has_all_its_warnings() -> None:
    drifting = {BATCH: np.linspace(1000.0, 1500.0, 12)}
    trial = replace(with_slices(RATE, COST), distributions=(taking(9),))
    assert Notices(ONE_CPU).of(trial, drifting) == {BATCH: (NOT_STEADY, BREAKS_UTILISATION_LAW, BREAKS_LITTLES_LAW)}
