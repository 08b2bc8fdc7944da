"""Error kinds of requests that other clients sent.

Locust users have their own clients, each with its own exceptions, which are often nested. The kind is found from the
whole chain of exceptions. Only built-in exceptions are recognised by class. The clients' own exceptions are recognised
by name, so that no client must be imported.
"""

from __future__ import annotations

import re

from harness.load.process.guard import PEER, OutsideError, Peer
from harness.model import ErrorKind

_LEAST_ERROR, _LEAST_OWN_ERROR = 400, 500
_OVERLOAD = (408, 429)
_GIVEN_UP = re.compile(r"too many (?P<status>\d{3}) error responses")  # of urllib3, which had tried again
_BY_NAME = {
    "NewConnectionError": ErrorKind.CONNECT,
    "NameResolutionError": ErrorKind.CONNECT,
    "ConnectTimeout": ErrorKind.TIMEOUT,
    "ReadTimeout": ErrorKind.TIMEOUT,
    "HTTPError": ErrorKind.STATUS,
    "HTTPStatusError": ErrorKind.STATUS,
    "LocustBadStatusCode": ErrorKind.STATUS,
    "HTTPParseError": ErrorKind.FRAMING,
    "ProtocolError": ErrorKind.FRAMING,
    "ChunkedEncodingError": ErrorKind.FRAMING,
    "IncompleteRead": ErrorKind.FRAMING,
    "BadStatusLine": ErrorKind.FRAMING,
    "InvalidChunkLength": ErrorKind.FRAMING,
    "InvalidHeader": ErrorKind.HEADER,
    "HTTPConnectionClosed": ErrorKind.RESET,
    "RemoteDisconnected": ErrorKind.RESET,
    "TooManyRedirects": ErrorKind.REDIRECT,
}


def kind_of_status(status: int) -> ErrorKind:
    """Return the kind of a status from 400 that the scenario did not accept."""
    return ErrorKind.STATUS if status >= _LEAST_OWN_ERROR or status in _OVERLOAD else ErrorKind.REJECTED


def kind_of(error: BaseException | str) -> ErrorKind:
    """Return the kind of an error; an unknown error counts as an error of the answer's body."""
    return known_kind_of(error) or ErrorKind.BODY


def known_kind_of(error: BaseException | str) -> ErrorKind | None:
    """Return the kind of an error; None for an error that is neither of a connection nor of HTTP."""
    if (refused := refusal_in(error)) is not None:
        return refused.kind
    kinds = map(_kind_of_one, reversed(_chain(error)))  # the innermost cause is the most specific
    return next((kind for kind in kinds if kind is not None), None)


def refusal_in(error: BaseException | str) -> OutsideError | None:
    """Return the guard's refusal that led to an error; None if there was none."""
    return next((one for one in _chain(error) if isinstance(one, OutsideError)), None)


def peer_in(error: BaseException | str) -> Peer | None:
    """Return the address at which a connect failed; None for an error of another kind."""
    found = (vars(one).get(PEER) for one in reversed(_chain(error)))
    return next((peer for peer in found if isinstance(peer, Peer)), None)


def _kind_of_one(error: BaseException) -> ErrorKind | None:
    if isinstance(error, TimeoutError):
        return ErrorKind.TIMEOUT
    if isinstance(error, ConnectionRefusedError):
        return ErrorKind.CONNECT
    if type(error).__name__ == "ResponseError" and (given_up := _GIVEN_UP.fullmatch(str(error))):
        return kind_of_status(int(given_up["status"]))
    kind = _BY_NAME.get(type(error).__name__) or (ErrorKind.RESET if isinstance(error, ConnectionError) else None)
    return kind_of_status(status) if kind is ErrorKind.STATUS and (status := _status_of(error)) else kind


def _status_of(error: BaseException) -> int | None:
    """Return the status that an error of a bad status carries: as its own, or as that of its response."""
    response = getattr(error, "response", None)
    found = (getattr(error, "code", None), getattr(response, "status_code", None))
    return next((status for status in found if isinstance(status, int) and status >= _LEAST_ERROR), None)


def _chain(error: object) -> list[BaseException]:
    found: list[BaseException] = []
    rest = [error]
    while rest:
        link = rest.pop()
        if isinstance(link, BaseException) and not any(link is known for known in found):
            found.append(link)
            wrapped = [getattr(link, name, None) for name in ("reason", "original")]
            rest += [link.__cause__, link.__context__, *wrapped, *link.args]
    return found
