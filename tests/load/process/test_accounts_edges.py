"""Limits of accounts: closed load counts requests by their send, open load by their due time."""

import numpy as np
import pytest

from harness.load.process.accounts import Account, Extent, Windows
from harness.model import ErrorKind, Window
from tests.load.conftest import order

SECOND_NS = 1_000_000_000
EXTENT = Extent(1000, 2000)


@pytest.mark.parametrize(("began_ns", "counted"), [(999, 0), (1000, 1), (1999, 1), (2000, 0)])
@pytest.mark.parametrize("is_open", [True, False])
def test_a_request_counts_from_the_beginning_up_to_but_not_including_the_end(
    began_ns: int, counted: int, *, is_open: bool
) -> None:
    answered, given_up = (Account(EXTENT, is_open=is_open) for _ in range(2))
    sent, due = (2500, began_ns) if is_open else (began_ns, 500)
    answered.enter(np.array([sent]), np.array([2570]), np.array([due]))
    given_up.enter_given_up(sent, due, 2570)
    for account in (answered, given_up):
        assert account.service.count == counted
        assert account.response.count == account.lateness.count == (counted if is_open else 0)
    assert (answered.verified, given_up.verified) == (1, 0)


def test_an_unsent_request_begins_at_its_due_time_and_its_lateness_is_the_whole_time() -> None:
    account = Account(EXTENT, is_open=True)
    account.enter_given_up(None, 1200, 5200)
    assert account.service.count == 0
    assert (account.response.max_ns, account.lateness.max_ns) == (4000, 4000)


def test_an_account_that_is_opened_again_is_empty() -> None:
    account = Account(EXTENT, is_open=True)
    account.enter(np.array([1100]), np.array([1300]), np.array([1050]))
    account.errors[ErrorKind.RESET] += 2
    assert account.sent == 3
    account.open(Extent(5000, 6000), is_open=False)
    assert (account.sent, account.service.count, account.response.count, account.lateness.count) == (0, 0, 0, 0)
    account.enter(np.array([5000]), np.array([5100]), np.array([0]))
    assert (account.service.max_ns, account.response.count) == (100, 0)


def test_windows_begin_with_the_load_and_not_with_a_second_of_the_clock() -> None:
    began = 1000 * SECOND_NS + 700
    windows = Windows(Extent(began, began + 3 * SECOND_NS, began_ns=began))
    for second in (-1, 0, 1, 1, 2, 3, 9):
        windows.enter_error(began + second * SECOND_NS + 5)
        windows.enter(np.array([began + second * SECOND_NS + 5]))
    assert windows.as_tuple() == (Window(2, 2), Window(2, 2), Window(1, 1), Window(2, 2))


def test_the_counted_part_lies_between_head_and_tail() -> None:
    extent = Extent.of(order(duration_s=1.0, discard_s=0.25, tail_s=0.125), 5 * SECOND_NS)
    assert (extent.began_ns, extent.start_ns) == (5_000_000_000, 5_250_000_000)
    assert (extent.end_ns, extent.last_send_ns) == (5_875_000_000, 6_000_000_000)
    assert extent.counted_s == 0.625


def test_windows_include_the_tail() -> None:
    windows = Windows(Extent.of(order(duration_s=3.0, tail_s=1.5), SECOND_NS))
    windows.enter(np.array([1, 2, 3, 4, 5]) * SECOND_NS)
    assert [window.verified for window in windows.as_tuple()] == [1, 1, 1, 2]
