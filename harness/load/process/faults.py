"""Faults of requests that other clients sent: of the answer, of the request itself, or the scenario's own complaint.

- A broken connection, a time-out, an answer that is no HTTP, and a status of 500 or more are errors of the answer,
  whatever the locustfile says of it. 408 and 429 are as well: the target says that it can't keep up.
- Any other status from 400 that the locustfile did not accept is an error of the request: the target was asked for
  something that it does not have.
- All else is a complaint: what the locustfile itself raises or calls a failure. The answer counts as verified.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.load.process.failures import kind_of, kind_of_status, known_kind_of, refusal_in
from harness.model import ErrorKind

_LEAST_ERROR = 400
_WRAPPER = "CatchResponseError"  # known by name, as in `failures`
_DECLARING = frozenset({_WRAPPER, "ResponseError"})


@dataclass(frozen=True, slots=True)
class Fault:
    """Fault of a request.

    Attributes:
        text: What is wrong.
        kind: The kind of error; None for a complaint.
        is_uncounted: Whether the event is in no number: it is no answer of the target.
    """

    text: str
    kind: ErrorKind | None = None
    is_uncounted: bool = False


def fault_of(
    exception: BaseException | str | None, response: object = None, *, is_declared: bool = False
) -> Fault | None:
    """Return the fault of a request that has ended; None if it has none.

    Args:
        exception: What Locust's `request` event says.
        response: Its response: of HttpUser, of FastHttpUser, or of a client of the scenario's own.
        is_declared: Whether the locustfile itself called it a failure with this exception.
    """
    status = getattr(response, "status_code", None)
    if status == 0:  # both HTTP clients say so if there was no answer
        cause = getattr(response, "error", None) or exception or "no answer"
        return Fault(str(refusal_in(cause) or repr(cause)), kind_of(cause))
    if exception is None:
        return None
    if isinstance(status, int) and status >= _LEAST_ERROR:
        return Fault(f"status {status}", kind_of_status(status))
    kind = None if is_declared or _declares(exception) else known_kind_of(exception)
    return Fault(_words(exception)) if kind is None else Fault(str(refusal_in(exception) or repr(exception)), kind)


def own_error_of(response: object) -> Fault | None:
    """Return the fault of an answer that the locustfile neither accepted nor declared a failure.

    Only an error of the answer itself is one: a locustfile that leaves its `with` may have wanted a 404.
    """
    status = getattr(response, "status_code", None)
    if status == 0:
        return fault_of(None, response)
    is_answers = isinstance(status, int) and status >= _LEAST_ERROR and kind_of_status(status) is ErrorKind.STATUS
    return Fault(f"status {status}", ErrorKind.STATUS) if is_answers else None


def raised(error: BaseException) -> str:
    """Return the complaint about an exception that was not caught."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _declares(exception: BaseException | str) -> bool:
    return isinstance(exception, str | AssertionError) or type(exception).__name__ in _DECLARING


def _words(exception: Any) -> str:  # noqa: ANN401 - also a text
    return str(exception) if isinstance(exception, str) or type(exception).__name__ == _WRAPPER else raised(exception)
