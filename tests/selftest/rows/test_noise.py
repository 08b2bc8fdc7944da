"""The row passes with the real judge, for drawn and real blocks. It fails with a judge that flags all or nothing."""

import os
from pathlib import Path

import pytest

from harness.errors import MachineError
from harness.experiment.environment import CpuPlan
from harness.model import Difference, Flag, FlagKind
from harness.selftest.checks import Check, Findings
from harness.selftest.designs import headline_designs
from harness.selftest.disturbed_runs import Disturbance, doses
from harness.selftest.rig import Lab
from harness.selftest.rows import noise

CPUS = frozenset({min(os.sched_getaffinity(0))})
LAB = Lab(CpuPlan(CPUS, CPUS), Path())
BRIEF_S = 0.2


def failed(checks: tuple[Check, ...]) -> list[str]:
    return [check.what for check in checks if not check.passed]


def test_drawn_blocks_are_flagged_under_every_disturbance_and_not_flagged_without_one() -> None:
    checks = noise.drawn(LAB)
    assert failed(checks) == []
    assert len(checks) == len(Disturbance) + 1


@pytest.mark.machine
@pytest.mark.slow
def test_real_disturbances_are_flagged() -> None:
    found = noise.real(LAB, BRIEF_S)
    assert failed(found.checks) == []
    quota = [check for check in found.checks if "quota" in check.what]
    assert bool(quota) != ("No real quota" in found.detail)


@pytest.mark.program
def test_a_judge_that_flags_everything_or_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = tuple(Flag(kind, "") for kind in FlagKind)
    for flags, clean_fails in ((everything, True), ((), False)):
        monkeypatch.setattr(noise, "flags_of", lambda *_, flags=flags: flags)
        assert noise.shares_paused(LAB, 0.02) == ((1.0, 1.0) if clean_fails else (0.0, 0.0))
        checks = noise.drawn(LAB)
        undisturbed = {check.what for check in checks if "undisturbed" in check.what}
        assert len(undisturbed) == 1
        assert set(failed(checks)) == (undisturbed if clean_fails else {check.what for check in checks} - undisturbed)


def test_where_no_quota_can_be_set_the_detail_says_so_and_the_other_checks_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> float:
        raise MachineError("no CPU quota can be set", where="control groups", cause="read-only", remedy="Be root.")

    monkeypatch.setattr(noise, "share_throttled", refuse)
    monkeypatch.setattr(noise, "share_late", lambda *_: 1.0)
    monkeypatch.setattr(noise, "shares_paused", lambda *_: (1.0, 0.0))
    monkeypatch.setattr(noise, "share_beside_a_burner", lambda *_: 1.0)
    found = noise.real(LAB, BRIEF_S)
    assert isinstance(found, Findings)
    assert failed(found.checks) == []
    assert "No real quota: no CPU quota can be set (control groups): read-only." in found.detail


@pytest.mark.slow
def test_equal_targets_are_not_called_different_under_any_disturbance() -> None:
    assert failed(noise.equal_targets(headline_designs("quick"), 1)) == []


def test_a_verdict_that_flags_do_not_change_fails_for_equal_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "verdicts", lambda *_, **__: [Difference.LOWER] + [Difference.EQUIVALENT] * 9)
    checks = noise.equal_targets(headline_designs("quick"), 1)
    assert len(failed(checks)) == len(checks) == len(list(doses()))
