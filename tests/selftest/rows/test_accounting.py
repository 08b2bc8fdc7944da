"""The row fails for one request, byte or connection too many or too few."""

from typing import Any

import numpy as np
import pytest

from harness.model import ErrorKind, Load, LoadKind, Slice, Subject
from harness.selftest.behaviours import Wrong
from harness.selftest.rig import due_ns_of
from harness.selftest.rows.accounting import judge_books, judge_rate, true_rate_per_s
from tests.selftest.made import broken, result, truth

SEEN = truth([0.0] * 1000, wrong={Wrong.BODY: 10}, connections=3)
BOOKS: dict[str, Any] = {
    "verified": 990,
    "errors": {ErrorKind.BODY: 10},
    "received_bytes": 99_000,
    "reconnects": 3,
}


def test_counts_that_agree_pass() -> None:
    assert broken(judge_books("x", result(**BOOKS), SEEN)) == []


@pytest.mark.parametrize(
    ("changes", "failing"),
    [
        ({"sent": 999}, ["requests"]),
        ({"verified": 989}, ["successes and errors", "successes"]),
        ({"errors": {ErrorKind.BODY: 11}}, ["successes and errors"]),
        ({"verified": 991, "errors": {ErrorKind.BODY: 9}}, ["successes"]),
        ({"received_bytes": 99_100}, ["bytes"]),
        ({"reconnects": 2}, ["reconnects"]),
    ],
)
def test_one_count_too_high_or_too_low_fails(changes: dict[str, Any], failing: list[str]) -> None:
    assert broken(judge_books("x", result(**(BOOKS | changes)), SEEN)) == [f"x: {what}" for what in failing]


def order(kind: LoadKind, discard_s: float = 0.0) -> Slice:
    rate_per_s = None if kind is LoadKind.CLOSED else 1000.0
    return Slice(0, Subject("t", "v"), "hello", Load(kind, 8, rate_per_s), 2.0, discard_s, seed=3)


def test_the_true_rate_is_that_of_the_counted_part_of_the_slice() -> None:
    times = np.concatenate([np.arange(0, 0.5, 0.01), np.arange(0.5, 2.1, 0.001)])
    assert true_rate_per_s(order(LoadKind.CLOSED, 0.5), truth(list(times))) == pytest.approx(1000, abs=1)


def test_an_open_slice_begins_before_its_first_request() -> None:
    plan = order(LoadKind.POISSON)
    due_s = due_ns_of(plan) / 1e9
    seen = truth(list(due_s))
    assert due_s[0] > 0
    assert true_rate_per_s(plan, seen) * 2.0 == len(due_s)


@pytest.mark.parametrize(
    ("counted", "fails"), [(2000, False), (2002, False), (1998, False), (2003, True), (1997, True)]
)
def test_a_rate_more_than_a_thousandth_off_fails(counted: int, *, fails: bool) -> None:
    seen = truth(list(np.arange(2000) / 1000))
    (check,) = judge_rate("x", order(LoadKind.CLOSED), result(2000, counted=counted, counted_s=2.0), seen)
    assert check.passed != fails


def test_a_rate_without_requests_fails() -> None:
    (check,) = judge_rate("x", order(LoadKind.CLOSED), result(0, service=None, response=None, lateness=None), truth([]))
    assert not check.passed
