"""Workers that join a run: their process and its end."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from harness import interrupts
from harness.errors import Interrupted, MeasurementError, UsageError
from harness.load.joining import join

if TYPE_CHECKING:
    from pathlib import Path

MASTER = "127.0.0.1:5557"


def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Replace the worker process by a script."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


def test_a_worker_of_the_master_runs_until_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, f'echo "$@" > {tmp_path}/arguments')
    join(MASTER, {1}, spin=True)
    arguments = f"-m harness.load.process.worker --cpus 1 --spin --master {MASTER}\n"
    assert (tmp_path / "arguments").read_text() == arguments


def test_a_failed_worker_is_a_measurement_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "exit 3")
    with pytest.raises(MeasurementError, match="it ended with status 3"):
        join(MASTER, {1}, spin=True)


def test_an_interrupt_leaves_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/pid; kill -INT {os.getpid()}; exec sleep 60")
    with interrupts.raising(), pytest.raises(Interrupted):
        join(MASTER, {1}, spin=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize("master", ["", "host", "host:", ":5557", "host:port"])
def test_a_master_that_is_not_host_and_port_is_refused(master: str) -> None:
    with pytest.raises(UsageError, match="bad address"):
        join(master, {1}, spin=True)


def test_a_bad_list_of_own_hosts_is_refused_before_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_HOSTS", "everywhere")
    with pytest.raises(UsageError, match="HARNESS_HOSTS"):
        join(MASTER, {1}, spin=True)
