"""The end of the scripted server: it leaves no connection open, however late one arrives."""

from __future__ import annotations

import gc
import socket

import pytest

from tests.load.server import PATIENCE_S, Answer, Server, Then


@pytest.mark.parametrize("turns", range(6))
def test_a_connection_that_arrives_as_the_server_ends_is_closed(turns: int) -> None:
    """One that nobody closes is a warning in whichever test runs when it is collected.

    Args:
        turns: Of the server's loop, from the arrival to its end.
    """
    server = Server().__enter__()
    with socket.socket() as client:
        client.settimeout(PATIENCE_S)

        def end_after(left: int) -> None:
            if left:
                server._loop.call_soon(end_after, left - 1)
            else:
                server._stop.set()

        def arrive() -> None:
            client.connect(("127.0.0.1", server.port))
            end_after(turns)

        server._loop.call_soon_threadsafe(arrive)
        server._thread.join(PATIENCE_S)
        try:
            assert client.recv(1) == b""
        except ConnectionResetError:  # it was not accepted any more
            assert turns == 0
    gc.collect()


def test_an_answer_that_is_never_due_does_not_keep_the_server() -> None:
    with Server(lambda _call: Answer((), Then.HANG, await_calls=2)) as server:
        client = socket.create_connection(("127.0.0.1", server.port), PATIENCE_S)
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        server.await_calls(1)
    with client:
        assert client.recv(1) == b""
