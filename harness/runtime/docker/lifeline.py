"""Lifeline to the container engine: an answer without end, which ends when the engine ends.

An engine that restarts ends its containers. A target that ended then has not failed. The calls to the engine may all
succeed, before and after. An idle connection would not do: some engines close one after five minutes.
This module knows nothing of containers.
"""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from http.client import OK, HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from docker.transport import UnixHTTPAdapter

from harness.errors import MachineError

if TYPE_CHECKING:
    from docker import APIClient

_TIMEOUT_S = 5.0
_NO_EVENTS = "/events?filters=" + quote(json.dumps({"label": ["harness.lifeline"]}))  # no object has this label
_LAST_CHUNK = b"0\r\n\r\n"


class Lifeline:
    """Lifeline to a Docker engine at a Unix socket; to another engine it is never cut."""

    def __init__(self, connected: socket.socket | None = None) -> None:
        self._socket = connected

    @classmethod
    def to(cls, api: APIClient) -> Self:
        """Open a lifeline to the engine of a client."""
        adapter = api.get_adapter(api.base_url)
        return cls(_connected(adapter.socket_path)) if isinstance(adapter, UnixHTTPAdapter) else cls()

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
        """Refuse to judge a target whose engine has restarted.

        Raises:
            MachineError: The lifeline is cut.
        """
        if self.is_cut():
            raise MachineError(
                "the container engine has restarted",
                where="container engine",
                cause="it closed its connections and ended its containers",
                remedy="Read its log, then go on with the run.",
            )

    def close(self) -> None:
        """Close it; can be called more than once."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


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
