from __future__ import annotations

from types import SimpleNamespace

import pytest

from harness.load.process.failures import kind_of
from harness.model import ErrorKind


class HTTPError(OSError):
    """Error of a bad status, with its name in urllib and in the `requests` package."""

    code: int | None = None
    response: SimpleNamespace | None = None


class NewConnectionError(Exception):
    """Error of a failed connection, with its name in urllib3."""


class RetriesExceeded(Exception):  # noqa: N818 - geventhttpclient's own name
    """Error that wraps another one, as in geventhttpclient."""

    def __init__(self, original: Exception) -> None:
        super().__init__("retries exceeded")
        self.original = original


class MaxRetryError(Exception):
    """Error that wraps another one, as in urllib3."""

    def __init__(self, reason: Exception) -> None:
        super().__init__("max retries")
        self.reason = reason


class ResponseError(Exception):
    """Reason of urllib3 if it has tried a status again."""


class TooManyRedirects(OSError):  # noqa: N818 - the name in the `requests` package
    """Error of a redirect loop."""


def raised_from(cause: Exception) -> Exception:
    outer = RuntimeError("outer")
    outer.__cause__ = cause
    return outer


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(111, "refused"), ErrorKind.CONNECT),
        (ConnectionResetError(104, "reset"), ErrorKind.RESET),
        (BrokenPipeError(32, "pipe"), ErrorKind.RESET),
        (TimeoutError("slow"), ErrorKind.TIMEOUT),
        (HTTPError("500"), ErrorKind.STATUS),
        (MaxRetryError(NewConnectionError("refused")), ErrorKind.CONNECT),
        (MaxRetryError(ResponseError("too many 404 error responses")), ErrorKind.REJECTED),
        (MaxRetryError(ResponseError("too many 503 error responses")), ErrorKind.STATUS),
        (TooManyRedirects("Exceeded 30 redirects."), ErrorKind.REDIRECT),
        (RetriesExceeded(TimeoutError("timed out")), ErrorKind.TIMEOUT),
        (raised_from(ConnectionResetError()), ErrorKind.RESET),
        (Exception("aborted", ConnectionResetError()), ErrorKind.RESET),
        (ValueError("wrong body"), ErrorKind.BODY),
        ("wrong body", ErrorKind.BODY),
    ],
)
def test_the_kind_of_an_error_is_found_in_any_nesting(error: Exception | str, kind: ErrorKind) -> None:
    assert kind_of(error) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, ErrorKind.REJECTED), (429, ErrorKind.STATUS), (503, ErrorKind.STATUS), (304, ErrorKind.STATUS)],
)
def test_the_status_in_an_error_of_an_own_client_decides_as_that_of_an_answer(status: int, kind: ErrorKind) -> None:
    of_urllib, of_requests = HTTPError("bad status"), HTTPError("bad status")
    of_urllib.code = status
    of_requests.response = SimpleNamespace(status_code=status)
    assert kind_of(of_urllib) is kind_of(of_requests) is kind


def test_the_innermost_cause_decides() -> None:
    assert kind_of(MaxRetryError(ConnectionResetError())) is ErrorKind.RESET
    outer = HTTPError("bad gateway")
    outer.__cause__ = TimeoutError()
    assert kind_of(outer) is ErrorKind.TIMEOUT


def test_a_circular_chain_of_errors_is_handled() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert kind_of(first) is ErrorKind.BODY
