"""The calibration target is measured in every runtime of the machine, and a command that fails is an error."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import MachineError, MeasurementError, ToolchainError
from harness.experiment.environment import CpuPlan
from harness.model import Target
from harness.runtime.choice import RuntimeName
from harness.selftest import calibration
from harness.selftest.calibration import on_every_runtime, send_command
from harness.selftest.checks import exactly
from harness.selftest.rig import Lab
from tests.fakes import FakeInstance, FakeRuntime, Script
from tests.scripted_server import Reply, Request, text
from tests.trials import FLASK

LAB = Lab(CpuPlan(frozenset({0}), frozenset({0})), Path())
NO_ENGINE = MachineError("no container engine answers", where="here", cause="none", remedy="Start one.")


def set_runtimes(monkeypatch: pytest.MonkeyPatch, runtimes: Mapping[RuntimeName, FakeRuntime | MachineError]) -> None:
    """Replace the machine's runtimes."""

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


def test_it_is_measured_in_containers_and_as_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = {RuntimeName.DOCKER: FakeRuntime([]), RuntimeName.PROCESS: FakeRuntime([])}
    set_runtimes(monkeypatch, opened)
    findings = on_every_runtime(LAB, measure, "So.")
    assert [check.what for check in findings.checks] == ["docker: calibration", "process: calibration"]
    assert findings.detail == "So."
    assert [runtime.journal[-1] for runtime in opened.values()] == ["close runtime"] * 2


def test_without_an_engine_only_processes_are_measured_and_the_detail_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    set_runtimes(monkeypatch, {RuntimeName.DOCKER: NO_ENGINE, RuntimeName.PROCESS: FakeRuntime([])})
    findings = on_every_runtime(LAB, measure, "So.")
    assert [check.what for check in findings.checks] == ["process: calibration"]
    assert findings.detail == "So. Not run in containers: no container engine answers (here)."


def test_without_any_runtime_the_row_cannot_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    set_runtimes(monkeypatch, {RuntimeName.DOCKER: NO_ENGINE, RuntimeName.PROCESS: NO_ENGINE})
    with pytest.raises(MachineError, match="no container engine answers"):
        on_every_runtime(LAB, measure, "So.")


def test_a_target_whose_language_the_machine_lacks_is_measured_in_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    processes = FakeRuntime([])
    processes.builds["calibration"] = ToolchainError("x", where="here", cause="there is no Ruby", remedy="Install it.")
    set_runtimes(monkeypatch, {RuntimeName.DOCKER: FakeRuntime([]), RuntimeName.PROCESS: processes})
    findings = on_every_runtime(LAB, measure, "So.")
    assert [check.what for check in findings.checks] == ["docker: calibration"]
    assert findings.detail == "So. Not run as processes: there is no Ruby."
    set_runtimes(monkeypatch, {RuntimeName.DOCKER: NO_ENGINE, RuntimeName.PROCESS: processes})
    with pytest.raises(ToolchainError, match="there is no Ruby"):
        on_every_runtime(LAB, measure, "So.")


def answering(reply: Reply | None) -> FakeInstance:
    def answer(_request: Request) -> Reply | None:
        return reply

    instance = FakeInstance(FLASK, Script(answer=answer), [])
    instance.start()
    return instance


def test_a_command_returns_the_numbers_that_the_target_reports() -> None:
    with answering(text('{"spin_ns": 5}')) as calibrated:
        assert send_command(calibrated, "/spin/5") == {"spin_ns": 5}


@pytest.mark.parametrize("reply", [None, text("KeyError('jump')", 400)])
def test_a_command_that_fails_ends_the_row(reply: Reply | None) -> None:
    with (
        answering(reply) as calibrated,
        pytest.raises(MeasurementError, match="a command to the calibration target failed"),
    ):
        send_command(calibrated, "/jump")
