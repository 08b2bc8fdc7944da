"""Sign-in of a user: its requests before the load, and the values and cookies that its later requests send.

Each request has a connection of its own, and is sent once. It waits in gevent's hub, so many users sign in at the same
time. These requests are in no result: they are sent before the load begins.
"""

from __future__ import annotations

import random
import socket
import time
from typing import TYPE_CHECKING

from harness.load.http1 import FramingError, Response, ResponseParser
from harness.load.process.exchanges import encoded, values_of
from harness.load.process.expectations import Complaint
from harness.load.process.failures import kind_of
from harness.model import ErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.load.address import Address
    from harness.load.process.exchanges import Identity, Request

    Sent = Callable[[Request, float, int], None]

TIMEOUT_S = 30.0  # of a whole sign-in: a password may be hashed for long, on a busy core
_RECV_BYTES = 65536


class SignInError(Exception):
    """A request of a sign-in failed.

    Attributes:
        request: The request.
        complaint: What is wrong with its answer.
    """

    def __init__(self, request: Request, complaint: Complaint) -> None:
        super().__init__(f"sign-in: {request}: {complaint.message}")
        self.request = request
        self.complaint = complaint


def sign_in(requests: Sequence[Request], address: Address, identity: Identity, sent: Sent) -> None:
    """Send the requests of a sign-in in order, and add what the user keeps to its identity.

    Args:
        requests: The requests.
        address: The target.
        identity: The user's identity.
        sent: Is called for each verified answer, with the time in seconds and the size of its body.

    Raises:
        SignInError: An answer is missing, does not fit its expectation, or does not have a value that must be kept.
    """
    source = random.Random(identity.seed)  # noqa: S311 - a user name, not a secret
    deadline_s = time.monotonic() + TIMEOUT_S
    for request in requests:
        identity.values.update(values_of(request, source, identity))
        began_s = time.perf_counter()
        response = _answer(request, address, identity, deadline_s)
        complaint = request.expect.filled(identity.values).complaint(response)
        if complaint is not None:
            raise SignInError(request, complaint)
        identity.cookies.take(request.path_with(identity.values), response)
        try:
            identity.values.update({name: capture.of(response) for name, capture in request.keep.items()})
        except ValueError as error:
            raise SignInError(request, Complaint(ErrorKind.BODY, str(error))) from error
        sent(request, time.perf_counter() - began_s, len(response.body))


def _answer(request: Request, address: Address, identity: Identity, deadline_s: float) -> Response:
    payload = encoded(request, identity.values, address.authority, cookies=identity.cookies)
    try:
        return _exchange(payload, address, request, deadline_s)
    except FramingError as error:
        raise SignInError(request, Complaint(ErrorKind.FRAMING, str(error))) from error
    except OSError as error:
        raise SignInError(request, Complaint(kind_of(error), error.strerror or str(error))) from error


def _exchange(payload: bytes, address: Address, request: Request, deadline_s: float) -> Response:
    parser = ResponseParser(max_body_bytes=request.expect.longest_body_bytes())
    with socket.socket(address.family, socket.SOCK_STREAM) as connection:
        connection.settimeout(_left_s(deadline_s))
        connection.connect(address.endpoint)
        connection.sendall(payload)
        while True:
            connection.settimeout(_left_s(deadline_s))
            data = connection.recv(_RECV_BYTES)
            response = parser.feed(data, answers_head=request.method == "HEAD") if data else parser.end()
            if response is not None:
                return response
            if not data:
                raise ConnectionResetError("the connection was closed without an answer")


def _left_s(deadline_s: float) -> float:
    return max(0.001, deadline_s - time.monotonic())  # 0 would mean that the socket does not wait
