"""The poller of the lane: open connections are polled, waits end on time, and idle time is counted."""

from __future__ import annotations

import errno
import os
import select
import socket

import pytest

from harness.errors import MachineError
from harness.load.address import resolve
from harness.load.process import poller as poller_module
from harness.load.process.connection import Connection
from harness.load.process.poller import Poller, clock_ns

PATIENCE_NS = 60_000_000_000


@pytest.mark.parametrize("spin", [True, False])
def test_a_wait_without_events_ends_at_its_time_and_is_idle(
    spin: bool,  # noqa: FBT001 - pytest passes it by name
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readings: list[int] = []

    def clock() -> int:
        readings.append(clock_ns())
        return readings[-1]

    monkeypatch.setattr(poller_module, "clock_ns", clock)
    poller = Poller(spin=spin)
    until_ns = clock_ns() + 20_000_000
    assert poller.wait_until(until_ns) == []
    assert readings[-1] >= until_ns
    assert poller.idle_ns == readings[-1] - readings[0]


def connected(poller: Poller, listener: socket.socket) -> tuple[Connection, socket.socket]:
    """Return a connection of the poller, and the target's side of it."""
    connection = Connection(resolve(f"http://127.0.0.1:{listener.getsockname()[1]}"))
    poller.open(connection)
    return connection, listener.accept()[0]


@pytest.mark.parametrize("spin", [True, False])
def test_a_wait_ends_when_something_arrives(spin: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    poller = Poller(spin=spin)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection, target = connected(poller, listener)
        with target:
            assert poller.connected == {connection.fd: connection}
            target.send(b"x")
            assert poller.wait_until(clock_ns() + PATIENCE_NS) == [(connection.fd, select.EPOLLIN)]
            assert connection.recv(9) == b"x"
            assert poller.poll(0, 1) == []
        poller.close(connection)
        assert poller.connected == {}


def test_writes_are_watched_only_while_they_are_awaited() -> None:
    poller = Poller(spin=False)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection, target = connected(poller, listener)
        with target:
            poller.watch_writes(connection, watch=True)
            assert poller.wait() == [(connection.fd, select.EPOLLOUT)]
            poller.watch_writes(connection, watch=False)
            assert poller.poll(0, 1) == []
        poller.close(connection)


def test_only_connections_that_the_target_closed_are_reopened() -> None:
    poller = Poller(spin=False)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed, target = connected(poller, listener)
        unused = Connection(closed.address)
        target.close()
        while closed.is_open:
            poller.reopen([])
        poller.reopen([closed, unused])
        assert (closed.is_open, unused.is_open) == (True, False)
        listener.accept()[0].close()
        poller.close(closed)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_no_file_to_open_is_no_error_of_the_target(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> socket.socket:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(poller_module, "_socket", refuse)
    with pytest.raises(MachineError, match=r"can't open a connection .*Too many open files.*ulimit -n"):
        Poller(spin=False).open(Connection(resolve("http://127.0.0.1:1")))
