"""A stall that is not charged to the requests due in it fails the row; so does a negative control that sees it."""

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
TWIN_S = QUEUED_S + SERVICE_S


def test_the_formula_gives_the_published_values() -> None:
    assert [true_quantile_s(q) for q in (0.5, 0.95, 0.99)] == pytest.approx([0.002, 0.502, 0.902])
    assert true_mean_s() == pytest.approx(0.052)


def test_every_request_charged_with_what_is_left_of_the_stall_passes() -> None:
    assert broken(judge(result(2000, response=INTENDED_S))) == []


def test_requests_counted_from_their_send_fail() -> None:
    found = broken(judge(result(2000, response=np.full(2000, SERVICE_S))))
    assert found == ["p95", "p99", "mean"]


@pytest.mark.parametrize(("more_s", "fails"), [(0.008, False), (0.012, True)])
def test_ten_milliseconds_are_allowed(more_s: float, *, fails: bool) -> None:
    assert bool(broken(judge(result(2000, response=INTENDED_S + more_s)))) == fails


def test_a_request_too_few_fails() -> None:
    assert broken(judge(result(1999, response=INTENDED_S[1:]))) == ["requests"]


def test_the_negative_control_is_blind_from_the_send_and_sees_the_stall_from_the_intended_send() -> None:
    assert broken(judge_negative_control(result(1000, service=FROM_SEND_S, response=TWIN_S))) == []


def test_a_negative_control_that_sees_the_stall_from_the_send_fails() -> None:
    found = broken(judge_negative_control(result(1000, service=TWIN_S, response=TWIN_S)))
    assert found == ["negative control: p99 from the send, blind to the stall"]


def test_a_negative_control_that_is_blind_from_the_intended_send_fails() -> None:
    found = broken(judge_negative_control(result(1000, service=FROM_SEND_S, response=FROM_SEND_S)))
    assert found == ["negative control: p99 from the intended send"]


def test_a_slice_that_measured_nothing_fails() -> None:
    assert len(broken(judge(result(2000, response=None)))) == 4
