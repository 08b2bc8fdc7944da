"""The row fails for a stall that is not added to the requests due in it, and for a negative control that shows it."""

import numpy as np
import pytest

from harness.selftest.rows.stall import judge, judge_negative_control, true_mean_s, true_quantile_s
from tests.selftest.made import broken, result

PERIODS, PERIOD_S, RATE_PER_S, SERVICE_S = 2, 10.0, 100.0, 0.002
DUE_S = np.arange(int(PERIODS * PERIOD_S * RATE_PER_S)) / RATE_PER_S
INTENDED_S = np.maximum(0, 1.0 - (DUE_S - 4.499) % PERIOD_S) + SERVICE_S
FROM_SEND_S = np.full(1000, SERVICE_S)
FROM_SEND_S[450] = 1.0
QUEUED_S = np.maximum(0, 1.0 - (DUE_S[:1000] - 4.499) % PERIOD_S)
QUEUED_S = np.maximum(QUEUED_S + (DUE_S[:1000] - 4.499) % PERIOD_S * RATE_PER_S * SERVICE_S, 0) * (QUEUED_S > 0)
OVERDUE_S = QUEUED_S + SERVICE_S


def test_the_formula_gives_the_published_values() -> None:
    assert [true_quantile_s(q) for q in (0.5, 0.95, 0.99)] == pytest.approx([0.002, 0.502, 0.902])
    assert true_mean_s() == pytest.approx(0.052)


def test_requests_that_wait_for_the_rest_of_the_stall_pass() -> None:
    assert broken(judge(result(2000, response=INTENDED_S))) == []


def test_requests_counted_from_their_send_fail() -> None:
    found = broken(judge(result(2000, response=np.full(2000, SERVICE_S))))
    assert found == ["p95", "p99", "mean"]


@pytest.mark.parametrize(("more_s", "fails"), [(0.008, False), (0.012, True)])
def test_an_error_of_more_than_ten_milliseconds_fails(more_s: float, *, fails: bool) -> None:
    assert bool(broken(judge(result(2000, response=INTENDED_S + more_s)))) == fails


def test_a_missing_request_fails() -> None:
    assert broken(judge(result(1999, response=INTENDED_S[1:]))) == ["requests"]


def test_a_negative_control_that_shows_the_stall_only_from_the_intended_send_passes() -> None:
    assert broken(judge_negative_control(result(1000, service=FROM_SEND_S, response=OVERDUE_S))) == []


def test_a_negative_control_that_shows_the_stall_from_the_send_fails() -> None:
    found = broken(judge_negative_control(result(1000, service=OVERDUE_S, response=OVERDUE_S)))
    assert found == ["negative control: p99 from the send, without the stall"]


def test_a_negative_control_without_the_stall_from_the_intended_send_fails() -> None:
    found = broken(judge_negative_control(result(1000, service=FROM_SEND_S, response=FROM_SEND_S)))
    assert found == ["negative control: p99 from the intended send"]


def test_a_stalled_slice_without_response_times_fails() -> None:
    assert len(broken(judge(result(2000, response=None)))) == 4
