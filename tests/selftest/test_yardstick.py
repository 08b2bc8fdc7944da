"""The bare loops run on each set of cores; their quantiles are checked against the limits of a row."""

import os
from pathlib import Path

import pytest

from harness.errors import MeasurementError
from harness.experiment.environment import CpuPlan
from harness.histogram import Histogram
from harness.selftest import yardstick
from harness.selftest.rig import Lab
from tests.selftest.made import broken, histogram

CPUS = frozenset({min(os.sched_getaffinity(0))})
LAB = Lab(CpuPlan(CPUS, CPUS), Path())


def lateness(*parts: tuple[int, float]) -> Histogram:
    return Histogram.from_text(histogram([late_s for count, late_s in parts for _ in range(count)]))


def test_each_limit_is_checked_against_its_quantile_of_all_runs() -> None:
    runs = [lateness((100, 1e-6)), lateness((95, 1e-6), (4, 1e-3), (1, 0.2))]
    assert broken(yardstick.yardsticks(runs, {"p50": 20e-6, "p90": 20e-6, "p99": 2e-3, "max": 0.3})) == []
    limits_s = {"p50": 20e-6, "p99": 100e-6, "max": 0.1}
    assert broken(yardstick.yardsticks(runs, limits_s)) == [
        "yardstick: lateness p99 of a bare loop",
        "yardstick: lateness max of a bare loop",
    ]


def test_the_loops_run_before_and_after_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[object] = []

    def run(cores: object, _seed: int, _duration_s: float) -> Histogram:
        events.append(cores)
        return lateness((1, 1e-6))

    monkeypatch.setattr(yardstick, "bare_lateness", run)
    with yardstick.bare_loops(LAB) as bare:
        events.append("row")
    assert events == [(CPUS, CPUS), "row", (CPUS, CPUS)]
    assert broken(bare.checks({"p50": 2e-6})) == []
    assert len(bare.lateness) == 2


@pytest.mark.program
def test_a_set_of_cores_that_generator_and_target_share_has_one_loop() -> None:
    assert yardstick.bare_lateness((CPUS, CPUS), 1, 0.1).count == yardstick.bare_lateness((CPUS,), 1, 0.1).count > 0


@pytest.mark.program
def test_a_loop_that_fails_is_an_error_with_its_last_words() -> None:
    with pytest.raises(MeasurementError, match=r"the bare loop failed \(yardstick\): OSError: .*Run the row again"):
        yardstick.bare_lateness((frozenset({100_000}),), 1, 0.1)
