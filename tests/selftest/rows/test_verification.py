"""The row fails for a wrong answer that is missed, counted twice or counted as another kind."""

from typing import cast

import pytest

from harness.model import ErrorKind, Load, LoadKind, Slice, SliceResult
from harness.selftest.behaviours import Faulty, Wrong
from harness.selftest.rig import SUBJECT, Rig
from harness.selftest.rows.verification import KIND_OF, driven, judge, judge_all_wrong
from harness.selftest.truth import Truth
from tests.selftest.made import broken, result, truth

GIVEN = dict.fromkeys(Wrong, 4)
TRUTH = truth([0.0] * 1000, wrong=GIVEN)
COUNTED = {ErrorKind.STATUS: 4, ErrorKind.BODY: 8, ErrorKind.HEADER: 4, ErrorKind.FRAMING: 4}


def test_wrong_answers_counted_under_their_own_kinds_pass() -> None:
    assert broken(judge("x", result(verified=980, errors=COUNTED), TRUTH)) == []


def test_every_kind_of_wrong_answer_has_a_kind_of_error() -> None:
    assert set(KIND_OF) == set(Wrong)


@pytest.mark.parametrize(
    ("verified", "errors", "failing"),
    [
        (1000, {}, ["body", "framing", "header", "status", "verified answers"]),
        (981, COUNTED | {ErrorKind.BODY: 7}, ["body", "verified answers"]),
        (980, COUNTED | {ErrorKind.BODY: 7, ErrorKind.FRAMING: 5}, ["body", "framing"]),
        (979, COUNTED | {ErrorKind.TIMEOUT: 1}, ["timeout", "verified answers"]),
        (979, COUNTED, ["verified answers"]),
    ],
)
def test_a_wrong_answer_missed_or_counted_under_another_kind_fails(
    verified: int, errors: dict[ErrorKind, int], failing: list[str]
) -> None:
    found = broken(judge("x", result(verified=verified, errors=errors), TRUTH))
    assert [what.removeprefix("x: ").removeprefix("errors of kind ") for what in found] == failing


def test_a_server_without_wrong_answers_fails() -> None:
    assert broken(judge("x", result(10), truth([0.0] * 10))) == ["x: the server sent 3 wrong answers"]


class SlowRig:
    """A rig whose server sends one wrong answer a second."""

    def order(self, load: Load, duration_s: float, *, number: int) -> Slice:
        return Slice(number, SUBJECT, "greeting", load, duration_s, 0.0, 1)

    def drive(self, _behaviour: Faulty, order: Slice) -> tuple[SliceResult, Truth]:
        return result(), truth([0.0] * 100, wrong={Wrong.STATUS: int(order.duration_s)})


@pytest.mark.parametrize(("duration_s", "sent"), [(1.0, 4), (3.0, 3), (0.01, 10)])
def test_a_slice_lasts_until_the_server_has_sent_enough_wrong_answers(duration_s: float, sent: int) -> None:
    _, seen = driven(cast("Rig", SlowRig()), Faulty((Wrong.STATUS,)), Load(LoadKind.CLOSED, 1), duration_s, 0)
    assert seen.wrong == {Wrong.STATUS: sent}


def test_throughput_or_latency_from_wrong_answers_fails() -> None:
    seen = truth([0.0] * 8, wrong={Wrong.STATUS: 8})
    fine = result(8, verified=0, counted=0, service=None, errors={ErrorKind.STATUS: 8})
    assert broken(judge_all_wrong(fine, seen)) == []
    counted = result(8, verified=0, counted=1, service=[0.001], errors={ErrorKind.STATUS: 8})
    assert broken(judge_all_wrong(counted, seen)) == ["every answer wrong: throughput", "every answer wrong: latencies"]
