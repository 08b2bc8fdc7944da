"""`harness run` while another run holds the machine's lock."""

import os
import re
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.machine_lock import OWN_LOCK, machine_lock
from tests.test_cli_run import Bench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, monkeypatch, capsys)


def test_a_second_simultaneous_run_is_exit_3_and_stores_nothing(bench: Bench) -> None:
    with machine_lock():
        done = bench.run("run")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("error: another run is measuring (")
    assert not bench.results.exists()
    assert bench.journal == []


def test_with_wait_a_run_waits_for_the_other_and_names_itself_in_the_lock(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(OWN_LOCK, str(tmp_path / "own.lock"))
    with ExitStack() as other:
        other.enter_context(machine_lock())
        monkeypatch.setattr("harness.machine_lock.time", SimpleNamespace(sleep=lambda _: other.close()))
        done = bench.run("run", "--wait")
    assert done.code == 0
    assert re.match(rf"waiting: process {os.getpid()} \(.*\) holds the machine's lock$", done.err, re.MULTILINE)
    assert (tmp_path / "own.lock").read_text().splitlines()[-1] == bench.stored().id
