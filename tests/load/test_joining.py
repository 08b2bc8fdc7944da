"""Joining a run: the process that does it, and how it ends."""

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
    """Put a script in the worker's place."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


def test_it_is_a_worker_of_that_master_until_the_run_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, f'echo "$@" > {tmp_path}/told')
    join(MASTER, {1}, spin=True)
    assert (tmp_path / "told").read_text() == f"-m harness.load.process.worker --cpus 1 --spin --master {MASTER}\n"


def test_one_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "exit 3")
    with pytest.raises(MeasurementError, match="it ended with status 3"):
        join(MASTER, {1}, spin=True)


def test_interrupted_it_leaves_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/pid; kill -INT {os.getpid()}; exec sleep 60")
    with interrupts.raising(), pytest.raises(Interrupted):
        join(MASTER, {1}, spin=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize("master", ["", "host", "host:", ":5557", "host:port"])
def test_what_is_no_address_of_a_master_is_refused(master: str) -> None:
    with pytest.raises(UsageError, match="bad address"):
        join(master, {1}, spin=True)


def test_a_bad_list_of_own_hosts_is_refused_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_HOSTS", "everywhere")
    with pytest.raises(UsageError, match="HARNESS_HOSTS"):
        join(MASTER, {1}, spin=True)
