"""The calibration target is weighed in every runtime that there is, and what it does not do is no truth."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import MachineError, MeasurementError
from harness.experiment.environment import CpuPlan
from harness.model import Target
from harness.runtime.choice import RuntimeName
from harness.selftest import calibration
from harness.selftest.calibration import on_every_runtime, tell
from harness.selftest.checks import exactly
from harness.selftest.rig import Lab
from tests.fakes import FakeInstance, FakeRuntime, Script
from tests.scripted_server import Reply, Request, text
from tests.trials import FLASK

LAB = Lab(CpuPlan(frozenset({0}), frozenset({0})), Path())
NO_ENGINE = MachineError("no container engine answers", where="here", cause="none", remedy="Start one.")


def opening(monkeypatch: pytest.MonkeyPatch, runtimes: Mapping[RuntimeName, FakeRuntime | MachineError]) -> None:
    """Let these be the machine's runtimes."""

    def open_runtime(name: RuntimeName, _run_id: str) -> Any:  # noqa: ANN401 - a fake
        found = runtimes[name]
        if isinstance(found, MachineError):
            raise found
        found.name = name.value
        return found

    monkeypatch.setattr(calibration, "open_runtime", open_runtime)


def measure(bench: calibration.CalibrationBench) -> tuple[Any, ...]:
    assert isinstance(bench.image.target, Target)
    return (exactly(f"{bench.name}: {bench.image.target.name}", 1, 1),)


def test_it_is_weighed_in_containers_and_as_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = {RuntimeName.DOCKER: FakeRuntime([]), RuntimeName.PROCESS: FakeRuntime([])}
    opening(monkeypatch, opened)
    findings = on_every_runtime(LAB, measure, "So.")
    assert [check.what for check in findings.checks] == ["docker: calibration", "process: calibration"]
    assert findings.detail == "So."
    assert [runtime.journal[-1] for runtime in opened.values()] == ["close runtime"] * 2


def test_without_an_engine_it_says_so_and_weighs_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    opening(monkeypatch, {RuntimeName.DOCKER: NO_ENGINE, RuntimeName.PROCESS: FakeRuntime([])})
    findings = on_every_runtime(LAB, measure, "So.")
    assert [check.what for check in findings.checks] == ["process: calibration"]
    assert findings.detail == "So. Not in containers: no container engine answers (here)."


def test_with_neither_the_row_cannot_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    opening(monkeypatch, {RuntimeName.DOCKER: NO_ENGINE, RuntimeName.PROCESS: NO_ENGINE})
    with pytest.raises(MachineError, match="no container engine answers"):
        on_every_runtime(LAB, measure, "So.")


def answering(reply: Reply | None) -> FakeInstance:
    def answer(_request: Request) -> Reply | None:
        return reply

    instance = FakeInstance(FLASK, Script(answer=answer), [])
    instance.start()
    return instance


def test_what_it_did_is_its_answer() -> None:
    with answering(text('{"spin_ns": 5}')) as calibrated:
        assert tell(calibrated, "/spin/5") == {"spin_ns": 5}


@pytest.mark.parametrize("reply", [None, text("KeyError('jump')", 400)])
def test_a_calibration_target_that_does_not_obey_ends_the_row(reply: Reply | None) -> None:
    with answering(reply) as calibrated, pytest.raises(MeasurementError, match="the calibration target does not obey"):
        tell(calibrated, "/jump")
