"""A block whose load is not answered in time: an absence for each number, and the other target's numbers as ever."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.measure.block_plan import BlockPlan
from harness.measure.closed import ClosedBatch
from harness.measure.ladder import OwnRate
from harness.measure.limits import Limit, SearchPlan
from harness.model import ErrorKind, LoadKind, Slice, SliceResult, Trial
from tests.fakes import PROFILE, driven, driven_wrongly
from tests.measure.scene import BATCHES, CLOSED, PLAN, Scene
from tests.trials import FLASK, GIN

RATE, COST = "throughput.closed.c32", "cpu_per_request.closed.c32"


def too_late_for_its_slice(order: Slice) -> SliceResult:
    """Return a slice in which every answer comes after the counted part, in the drain."""
    return replace(driven(order), sent=32, verified=32, counted=0, wall_s=1.2)


def beyond_the_time_out(order: Slice) -> SliceResult:
    """Return a slice in which no request is answered within the time-out."""
    return replace(
        driven(order),
        sent=32,
        verified=0,
        errors={ErrorKind.TIMEOUT: 32},
        counted=0,
        wall_s=order.duration_s + order.timeout_s,
        service=None,
        response=None,
        lateness=None,
        first_error="timeout: no complete answer within 5 s",
    )


def nothing_due(order: Slice) -> SliceResult:
    """Return a slice without a request, as at a very low rate."""
    empty = replace(driven(order), sent=0, verified=0, counted=0, service=None)
    return replace(empty, planned=0, response=None, lateness=None) if order.load.kind is not LoadKind.CLOSED else empty


WITH_SEARCHES = replace(
    PLAN,
    own_rates=(OwnRate("hello", 0.6, ((FLASK, 1), (GIN, 2)), 64, 1.2, 0.2),),
    searches=tuple(SearchPlan(limit, "hello", (FLASK, GIN), 0.1, 64, 1.2, 0.2, "seed") for limit in Limit),
)


def run(of_flask: Callable[[Slice], SliceResult], plan: BlockPlan = WITH_SEARCHES) -> dict[str, Trial]:
    """Return the trials of a block in which Flask answers as given, and Gin as it should."""
    scene = Scene(drive=lambda order: of_flask(order) if order.subject == FLASK else driven(order))
    return {subject.target: trial for subject, trial in scene.run(plan).items()}


@pytest.mark.parametrize("of_flask", [too_late_for_its_slice, beyond_the_time_out, nothing_due])
def test_every_number_of_load_is_absent_and_all_others_are_measured(of_flask: Callable[[Slice], SliceResult]) -> None:
    trials = run(of_flask)
    flask, gin = trials["flask_app"], trials["gin_app"]
    assert (flask.failure, gin.failure) == (None, None)
    absent = {one.metric for one in flask.absences}
    assert {RATE, COST, "latency.own60.p50", "rate.slo", "connections.practical"} <= absent
    assert all(one.reason for one in flask.absences)
    measured = {one.metric for one in flask.measurements}
    assert {"memory.idle", "memory.loaded", "memory.peak", "cold_start.ready"} <= measured
    assert RATE in {one.metric for one in gin.measurements}


def test_answers_after_the_slice_have_a_reason_with_its_length() -> None:
    reasons = {one.metric: one.reason for one in run(too_late_for_its_slice)["flask_app"].absences}
    why = "no answer came in the counted part of a slice, and the longest slice took 0.2 s"
    assert reasons[RATE] == reasons[COST] == why
    assert reasons["latency.own60.p50"] == "its peak has no number to take a share of"
    assert reasons["rate.slo"] == "its peak has no number to begin from"


def test_requests_beyond_the_time_out_are_counted_in_the_reason() -> None:
    reasons = {one.metric: one.reason for one in run(beyond_the_time_out)["flask_app"].absences}
    assert reasons[RATE] == reasons[COST] == "64 of 64 requests failed (64 timeout)"


def wrong_of_gin(order: Slice) -> SliceResult:
    """Return a slice in which only Gin answers wrongly."""
    return driven_wrongly(order, ErrorKind.STATUS) if order.subject == GIN else driven(order)


def test_a_ceiling_that_does_not_answer_the_scenario_is_left_out_and_the_run_goes_on() -> None:
    closed = ClosedBatch("hello", CLOSED, (FLASK, GIN), 0.6, PROFILE, "seed")
    plan = replace(PLAN, batches=(BATCHES[0], closed, BATCHES[2]))
    contestant = Scene(drive=wrong_of_gin).run(plan)[GIN]
    assert contestant.failure is not None
    scene = Scene(drive=wrong_of_gin)
    trials = scene.run(replace(plan, ceiling=GIN))
    ceiling, flask = trials[GIN], trials[FLASK]
    assert (ceiling.failure, flask.failure) == (None, None)
    assert [part.subject for part in scene.generator.slices].count(GIN) == 1
    reasons = {one.metric: one.reason for one in ceiling.absences}
    assert reasons[RATE] == f"{GIN} does not answer hello: status: that was wrong"
    assert RATE in {one.metric for one in flask.measurements}
    assert "memory.idle" in {one.metric for one in ceiling.measurements}
    assert f"stop {GIN}" in scene.journal
