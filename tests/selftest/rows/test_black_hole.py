"""The row fails where a request without an answer is missing from a count or a histogram."""

from typing import Any

import pytest

from harness.model import ErrorKind
from harness.selftest.rows.black_hole import judge, judge_open
from tests.selftest.made import broken, result, truth

SEEN = truth([0.0] * 800, unanswered=range(19, 800, 20))
WAITED = [0.001] * 760 + [2.001] * 40
FINE: dict[str, Any] = {
    "sent": 800,
    "verified": 760,
    "errors": {ErrorKind.TIMEOUT: 40},
    "response": WAITED,
    "service": WAITED,
}


def test_withheld_answers_that_are_all_counted_with_their_wait_pass() -> None:
    assert broken(judge_open(result(**FINE), SEEN)) == []


@pytest.mark.parametrize(
    ("changes", "failing"),
    [
        ({"errors": {ErrorKind.TIMEOUT: 39}}, ["time-outs", "errors"]),
        ({"errors": {ErrorKind.TIMEOUT: 39, ErrorKind.RESET: 1}}, ["time-outs", "other errors"]),
        ({"verified": 759}, ["successes"]),
        ({"sent": 799}, ["requests"]),
        ({"service": WAITED[:760]}, ["latencies"]),
        ({"response": WAITED[:760]}, ["p99", "shortest time of a request given up"]),
        ({"response": [0.001] * 761 + [2.001] * 39}, ["shortest time of a request given up"]),
        ({"response": [2.001] * 800}, ["p94, of answers"]),
        ({"response": [0.001] * 760 + [1.9] * 40}, ["p99", "shortest time of a request given up"]),
    ],
)
def test_a_withheld_answer_missing_from_a_count_or_a_histogram_fails(
    changes: dict[str, Any], failing: list[str]
) -> None:
    assert broken(judge_open(result(**(FINE | changes)), SEEN)) == [f"open: {what}" for what in failing]


def test_a_server_that_withheld_no_answer_fails() -> None:
    assert broken(judge("x", result(10), truth([0.0] * 10))) == ["x: the server withheld answers"]
