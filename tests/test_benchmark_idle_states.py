"""The benchmark of idle states: its document, its scatter, and what it refuses."""

import json
import os
import socket
import subprocess
import sys
from types import ModuleType

import pytest

from tests.checkout import ROOT
from tests.scripts import loaded

PROGRAM = [sys.executable, str(ROOT / "benchmarks" / "idle_states.py")]


@pytest.fixture
def idle_states() -> ModuleType:
    return loaded("idle_states")


def test_the_scatter_of_pairs_leaves_out_what_two_slices_have_in_common(idle_states: ModuleType) -> None:
    found = idle_states.scatter([100.0, 100.0, 200.0, 200.0, 400.0, 400.0])
    assert found["median_per_s"] == 200.0
    assert found["deviation"] > 0.5
    assert found["deviation_of_pairs"] == 0.0


@pytest.mark.parametrize("options", [["--slices", "3"], ["--slices", "1001"], ["--rounds", "0"]])
def test_it_refuses_counts_without_bounds(idle_states: ModuleType, options: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        idle_states.main(options)
    assert ended.value.code == 2


@pytest.mark.program
def test_it_prints_both_groups_of_each_round_or_says_what_it_needs(idle_states: ModuleType) -> None:
    done = subprocess.run(
        [*PROGRAM, "--slices", "4", "--rounds", "2", "--json"], capture_output=True, text=True, check=False
    )
    if len(os.sched_getaffinity(0)) < 2 or not os.access(idle_states.DEVICE, os.W_OK):
        assert (done.returncode, done.stdout) == (3, "")
        assert "Run it as root" in done.stderr
        return
    document = json.loads(done.stdout)
    assert document["schema"] == "benchmarks.idle_states/1"
    assert [list(one) for one in document["rounds"]] == [["may_sleep", "awake"]] * 2
    assert all(group["median_per_s"] > 0 for one in document["rounds"] for group in one.values())


@pytest.mark.program
def test_the_answering_process_ends_if_nobody_connects(
    idle_states: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        monkeypatch.setattr(os, "sched_setaffinity", lambda *_: None)
        with pytest.raises(TimeoutError):
            idle_states.serve(listener, 0)
