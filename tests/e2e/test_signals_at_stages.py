"""Signals at every stage of a run: the right exit code, nothing left, and a store that can be read and resumed."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.checkout import ROOT
from tests.e2e.signal_table import SIGNALS, STAGES, Row

pytestmark = [pytest.mark.machine, pytest.mark.slow]

CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "SIGKILL": -signal.SIGKILL}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    folder = tmp_path_factory.mktemp("signals")
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.signal_table", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
        env=os.environ | {"HARNESS_LOCK": str(folder / "lock")},
    )
    assert done.returncode == 0, done.stderr
    return [Row(**json.loads(line)) for line in done.stdout.splitlines()]


def test_every_stage_was_met_by_every_signal(table: list[Row]) -> None:
    assert {(row.stage, row.signal) for row in table} >= {(stage, one.name) for stage in STAGES for one in SIGNALS}


def test_the_exit_code_is_that_of_the_signal(table: list[Row]) -> None:
    assert [row for row in table if row.code != CODES[row.signal]] == []


def test_nothing_is_left(table: list[Row]) -> None:
    assert [row for row in table if row.left] == []


def test_the_store_can_be_read_and_says_that_the_run_was_interrupted(table: list[Row]) -> None:
    status = {name: "running" if name == "SIGKILL" else "interrupted" for name in CODES}
    assert [row for row in table if row.status != status[row.signal]] == []


def test_a_killed_run_can_be_resumed_to_its_end(table: list[Row]) -> None:
    killed = [row for row in table if row.signal == "SIGKILL"]
    assert len(killed) == len(STAGES)
    assert [row for row in killed if row.resumed != "complete"] == []


def test_a_second_signal_does_not_interrupt_the_cleanup(table: list[Row]) -> None:
    [row] = [row for row in table if row.stage not in STAGES]
    assert (row.code, row.left, row.status) == (130, 0, "interrupted")
