"""The rows that start targets in containers: each runs, and its exact counts agree. See `test_live`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.experiment.environment import plan_cpus
from harness.selftest.registry import ROWS
from harness.selftest.rig import Lab
from tests.selftest.made import counts_agree
from tests.selftest.test_live import IN_CONTAINERS

if TYPE_CHECKING:
    from harness.selftest.checks import Row

pytestmark = [pytest.mark.locust, pytest.mark.machine, pytest.mark.slow]

LAB = Lab(plan_cpus(), Path(__file__).resolve().parents[2])


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in IN_CONTAINERS], ids=lambda row: row.name)
def test_a_row_runs_on_real_targets_and_its_exact_counts_agree(row: Row) -> None:
    counts_agree(row, LAB)
