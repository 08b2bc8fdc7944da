"""The rows on real processes: each runs and its exact counts agree, and each finds a sabotaged generator.

These tests assert no timing limit: it would fail on a busy machine. `harness selftest` checks the timing limits on an
idle machine. Exact counts must agree at any time, and each sabotage must be found at any time.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from harness.experiment.environment import plan_cpus
from harness.histogram import Histogram
from harness.manifest import load_profiles
from harness.model import Load, LoadKind, Span
from harness.selftest.behaviours import BlackHole, Delayed, Faulty, Queue, Stalling, Wrong
from harness.selftest.registry import ROWS
from harness.selftest.rig import Lab, due_ns_of
from harness.selftest.rows import (
    accounting,
    black_hole,
    closed_loop,
    delay,
    frozen_generator,
    noise,
    queue,
    schedule,
    slow_handler,
    stall,
    verification,
)
from tests.selftest.made import broken, counts_agree, histogram

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from harness.selftest.checks import Check, Row
    from harness.selftest.rig import Rig

    Checks = tuple[Check, ...]

pytestmark = [pytest.mark.locust, pytest.mark.slow]

LAB = Lab(plan_cpus(), Path(__file__).resolve().parents[2])
SABOTAGE = Path(__file__).with_name("sabotage")
MS = 1_000_000
CLOSED, CONSTANT = Load(LoadKind.CLOSED, 8), Load(LoadKind.CONSTANT, 64, 1000.0)


IN_CONTAINERS = {"cpu_per_request", "memory", "start_delay", "saturation"}  # these rows are in test_live_targets.py
LIVE_ROWS = [row for row in ROWS if row.live and row.name not in IN_CONTAINERS]
# Exact counts take no long load. Drawn blocks and runs have none: test_noise.py judges them.
BRIEF: dict[str, tuple[ModuleType, dict[str, object]]] = {
    "accounting": (accounting, {"_DURATION_S": 2.0}),
    "delay": (delay, {"_ROUNDS": 1}),
    "frozen_generator": (frozen_generator, {"_TRIALS": 1, "_FREEZE_AFTER": 20}),
    "noise": (noise, {"_RUNS": 1, "_BLOCKS": 1, "_PROFILES": ("quick",)}),
    "queue": (queue, {"_DURATION_S": 2.0}),
    "schedule": (schedule, {"_BARE_S": 0.3, "_PACES": tuple(replace(one, duration_s=1.0) for one in schedule._PACES)}),
    "slow_handler": (slow_handler, {"DELAYS_S": (0.01, 0.1), "_COUNTED_S": 0.1}),
    "stall": (stall, {"_PERIODS": 1}),
}


@pytest.mark.parametrize("row", LIVE_ROWS, ids=lambda row: row.name)
def test_a_row_runs_on_real_processes_and_its_exact_counts_agree(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    module, settings = BRIEF.get(row.name, (noise, {}))
    for name, value in settings.items():
        monkeypatch.setattr(module, name, value)
    counts_agree(row, LAB)


def verify(rig: Rig) -> Checks:
    return verification.judge("x", *verification.driven(rig, Faulty(tuple(Wrong), 50), CLOSED, 0.5, 0))


def keep_books(rig: Rig) -> Checks:
    return accounting.judge_books("x", *rig.drive(Delayed(), rig.order(CLOSED, 2.0)))  # in which a batch is large


def rate(rig: Rig) -> Checks:
    order = rig.order(CONSTANT, 1.0005)
    return accounting.judge_rate("x", order, *rig.drive(Delayed(), order))


def keep_schedule(rig: Rig) -> Checks:
    order = rig.order(Load(LoadKind.POISSON, 64, 500.0), 2.0)
    result, truth = rig.drive(Delayed(), order)
    bare = Histogram.from_text(histogram([1e-6]))
    gaps = schedule.judge_gaps("x: gaps at the server", truth.received_ns)
    return (*schedule.judge("x", due_ns_of(order), result, truth, bare), gaps)


def read_delays(rig: Rig) -> Checks:
    order = rig.order(Load(LoadKind.POISSON, 64, 200.0), 0.5)
    driven = [(float(ms), *rig.drive(Delayed(ms * MS), order)) for ms in delay.DELAYS_MS]
    return delay.judge(Span.SERVICE, delay.readings_of(Span.SERVICE, driven))


def loop(rig: Rig) -> Checks:
    return closed_loop.judge(8, *rig.drive(Delayed(5 * MS), rig.order(CLOSED, 1.0)))


def handle_slowly(rig: Rig) -> Checks:
    rig.ready(rig.order(CLOSED, 1.0), Delayed())
    [timing] = slow_handler.timings_of({"quick": load_profiles()["quick"]}, 0.1)
    return slow_handler.judge("x", 8, slow_handler.drive(rig, 0.1, 8, timing))


def wait_in_line(rig: Rig) -> Checks:
    order = rig.order(Load(LoadKind.POISSON, 64, 100.0), 3.0)
    result, _ = rig.drive(Queue(5 * MS), order)
    return queue.judge(queue.lindley(due_ns_of(order) / 1e9, 0.005), result)


def stand_still(rig: Rig) -> Checks:
    server = Stalling(2 * MS, 1000 * MS, 10_000 * MS, 4_499 * MS)
    return stall.judge_negative_control(rig.drive(server, rig.order(Load(LoadKind.CONSTANT, 1, 100.0), 6.0))[0])


def freeze(_rig: Rig) -> Checks:
    with patch.object(frozen_generator, "_TRIALS", 1):
        return frozen_generator.ROW.run(LAB).checks


def fall_silent(rig: Rig) -> Checks:
    order = rig.order(Load(LoadKind.CONSTANT, 128, 200.0), 4.0, timeout_s=2.0)
    return black_hole.judge_open(*rig.drive(BlackHole(20), order))


@pytest.mark.parametrize(
    ("sabotage", "measure", "found"),
    [
        ("verify_nothing", verify, "x: verified answers"),
        ("forget_kinds", verify, "x: errors of kind status"),
        ("lose_a_sample", keep_books, "x: requests"),
        ("boast", rate, "x: rate"),
        ("oversleep", keep_schedule, "x: lateness p50"),
        ("send_evenly", keep_schedule, "x: gaps at the server, Anderson-Darling over its 1 % point"),
        ("stretch_time", read_delays, "service: slope"),
        ("stamp_late", read_delays, "service: intercept"),
        ("boast", loop, "8 connections: rate"),
        ("count_by_arrival", handle_slowly, "x: rate"),
        ("stamp_late", wait_in_line, "residual at p50"),
        ("forget_intended_times", stand_still, "negative control: p99 from the intended send"),
        ("forget_intended_times", freeze, "frozen slices flagged"),
        ("drop_time_outs", fall_silent, "open: p99"),
    ],
)
def test_a_row_finds_a_sabotaged_generator(
    sabotage: str, measure: Callable[[Rig], Checks], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(SABOTAGE))
    monkeypatch.setenv("HARNESS_SABOTAGE", sabotage)
    with LAB.rig("greeting" if measure is verify else "hello") as rig:
        assert found in broken(measure(rig))
