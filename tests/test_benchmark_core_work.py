"""The benchmark of the cores' work: its numbers, its document, and what it refuses."""

import json
import os
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

from tests.checkout import ROOT
from tests.scripts import loaded

PROGRAM = [sys.executable, str(ROOT / "benchmarks" / "core_work.py")]


@pytest.fixture
def core_work() -> ModuleType:
    return loaded("core_work")


def test_equal_times_do_not_scatter(core_work: ModuleType) -> None:
    found = core_work.spread(np.full(100, 2e-5))
    assert found == {"median_s": 2e-5, "q05": 1, "q25": 1, "q75": 1, "q95": 1, "correlation": 0}


def test_slow_phases_of_several_tenths_of_a_second_correlate_and_alternating_times_do_not(
    core_work: ModuleType,
) -> None:
    phases = np.repeat(np.tile([1e-5, 2e-5], 10), 100)  # a second each
    assert core_work.spread(phases)["correlation"] > 0.7
    assert core_work.spread(np.tile([1e-5, 2e-5], 1000))["correlation"] == 0


def test_quantiles_are_shares_of_the_median(core_work: ModuleType) -> None:
    found = core_work.spread(np.arange(1, 102) * 1e-6)
    assert found["median_s"] == pytest.approx(51e-6)
    assert found["q25"] == pytest.approx(26 / 51)
    assert found["q95"] == pytest.approx(96 / 51)


@pytest.mark.parametrize("options", [["--seconds", "0"], ["--seconds", "3601"], ["--cpus", "9999"], ["--cpus", "x"]])
def test_it_refuses_times_and_cores_that_it_cannot_have(core_work: ModuleType, options: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        core_work.main(options)
    assert ended.value.code == 2


@pytest.mark.program
def test_it_prints_each_kind_of_work_of_each_core() -> None:
    done = subprocess.run([*PROGRAM, "--seconds", "0.3", "--json"], capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    assert document["schema"] == "benchmarks.core_work/1"
    assert list(document["cores"]) == [str(cpu) for cpu in sorted(os.sched_getaffinity(0))]
    for of_core in document["cores"].values():
        assert list(of_core["work"]) == ["computing", "sockets", "memory"]
        assert all(one["median_s"] > 0 for one in of_core["work"].values())
        assert of_core["late"] >= 0
