"""What the users of a scenario did in the warm-up, and users that are missing."""

from dataclasses import replace

import pytest

from harness.measure.block_plan import Batch
from harness.measure.closed import ClosedBatch
from harness.measure.paced import PacedBatch
from harness.model import MOST_COMPLAINTS, ErrorKind, Load, LoadKind, Pace, ScenarioTraits, Slice, SliceResult, Trial
from tests.fakes import PROFILE, driven
from tests.measure.scene import CLOSED, PLAN, Scene, batch
from tests.trials import FLASK, GIN

WARM_UP = batch("warming up", CLOSED, (FLASK, GIN), counted=False)
MEASURED = ClosedBatch("hello", CLOSED, (FLASK, GIN), 1.0, PROFILE, seed="1")
LACK = (
    "the scenario's users sent no request: 32 of them ended themselves; the scenario's first complaint is 'no ticket'"
)
SHOP = ScenarioTraits("shop", (), drives_open=False, pace=Pace.PACED, mean_pause_s=0.2)


def silent(part: Slice) -> SliceResult:
    return replace(driven(part), sent=0, verified=0, counted=0.0, service=None, response=None)


def reasons_of(trial: Trial) -> set[str]:
    return {one.reason for one in trial.absences}


def test_a_scenario_that_sends_nothing_is_not_a_target_that_does_not_answer() -> None:
    def drive(part: Slice) -> SliceResult:
        return replace(silent(part), users_ended=32, complaints={"no ticket": 32}, first_complaint="no ticket")

    trials = Scene(drive=drive).run(replace(PLAN, batches=(WARM_UP, MEASURED)))
    for trial in trials.values():
        assert reasons_of(trial) == {LACK}
        assert trial.failure is None


def test_closed_load_has_no_number_after_users_have_ended_themselves() -> None:
    def drive(part: Slice) -> SliceResult:
        return replace(driven(part), users_ended=int(part in WARM_UP.slices and part.subject == GIN))

    trials = Scene(drive=drive).run(replace(PLAN, batches=(WARM_UP, MEASURED, MEASURED)))
    few = "1 user of the scenario ended itself, so fewer than 32 sent requests"
    assert reasons_of(trials[GIN]) == {few}
    assert {one.metric for one in trials[GIN].absences} >= {"throughput.closed.c32", "latency.closed.c32.p99"}
    assert not [one for one in trials[GIN].distributions if one.load == CLOSED]
    assert "throughput.closed.c32" in {one.metric for one in trials[FLASK].measurements}


def test_users_that_ended_in_the_warm_up_are_why_later_slices_are_empty() -> None:
    def drive(part: Slice) -> SliceResult:
        if part in WARM_UP.slices:
            return replace(driven(part), users_ended=32, first_complaint="no ticket")
        return silent(part)

    trials = Scene(drive=drive).run(replace(PLAN, batches=(WARM_UP, MEASURED, MEASURED)))
    assert reasons_of(trials[FLASK]) == {LACK}


@pytest.mark.parametrize("kind", [ErrorKind.RESET, ErrorKind.CONNECT, ErrorKind.REJECTED])
def test_a_target_whose_requests_all_failed_in_the_warm_up_is_not_said_to_have_timed_out(kind: ErrorKind) -> None:
    def drive(part: Slice) -> SliceResult:
        right = driven(part)
        failed = replace(right, verified=0, errors={kind: right.sent}, counted=0.0, service=None, response=None)
        return failed if part.subject == GIN else right

    trials = Scene(drive=drive).run(replace(PLAN, batches=(WARM_UP, MEASURED)))
    [reason] = reasons_of(trials[GIN])
    assert reason.partition(";")[0] == f"in the warm-up 20 of 20 requests failed (20 {kind})"
    assert trials[GIN].failure is None
    assert "throughput.closed.c32" in {one.metric for one in trials[FLASK].measurements}


@pytest.mark.parametrize("kind", [LoadKind.CLOSED, LoadKind.PACED])
def test_what_a_warm_up_says_of_its_scenario_is_in_the_first_counted_slice(kind: LoadKind) -> None:
    def drive(part: Slice) -> SliceResult:
        is_warm_up = part.seed == 0
        said = {"late": 2} if is_warm_up else {f"text {number}": 1 for number in range(MOST_COMPLAINTS)}
        return replace(driven(part), prepared=3 if is_warm_up else 1, complaints=said, first_complaint=min(said))

    load = Load(kind, 32)
    order = tuple(Slice(number, one, "shop", load, 0.2, 0.04, seed=0) for number, one in enumerate((FLASK, GIN)))
    counted: ClosedBatch | PacedBatch = PacedBatch(SHOP, load, (FLASK, GIN), PROFILE, seed="1")
    if kind is LoadKind.CLOSED:
        counted = ClosedBatch("shop", load, (FLASK, GIN), 1.0, PROFILE, seed="1")
    batches = (Batch("warming up", order, counted=False), counted, counted)
    trials = Scene(drive=drive).run(replace(PLAN, batches=batches))
    for trial in trials.values():
        first, *others = [one.result for one in trial.slices if one.plan.scenario == "shop"]
        assert (first.prepared, first.first_complaint, first.complaints["late"]) == (4, "late", 2)
        assert len(first.complaints) == MOST_COMPLAINTS
        assert sum(first.complaints.values()) == 2 + MOST_COMPLAINTS
        assert {one.prepared for one in others} == {1}
