"""What went wrong with a request of somebody else's client, in the words of this harness.

Locust users bring their own clients, and each has its own exceptions, often wrapped in one another. The kind is read
from the whole chain. Only built-in exceptions are known by class; the clients' own are known by name, so that no
client needs to be imported.
"""

from __future__ import annotations

from harness.model import ErrorKind

_BY_NAME = {
    "NewConnectionError": ErrorKind.CONNECT,
    "NameResolutionError": ErrorKind.CONNECT,
    "ConnectTimeout": ErrorKind.TIMEOUT,
    "ReadTimeout": ErrorKind.TIMEOUT,
    "HTTPError": ErrorKind.STATUS,
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
}


def kind_of(error: BaseException | str) -> ErrorKind:
    """Return the nearest kind of error; what says nothing of itself is a complaint about the answer's body."""
    kinds = map(_kind_of_one, reversed(_chain(error)))  # the innermost cause is the most exact
    return next((kind for kind in kinds if kind is not None), ErrorKind.BODY)


def _kind_of_one(error: BaseException) -> ErrorKind | None:
    if isinstance(error, TimeoutError):
        return ErrorKind.TIMEOUT
    if isinstance(error, ConnectionRefusedError):
        return ErrorKind.CONNECT
    return _BY_NAME.get(type(error).__name__) or (ErrorKind.RESET if isinstance(error, ConnectionError) else None)


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
