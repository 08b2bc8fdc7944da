"""What is said of single trials: unsteady ones, and those that break a law of queues."""

from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.gates import BREAKS_LITTLES_LAW, BREAKS_UTILISATION_LAW, NOT_STEADY, Notices
from harness.evidence import Distribution, Measurement, Span
from harness.histogram import Histogram
from harness.model import Load, LoadKind
from harness.units import Unit
from tests.trials import FLASK, a_run, a_trial

BATCH = ("hello", "throughput.closed.c32")
LEVEL = {BATCH: np.full(6, 1000.0)}
NOTICES = Notices(replace(a_run(), environment={"cpus": {"target": [0]}}))
RATE = Measurement(BATCH[1], Unit.PER_SECOND, 1000.0, "hello")


def test_a_sound_trial_is_not_remarked_on() -> None:
    assert NOTICES.of(a_trial(0, FLASK, RATE), LEVEL) == {}


def test_a_trial_that_drifts_is_not_steady() -> None:
    assert NOTICES.of(a_trial(0, FLASK, RATE), {BATCH: np.linspace(1000.0, 1500.0, 12)}) == {BATCH: (NOT_STEADY,)}


@pytest.mark.parametrize(("service_ms", "noticed"), [(32, {}), (30, {BATCH: (BREAKS_LITTLES_LAW,)})])
def test_rate_times_service_time_is_the_number_of_connections(
    service_ms: int, noticed: dict[tuple[str, str], tuple[str, ...]]
) -> None:
    service = Histogram()
    service.record(np.full(100, service_ms * 1_000_000))
    of_load = Distribution("hello", Load(LoadKind.CLOSED, 32), Span.SERVICE, service.to_text())
    assert NOTICES.of(replace(a_trial(0, FLASK, RATE), distributions=(of_load,)), LEVEL) == noticed


def test_more_cpu_time_than_there_is_is_said_where_the_cpus_are_known() -> None:
    cost = Measurement("cpu_per_request.closed.c32", Unit.SECOND, 0.0011, "hello")
    trial = a_trial(0, FLASK, RATE, cost)
    assert NOTICES.of(trial, LEVEL) == {BATCH: (BREAKS_UTILISATION_LAW,)}
    assert Notices(a_run()).of(trial, LEVEL) == {}
