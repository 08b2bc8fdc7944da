"""The slices and environments to which the utilisation law applies."""

from dataclasses import replace

import pytest

from harness.analysis.gates import BREAKS_UTILISATION_LAW, Notices
from harness.model import DrivenSlice, Load, LoadKind, Measurement, Slice, Trial
from harness.units import Unit
from tests.fakes import driven
from tests.trials import FLASK, a_run, a_trial

CLOSED, OPEN = Load(LoadKind.CLOSED, 32), Load(LoadKind.POISSON, 32, 1000.0)
BATCH = ("hello", "throughput.closed.c32")
RATE = Measurement(BATCH[1], Unit.PER_SECOND, 1000.0, "hello")
COST = Measurement("cpu_per_request.closed.c32", Unit.SECOND, 1.0, "hello")
ONE_CPU = replace(a_run(), environment={"cpus": {"target": [0]}})


def with_slices(*measured: Measurement, load: Load = CLOSED, wall_s: float = 0.2) -> Trial:
    plan = Slice(0, FLASK, "hello", load, 0.2, 0.04, seed=1)
    one = DrivenSlice(plan, replace(driven(plan), verified=100, wall_s=wall_s))
    return replace(a_trial(0, FLASK, *measured), slices=(one,))


def test_the_utilisation_law_applies_only_to_closed_load_with_a_cost_and_a_duration() -> None:
    notices = Notices(ONE_CPU)
    assert notices.of(with_slices(RATE, COST)) == {BATCH: (BREAKS_UTILISATION_LAW,)}
    assert notices.of(with_slices(RATE)) == {}
    assert notices.of(with_slices(RATE, COST, load=OPEN)) == {}
    assert notices.of(with_slices(RATE, COST, wall_s=0.0)) == {}


@pytest.mark.parametrize("environment", [{}, {"cpus": None}, {"cpus": {}}, {"cpus": {"target": "0"}}, {"cpus": [0]}])
def test_without_a_list_of_cpus_the_utilisation_law_does_not_apply(environment: dict[str, object]) -> None:
    notices = Notices(replace(a_run(), environment=environment))
    assert notices.of(with_slices(RATE, COST)) == {}
