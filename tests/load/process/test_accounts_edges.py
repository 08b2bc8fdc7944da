"""Which end of a request counts: closed load goes by the send, open load by the time it was due."""

import numpy as np
import pytest

from harness.load.process.accounts import Account, Extent, Windows
from harness.model import ErrorKind, Window

SECOND_NS = 1_000_000_000
EXTENT = Extent(1000, 2000)


@pytest.mark.parametrize(("began_ns", "counted"), [(999, 0), (1000, 1), (1999, 1), (2000, 0)])
@pytest.mark.parametrize("is_open", [True, False])
def test_a_request_counts_from_the_beginning_up_to_before_the_end(
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


def test_what_was_never_sent_began_when_it_was_due_and_is_late_by_all_the_time() -> None:
    account = Account(EXTENT, is_open=True)
    account.enter_given_up(None, 1200, 5200)
    assert account.service.count == 0
    assert (account.response.max_ns, account.lateness.max_ns) == (4000, 4000)


def test_an_account_that_is_opened_again_has_forgotten_everything() -> None:
    account = Account(EXTENT, is_open=True)
    account.enter(np.array([1100]), np.array([1300]), np.array([1050]))
    account.errors[ErrorKind.RESET] += 2
    assert account.sent == 3
    account.open(Extent(5000, 6000), is_open=False)
    assert (account.sent, account.service.count, account.response.count, account.lateness.count) == (0, 0, 0, 0)
    account.enter(np.array([5000]), np.array([5100]), np.array([0]))
    assert (account.service.max_ns, account.response.count) == (100, 0)


def test_errors_and_answers_fall_into_the_second_since_the_beginning_and_not_of_the_clock() -> None:
    began = 1000 * SECOND_NS + 700
    windows = Windows(Extent(began, began + 3 * SECOND_NS, began_ns=began))
    for second in (-1, 0, 1, 1, 2, 3, 9):
        windows.enter_error(began + second * SECOND_NS + 5)
        windows.enter(np.array([began + second * SECOND_NS + 5]))
    assert windows.as_tuple() == (Window(2, 2), Window(2, 2), Window(1, 1), Window(2, 2))
