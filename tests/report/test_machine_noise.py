"""The machine in each block, from the stored signals."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.experiment.noise import flags_by_block
from harness.report.machine_noise import machine_noise
from tests.report.material import material

if TYPE_CHECKING:
    from harness.report.material import Material

SECOND = {"signal": "second", "at_s": 1.0, "cpu_pressure": 0.0, "memory_pressure": 0.0}
PROBE = {"signal": "speed_probe", "wall_s": 0.02}


def with_signals(*lines: dict[str, Any]) -> Material:
    report = material()
    return replace(report, stored=replace(report.stored, signals=lines))


LINES = (
    {"block": 0, **SECOND, "steal": 0.01, "generator_waited": 0.2},
    {"block": 0, **SECOND, "steal": 0.03, "generator_waited": None},
    {"block": 0, **PROBE, "cpu_s": 0.010},
    {"block": 0, **PROBE, "cpu_s": 0.012},
    {"block": 1, **PROBE, "cpu_s": 0.010},
)


def test_each_block_has_the_time_of_the_same_work_over_the_runs_median_and_what_held_it_back() -> None:
    first, second = machine_noise(with_signals(*LINES))
    assert first.block == 1
    assert [first.median, first.low, first.high] == pytest.approx([1.1, 1.0, 1.2])
    assert [first.waited, first.steal] == pytest.approx([0.2, 0.02])
    assert (first.first, first.last, second.first, second.last) == (1, 2, 3, 4)
    assert (second.waited, second.steal) == (None, None)


def test_an_unfinished_block_and_a_block_without_trials_are_left_out() -> None:
    unfinished, unknown = {**LINES[4], "unfinished": True}, {**LINES[4], "block": 99}
    assert [one.block for one in machine_noise(with_signals(*LINES[:4], unfinished, unknown))] == [1]


@pytest.mark.parametrize(
    "line",
    [
        {"block": 1, **PROBE, "cpu_s": 0},
        {"block": 1, **PROBE, "cpu_s": "fast"},
        {"block": 1, "signal": "speed_probe"},
        {"block": 1, **SECOND, "steal": -1.0, "generator_waited": 0.0},
        {"block": 1, **SECOND, "steal": math.inf, "generator_waited": 0.0},
        {"block": 1, **SECOND, "steal": None, "generator_waited": 0.0},
        {"block": 1, **SECOND, "steal": 10**400, "generator_waited": 0.0},
        {"block": 1, "signal": "second"},
    ],
)
def test_a_line_that_no_run_stores_is_left_out_by_the_report_and_by_the_judge(line: dict[str, Any]) -> None:
    assert machine_noise(with_signals(*LINES, line)) == machine_noise(with_signals(*LINES))
    assert flags_by_block([*LINES, line]) == flags_by_block(LINES)


def test_a_run_without_signals_has_no_noise() -> None:
    assert machine_noise(material()) == ()
