"""The row holds for the judge as it is, and a judge that flags all or nothing fails it."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.evidence import Flag, FlagKind
from harness.experiment.environment import CpuPlan
from harness.selftest.rows import noise
from harness.selftest.stand import Lab

CPUS = frozenset({min(os.sched_getaffinity(0))})
LAB = Lab(CpuPlan(CPUS, CPUS), Path())


def test_disturbed_blocks_are_flagged_drawn_and_real_ones() -> None:
    assert [check.what for check in noise.run(LAB).checks if not check.passed] == []


@pytest.mark.parametrize(
    ("flags", "failing"), [((), [True, True, False, True]), ((Flag(FlagKind.STEAL, ""),), [False, False, True, False])]
)
def test_a_judge_that_flags_all_or_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, flags: tuple[Flag, ...], failing: Sequence[bool]
) -> None:
    monkeypatch.setattr(noise, "flags_of", lambda *_: flags)
    assert [not check.passed for check in noise.run(LAB).checks] == list(failing)
