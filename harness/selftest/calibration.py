"""The calibration target: build it, start it and send it commands, in every runtime of this machine.

A command sets how much CPU time or memory the calibration target uses. That amount is the truth. The rows read it with
the same instruments that measure targets.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.errors import MachineError, MeasurementError, ToolchainError
from harness.experiment.loop import new_id
from harness.manifest import load_target
from harness.measure.running import running_image
from harness.model import Subject
from harness.runtime.base import Launch
from harness.runtime.choice import RuntimeName, open_runtime
from harness.selftest.checks import Findings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from harness.measure.readiness import Probe
    from harness.measure.running import RunningTarget
    from harness.model import Target
    from harness.runtime.base import Image, Instance, Runtime
    from harness.selftest.checks import Check
    from harness.selftest.rig import Lab

_MANIFEST = Path(__file__).with_name("targets") / "calibration" / "target.toml"
_RUNTIMES = (RuntimeName.DOCKER, RuntimeName.PROCESS)
_ANSWER_DEADLINE_S = 30.0


@dataclass(frozen=True, slots=True)
class CalibrationBench:
    """A built target, by default the calibration target, and the runtime that starts it."""

    runtime: Runtime
    image: Image
    lab: Lab

    @property
    def name(self) -> str:
        """The runtime's name; each check begins with it."""
        return self.runtime.name

    def running(self, variant: str = "prompt", probe: Probe | None = None) -> AbstractContextManager[RunningTarget]:
        """Run the target while the context lasts, started as `harness run` starts a target.

        Raises:
            TargetError: It does not start.
        """
        cpus, subject = self.lab.cpus, Subject(self.image.target.name, variant)
        launch = Launch(cpus.target)
        return running_image(self.runtime, self.image, launch, cpus.generator, subject=subject, probe=probe)


def on_every_runtime(
    lab: Lab, measure: Callable[[CalibrationBench], tuple[Check, ...]], detail: str, target: Target | None = None
) -> Findings:
    """Measure a target in each runtime of this machine, and return the checks of all.

    Args:
        lab: The cores of target and generator.
        measure: Returns the checks of one runtime.
        detail: How the checks are made, in one sentence.
        target: The target; by default, the calibration target.

    Raises:
        MachineError: Neither runtime can be used here, or can build the target.
        TargetError: The target does not build or start.
    """
    checks: list[Check] = []
    for name in _RUNTIMES:
        try:
            runtime = open_runtime(name, new_id("selftest"))
        except MachineError as error:
            if name is _RUNTIMES[-1]:
                raise
            detail = f"{detail} Not run in containers: {error.what} ({error.where})."
            continue
        with closing(runtime):
            try:
                image = runtime.build(target or load_target(_MANIFEST), lambda _line: None)
            except ToolchainError as error:
                if not checks:
                    raise
                detail = f"{detail} Not run as processes: {error.cause}."
                continue
            checks += measure(CalibrationBench(runtime, image, lab))
    return Findings(tuple(checks), detail)


def send_command(calibrated: Instance, path: str) -> Mapping[str, int]:
    """Send a command to a calibration target, and return the numbers that it reports.

    Raises:
        MeasurementError: It does not carry out the command.
    """
    address = urlsplit(calibrated.url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=_ANSWER_DEADLINE_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode()
    except (OSError, HTTPException) as error:
        raise _command_failed(path, str(error)) from error
    finally:
        connection.close()
    if answer.status != 200:  # noqa: PLR2004 - as in RFC 9110
        raise _command_failed(path, text)
    reported: dict[str, int] = json.loads(text)
    return reported


def _command_failed(path: str, cause: str) -> MeasurementError:
    return MeasurementError(
        "a command to the calibration target failed", where=path, cause=cause, remedy="Run the row again."
    )
