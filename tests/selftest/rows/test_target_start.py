"""The row fails for a port that was open, a ready target that does not answer, and phases longer than the start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from harness.experiment.environment import plan_cpus
from harness.measure.coldstart import StartTimes
from harness.project import chosen_subjects, find_project, read_targets
from harness.runtime.choice import RuntimeName
from harness.selftest import calibration
from harness.selftest.rig import Lab
from harness.selftest.rows.target_start import judge, rows_of
from tests.checkout import ROOT
from tests.selftest.made import broken
from tests.selftest.test_command import harness

if TYPE_CHECKING:
    from harness.selftest.checks import Check

TIMES = StartTimes(create_s=0.1, start_s=0.2, ready_s=0.5, start_call_ns=1)


def judged(
    times: StartTimes = TIMES, *, whole_s: float = 0.61, was_open: bool = False, answered: bool = True
) -> list[str]:
    checks: tuple[Check, ...] = judge("process", times, whole_s, was_open=was_open, answered=answered)
    return broken(checks)


def test_each_fault_of_a_start_breaks_its_own_check() -> None:
    assert judged() == []
    assert judged(was_open=True) == ["process: ports open before the start"]
    assert judged(answered=False) == ["process: right answer to a request after the start"]
    assert judged(whole_s=0.59) == ["process: phases beyond the whole start"]
    assert judged(replace(TIMES, start_s=0.6)) == ["process: phases beyond the whole start"]
    assert judged(replace(TIMES, ready_s=0.0)) == ["process: ready after the start began"]


def test_rows_and_targets_exclude_each_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert harness(monkeypatch, "selftest", "stall", "--target", "all") == UsageError.exit_code
    assert "rows and targets can't be combined" in capsys.readouterr().err


def test_all_targets_have_a_row_each() -> None:
    project = find_project()
    targets = read_targets(project)
    names = [row.name for row in rows_of(chosen_subjects(["all"], None, project, targets), targets)]
    assert (
        len(names) == len(set(names)) >= len({"flask", "gin", "django", "fastapi", "starlette", "express", "sinatra"})
    )


@pytest.mark.program
def test_a_target_is_started_as_a_process_and_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "_RUNTIMES", (RuntimeName.PROCESS,))
    project = find_project()
    targets = read_targets(project)
    (row,) = rows_of(chosen_subjects(["flask_app"], None, project, targets), targets)
    findings = row.run(Lab(plan_cpus(), ROOT))
    assert [check.what for check in findings.checks if not check.passed] == []
    assert len(findings.checks) == len(judge("process", TIMES, 1.0, was_open=False, answered=True))
