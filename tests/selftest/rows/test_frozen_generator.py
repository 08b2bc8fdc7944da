"""The row fails for a freeze that is not added to latency or not flagged."""

import numpy as np
import pytest

from harness.model import SliceResult
from harness.selftest.rows.frozen_generator import judge
from tests.selftest.made import broken, result

DUE_S = np.arange(400) / 200
CALM = result(400)


def frozen(for_s: float = 0.52, *, charged: bool = True) -> SliceResult:
    late_s = np.where((DUE_S >= 0.5) & (0.5 + for_s > DUE_S), 0.5 + for_s - DUE_S, 2e-6)
    return result(400, lateness=late_s, response=late_s + 0.001 if charged else [0.001] * 400)


def test_freezes_that_are_added_to_latency_and_flagged_pass() -> None:
    assert broken(judge([frozen()] * 3, CALM)) == []


def test_a_freeze_that_is_not_added_to_latency_fails() -> None:
    assert broken(judge([frozen(), frozen(charged=False), frozen()], CALM)) == [
        "freeze 2: greatest response time",
        "freeze 2: response time of half of the requests due in it",
    ]


def test_a_freeze_added_to_only_one_request_fails() -> None:
    one = frozen()
    alone = result(400, lateness=[0.52] + [2e-6] * 399, response=[0.52] + [0.001] * 399)
    assert broken(judge([one, one, alone], CALM)) == ["freeze 3: response time of half of the requests due in it"]


def test_a_freeze_without_lateness_is_not_flagged_and_fails() -> None:
    unseen = result(400, response=[0.55] * 400)
    assert broken(judge([unseen, frozen(), frozen()], CALM)) == ["freeze 1: greatest lateness", "frozen slices flagged"]


def test_a_missing_slice_or_a_missing_request_fails() -> None:
    assert broken(judge([frozen()] * 2, CALM)) == ["frozen slices flagged"]
    assert "freeze 1: requests" in broken(judge([result(399), frozen(), frozen()], CALM))


@pytest.mark.parametrize(("late_s", "flagged"), [(0.02, False), (0.2, True)])
def test_a_flag_on_an_undisturbed_slice_fails(late_s: float, *, flagged: bool) -> None:
    disturbed = result(400, lateness=[late_s] + [2e-6] * 399)
    assert bool(broken(judge([frozen()] * 3, disturbed))) == flagged
