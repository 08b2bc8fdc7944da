"""A wrong answer that is missed, counted twice or under another kind fails the row."""

import pytest

from harness.model import ErrorKind
from harness.selftest.behaviours import Wrong
from harness.selftest.rows.verification import KIND_OF, judge, judge_all_wrong
from tests.selftest.made import broken, result, truth

GIVEN = dict.fromkeys(Wrong, 4)
TRUTH = truth([0.0] * 1000, wrong=GIVEN)
COUNTED = {ErrorKind.STATUS: 4, ErrorKind.BODY: 8, ErrorKind.HEADER: 4, ErrorKind.FRAMING: 4}


def test_every_wrong_answer_under_its_own_kind_passes() -> None:
    assert broken(judge("x", result(verified=980, errors=COUNTED), TRUTH)) == []


def test_every_way_of_being_wrong_has_a_kind() -> None:
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
def test_a_wrong_answer_that_is_not_counted_as_what_it_is_fails(
    verified: int, errors: dict[ErrorKind, int], failing: list[str]
) -> None:
    found = broken(judge("x", result(verified=verified, errors=errors), TRUTH))
    assert [what.removeprefix("x: ").removeprefix("errors of kind ") for what in found] == failing


def test_a_server_that_gave_no_wrong_answers_proves_nothing() -> None:
    assert broken(judge("x", result(10), truth([0.0] * 10))) == ["x: the server gave 3 wrong answers"]


def test_a_throughput_or_a_latency_of_wrong_answers_fails() -> None:
    seen = truth([0.0] * 8, wrong={Wrong.STATUS: 8})
    fine = result(8, verified=0, counted=0, service=None, errors={ErrorKind.STATUS: 8})
    assert broken(judge_all_wrong(fine, seen)) == []
    counted = result(8, verified=0, counted=1, service=[0.001], errors={ErrorKind.STATUS: 8})
    assert broken(judge_all_wrong(counted, seen)) == ["every answer wrong: throughput", "every answer wrong: latencies"]
