"""The rows that start targets in containers: each runs, and its exact counts agree. See `test_live`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.experiment.environment import plan_cpus
from harness.selftest.registry import ROWS
from harness.selftest.rig import Lab
from harness.selftest.rows import cpu_per_request, memory, saturation, start_delay
from tests.selftest.made import counts_agree
from tests.selftest.test_live import IN_CONTAINERS

if TYPE_CHECKING:
    from types import ModuleType

    from harness.selftest.checks import Row

pytestmark = [pytest.mark.locust, pytest.mark.machine, pytest.mark.slow]

LAB = Lab(plan_cpus(), Path(__file__).resolve().parents[2])
# Exact counts take few starts, rounds, blocks and levels, and no settled counters. A slice is longer than a stall of
# this machine, and a level has many slices: a few slow ones must not decide which of two equal targets is faster.
BRIEF: dict[str, tuple[ModuleType, dict[str, object]]] = {
    "cpu_per_request": (cpu_per_request, {"_ROUNDS": 1, "_SLICE_S": 1.0}),
    "memory": (memory, {"_SETTLED_AFTER_S": 0.0}),
    "saturation": (saturation, {"_BLOCKS": 2, "_LEVELS": (32,), "_LEVEL_S": 2.4}),
    "start_delay": (start_delay, {"_STARTS": 1}),
}


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in IN_CONTAINERS], ids=lambda row: row.name)
def test_a_row_runs_on_real_targets_and_its_exact_counts_agree(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    module, settings = BRIEF[row.name]
    for name, value in settings.items():
        monkeypatch.setattr(module, name, value)
    counts_agree(row, LAB)
