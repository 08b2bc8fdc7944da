"""Blocks of a scenario that can't be driven with open load: its numbers are absent with a reason, in every block."""

from dataclasses import replace

from harness.experiment.plan import block_plan, make_plan
from harness.measure.block_plan import Batch
from harness.measure.closed import ClosedBatch
from harness.measure.unscheduled import NO_OPEN_LOAD
from harness.model import LoadKind, Plan, ScenarioTraits
from tests.fakes import PROFILE
from tests.measure.scene import PLAN, Scene
from tests.trials import FLASK, GIN, NULL

THOROUGH = replace(PROFILE, open_rates_per_s=(500.0,), own_shares=(0.6,), objective_p99_s=0.025)


def plan(*, drives_open: bool) -> Plan:
    traits = ScenarioTraits("hello", ("Caller.root",), drives_open=drives_open)
    return make_plan(THOROUGH, [FLASK, GIN], ["hello"], 7, "docker", ceiling=NULL, traits=[traits])


def test_no_open_load_no_ladder_and_no_search_are_planned() -> None:
    block = block_plan(plan(drives_open=False), 0)
    slices = [part for batch in block.batches if isinstance(batch, Batch) for part in batch.slices]
    assert {part.load.kind for part in slices} == {LoadKind.CLOSED}
    assert any(isinstance(batch, ClosedBatch) for batch in block.batches)
    assert (block.own_rates, block.searches) == ((), ())


def test_every_number_of_open_load_is_absent_with_the_reason() -> None:
    absences = block_plan(plan(drives_open=False), 0).absences
    assert {one.reason for of_subject in absences.values() for one in of_subject} == {NO_OPEN_LOAD}
    assert {one.metric for one in absences[GIN]} >= {
        *("latency.open.r500.p50", "latency.open.r500.p99", "latency.own60.p99"),
        *("cpu_load.own60", "cpu_per_request.ladder", "rate.slo", "connections.practical"),
    }
    assert len(absences[GIN]) == len({one.metric for one in absences[GIN]})
    assert {one.metric.split(".")[0] for one in absences[NULL]} == {"latency"}


def test_the_closed_load_is_that_of_any_other_scenario() -> None:
    either, other = (block_plan(plan(drives_open=is_lane), 0) for is_lane in (True, False))
    closed = [batch for batch in either.batches if isinstance(batch, ClosedBatch)]
    assert closed == [batch for batch in other.batches if isinstance(batch, ClosedBatch)]
    assert either.absences == {}


def test_the_absences_are_part_of_each_trial() -> None:
    scene = Scene()
    absences = block_plan(plan(drives_open=False), 0).absences
    trials = scene.run(replace(PLAN, absences=absences))
    assert {one.metric for one in trials[FLASK].absences} >= {"rate.slo", "latency.open.r500.p99"}
