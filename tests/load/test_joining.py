"""Workers that join a run: their process and its end."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from harness import interrupts
from harness.errors import Interrupted, MeasurementError, UsageError
from harness.load import joining
from harness.load.joining import join
from harness.runtime.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def run() -> Iterator[str]:
    """Return an address that accepts connections, as that of a run does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Replace the worker process by a script."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


def test_a_worker_of_the_master_runs_until_it_ends(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, f'echo "$@" > {tmp_path}/arguments')
    join(run, {1}, print, spin=True)
    arguments = f"-m harness.load.process.worker --cpus 1 --spin --master {run}\n"
    assert (tmp_path / "arguments").read_text() == arguments


def test_a_failed_worker_is_a_measurement_error(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "exit 3")
    with pytest.raises(MeasurementError, match="it ended with status 3"):
        join(run, {1}, print, spin=True)


def test_an_interrupt_leaves_no_process(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/pid; kill -INT {os.getpid()}; exec sleep 60")
    with interrupts.raising(), pytest.raises(Interrupted):
        join(run, {1}, print, spin=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize("master", ["", "host", "host:", ":5557", "host:port"])
def test_a_master_that_is_not_host_and_port_is_refused(master: str) -> None:
    with pytest.raises(UsageError, match="bad address"):
        join(master, {1}, print, spin=True)


def test_a_bad_list_of_own_hosts_is_refused_before_the_start(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_HOSTS", "everywhere")
    with pytest.raises(UsageError, match="HARNESS_HOSTS"):
        join(run, {1}, print, spin=True)


def test_a_worker_says_why_it_can_not_reach_the_run_and_joins_when_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "exit 0")
    monkeypatch.setattr(joining, "_EVERY_S", 0.01)
    port, told, servers = free_port(), [], []

    def tell(text: str) -> None:
        told.append(text)
        if len(told) == 3:
            servers.append(socket.create_server(("127.0.0.1", port)))

    join(f"127.0.0.1:{port}", {1}, tell, spin=True)
    servers[0].close()
    waiting = f"can't reach the run at 127.0.0.1:{port}: Connection refused; trying for 10 more minutes"
    assert told == [*[waiting] * 3, f"joining the run at 127.0.0.1:{port}"]


def test_a_worker_without_a_run_ends_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "_AWAIT_S", 0.0)
    with pytest.raises(MeasurementError, match=r"no run to join.*Connection refused"):
        join(f"127.0.0.1:{free_port()}", {1}, print, spin=True)
