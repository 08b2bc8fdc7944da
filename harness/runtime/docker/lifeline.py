"""Lifeline to the container engine: an answer without end, which ends when the engine ends.

An engine that restarts ends its containers. A target that ended then has not failed. The calls to the engine may all
succeed, before and after. An idle connection would not do: some engines close one after five minutes.
An engine that ends in order first refuses new connections, then ends its containers, and meanwhile answers on the
connections that it has. So before a target is blamed, a new connection is tried.
This module knows nothing of containers.
"""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager, suppress
from http.client import OK, HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from docker.transport import UnixHTTPAdapter

from harness.errors import MachineError, TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import APIClient

_TIMEOUT_S = 5.0
_PING_TIMEOUT_S = 10.0
_NO_EVENTS = "/events?filters=" + quote(json.dumps({"label": ["harness.lifeline"]}))  # no object has this label
_LAST_CHUNK = b"0\r\n\r\n"


class Lifeline:
    """Lifeline to a Docker engine at a Unix socket; to another engine it is never cut."""

    def __init__(self, connected: socket.socket | None = None, path: str = "") -> None:
        self._socket = connected
        self._path = path

    @classmethod
    def to(cls, api: APIClient) -> Self:
        """Open a lifeline to the engine of a client."""
        adapter = api.get_adapter(api.base_url)
        if not isinstance(adapter, UnixHTTPAdapter):
            return cls()
        path = str(adapter.socket_path)
        return cls(_connected(path), path)

    def is_cut(self) -> bool:
        """Return whether the engine has ended it, without a wait."""
        if self._socket is None:
            return False
        try:
            return self._socket.recv(len(_LAST_CHUNK), socket.MSG_PEEK) in {b"", _LAST_CHUNK}
        except BlockingIOError:
            return False
        except OSError:
            return True

    def require_whole(self) -> None:
        """Refuse to go on with an engine that has restarted; without a call to the engine.

        Raises:
            MachineError: The lifeline is cut.
        """
        if self.is_cut():
            raise _gone("has restarted", "it closed its connections and ended its containers")

    def require_serving(self) -> None:
        """Refuse to judge a target whose engine has restarted or is ending; a call to the engine.

        Raises:
            MachineError: The lifeline is cut, or the engine does not answer on a new connection.
        """
        serves = self._socket is None or not self._path or _serves(self._path)
        self.require_whole()  # after the call: a restarted engine answers it
        if not serves:
            raise _gone("is ending", "it does not answer on new connections")

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Let a failure of a target pass only while the engine serves.

        Raises:
            MachineError: There is such a failure, and the engine has restarted or is ending.
        """
        try:
            yield
        except TargetError:
            self.require_serving()
            raise

    def close(self) -> None:
        """Close it; can be called more than once."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _gone(how: str, cause: str) -> MachineError:
    remedy = "Read its log, then go on with the run."
    return MachineError(f"the container engine {how}", where="container engine", cause=cause, remedy=remedy)


def _serves(path: str) -> bool:
    """Return whether an engine answers on a new connection."""
    with socket.socket(socket.AF_UNIX) as connected, suppress(OSError, HTTPException):
        connected.settimeout(_PING_TIMEOUT_S)
        connected.connect(path)
        asking = HTTPConnection("localhost")
        asking.sock = connected
        asking.request("GET", "/_ping")
        asking.getresponse().close()
        return True
    return False


def _connected(path: str) -> socket.socket | None:
    """Return a connection on which the engine has begun to answer."""
    connected = socket.socket(socket.AF_UNIX)
    connected.settimeout(_TIMEOUT_S)
    with suppress(OSError, HTTPException):
        connected.connect(path)
        asking = HTTPConnection("localhost")
        asking.sock = connected
        asking.request("GET", _NO_EVENTS)
        with asking.getresponse() as answer:
            is_docker = (answer.getheader("Server") or "").startswith("Docker/")
            goes_on = answer.status == OK and answer.chunked
        # Podman's service ends whenever it is idle, its containers do not.
        if is_docker and goes_on and asking.sock is not None:
            connected.settimeout(0)
            return connected
    connected.close()
    return None
