"""Further slices over one connection: for which targets, and how long."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.histogram import Histogram
from harness.measure.alone import further_slices
from harness.measure.responses import ResponseTime, learn
from harness.model import DrivenSlice, Load, LoadKind, Slice, Subject
from tests.fakes import driven, histogram_of
from tests.trials import FLASK, GIN

ALONE, MANY = Load(LoadKind.CLOSED, 1), Load(LoadKind.CLOSED, 32)
BACKLOG_S = [0.002] * 180 + [1.0] * 20
"""Most connections are served at once, and those that the listen queue refused try again after a second."""

LONG = ResponseTime.of(Histogram.from_text(histogram_of(BACKLOG_S)))


def warmed(subject: Subject, load: Load, samples_s: Sequence[float], rate_per_s: float) -> DrivenSlice:
    plan = Slice(3, subject, "hello", load, 0.05, 0.0, seed=8)
    counted = rate_per_s * plan.duration_s
    result = replace(driven(plan), counted=counted, counted_s=plan.duration_s, service=histogram_of(samples_s))
    return DrivenSlice(plan, result)


def few(subject: Subject = FLASK, *, each_s: float = 0.002) -> DrivenSlice:
    """Return a slice over one connection with too few answers, which take this time."""
    return warmed(subject, ALONE, [each_s] * 25, 1 / each_s)


def test_a_target_that_may_queue_and_has_too_few_answers_alone_gets_one_slice_of_four_times_as_many() -> None:
    queued = warmed(FLASK, MANY, BACKLOG_S, 2000.0)
    [found] = further_slices([few(), queued, few(), queued])
    assert found.duration_s == pytest.approx(4 * 50 * 0.002)
    assert found == replace(few().plan, number=0, duration_s=found.duration_s)


def test_its_answers_take_the_wait_out_of_the_slices() -> None:
    queued = warmed(FLASK, MANY, BACKLOG_S, 2000.0)
    cell = FLASK, "hello", MANY
    assert learn([few(), queued])[cell] == LONG
    further = warmed(FLASK, ALONE, [0.002] * 75, 500.0)
    found = learn([few(), queued, further])[cell]
    assert found.own_s == pytest.approx(2 * 32 / 2000)
    assert found.longest_s == LONG.longest_s


def test_the_slow_mode_of_a_handler_is_found_and_still_lengthens_slices() -> None:
    queued = warmed(FLASK, MANY, BACKLOG_S, 2000.0)
    slow = warmed(FLASK, ALONE, BACKLOG_S, 10.0)
    assert learn([few(), queued, slow])[FLASK, "hello", MANY] == LONG


@pytest.mark.parametrize(
    "slices",
    [
        pytest.param([], id="nothing was driven"),
        pytest.param(
            [warmed(FLASK, ALONE, [0.002] * 50, 500.0), warmed(FLASK, MANY, BACKLOG_S, 2e3)], id="it has enough"
        ),
        pytest.param([few(), warmed(FLASK, MANY, [0.06] * 30, 500.0)], id="all wait alike"),
        pytest.param([few(), warmed(FLASK, MANY, [0.001] * 90 + [0.009] * 10, 2e4)], id="no slice is longer"),
        pytest.param([few(), warmed(GIN, MANY, BACKLOG_S, 2e3)], id="another target queues"),
        pytest.param([few(), warmed(FLASK, MANY, BACKLOG_S, 0.0)], id="nothing was counted"),
        pytest.param([few(), warmed(FLASK, MANY, [], 2e3)], id="nothing was answered"),
        pytest.param([few(each_s=0.061), warmed(FLASK, MANY, BACKLOG_S, 2e3)], id="it would take too long"),
        pytest.param([warmed(FLASK, ALONE, [], 0.0), warmed(FLASK, MANY, BACKLOG_S, 2e3)], id="it never answers alone"),
        pytest.param([few(), warmed(FLASK, Load(LoadKind.PACED, 32), BACKLOG_S, 2e3)], id="it has pauses"),
    ],
)
def test_otherwise_there_is_none(slices: Sequence[DrivenSlice]) -> None:
    assert further_slices(slices) == ()


def test_a_slice_is_at_most_three_seconds_long() -> None:
    [found] = further_slices([few(each_s=0.06), warmed(FLASK, MANY, BACKLOG_S, 2000.0)])
    assert found.duration_s == 3.0


def test_slices_are_numbered() -> None:
    slices = [few(), warmed(FLASK, MANY, BACKLOG_S, 2e3), few(GIN), warmed(GIN, MANY, BACKLOG_S, 2e3)]
    assert [(one.number, one.subject) for one in further_slices(slices)] == [(0, FLASK), (1, GIN)]
