"""Whose fault a failed request is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from harness.load.process.faults import Fault, fault_of, own_error_of, raised
from harness.model import ErrorKind


class CatchResponseError(Exception):
    """As Locust's, which is known by its name."""


def answer(status: int, error: Exception | None = None) -> SimpleNamespace:
    return SimpleNamespace(status_code=status, error=error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ErrorKind.REJECTED),
        (404, ErrorKind.REJECTED),
        (408, ErrorKind.STATUS),
        (429, ErrorKind.STATUS),
        (500, ErrorKind.STATUS),
        (503, ErrorKind.STATUS),
    ],
)
def test_a_status_that_was_not_accepted_is_an_error_whatever_the_scenario_calls_it(
    status: int, kind: ErrorKind
) -> None:
    for exception in (OSError("bad status"), CatchResponseError("no")):
        assert fault_of(exception, answer(status)) == Fault(f"status {status}", kind)
    assert fault_of(None, answer(status)) is None


def test_of_an_answer_that_nobody_judged_only_an_error_of_its_own_is_one() -> None:
    assert [own_error_of(answer(status)) for status in (200, 302, 404)] == [None, None, None]
    assert own_error_of(answer(500)) == Fault("status 500", ErrorKind.STATUS)
    assert own_error_of(answer(429)) == Fault("status 429", ErrorKind.STATUS)
    assert own_error_of(answer(0, TimeoutError())) == Fault("TimeoutError()", ErrorKind.TIMEOUT)
    assert own_error_of(None) is None


def test_no_answer_is_an_error_of_its_kind_even_if_the_scenario_accepts_it() -> None:
    refused = answer(0, ConnectionRefusedError("no"))
    for exception in (None, CatchResponseError("None")):
        found = fault_of(exception, refused)
        assert found is not None
        assert found.kind is ErrorKind.CONNECT


def test_what_the_scenario_declares_is_a_complaint_also_with_an_exception_of_a_connection() -> None:
    assert fault_of(CatchResponseError("too slow"), answer(200)) == Fault("too slow")
    assert fault_of("too slow", answer(200)) == Fault("too slow")
    assert fault_of(TimeoutError("mine"), answer(200), is_declared=True) == Fault("TimeoutError: mine")
    assert fault_of(AssertionError("no"), answer(200)) == Fault("AssertionError: no")


def test_a_connection_that_breaks_while_the_body_is_read_is_an_error() -> None:
    found = fault_of(ConnectionResetError("gone"), answer(200))
    assert found is not None
    assert found.kind is ErrorKind.RESET


def test_an_own_clients_exception_is_an_error_only_if_it_is_one_of_a_connection() -> None:
    found = fault_of(TimeoutError("late"))
    assert found is not None
    assert found.kind is ErrorKind.TIMEOUT
    assert fault_of(ValueError("no number")) == Fault("ValueError: no number")


def test_an_exception_without_a_text_is_named_only() -> None:
    assert raised(RuntimeError()) == "RuntimeError"
