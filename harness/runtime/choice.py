"""Choice of the runtime: the requested one, or the best one on this machine.

Each runtime needs its own packages, so a runtime is imported only after the choice.
"""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.runtime.base import Runtime


class RuntimeName(StrEnum):
    """Runtime that the user can request; `AUTO` takes the best one on this machine."""

    AUTO = "auto"
    DOCKER = "docker"
    PROCESS = "process"


def choose(requested: RuntimeName, notify: Callable[[str], None]) -> RuntimeName:
    """Return the runtime to use: for `AUTO` docker if an engine can be used, else process.

    Args:
        requested: The runtime that the user requested.
        notify: Gets a message if `AUTO` can't use an engine.
    """
    if requested is not RuntimeName.AUTO:
        return requested
    from harness.runtime.docker.engine import connect

    try:
        with closing(connect()):
            return RuntimeName.DOCKER
    except MachineError as error:
        notify(f"{error.what} ({error.where}): targets run as processes of this machine")
        return RuntimeName.PROCESS


def open_runtime(name: RuntimeName, run_id: str) -> Runtime:
    """Open a runtime for a run.

    Raises:
        MachineError: The runtime can't be used on this machine.
    """
    if name is RuntimeName.PROCESS:
        from harness.runtime.process.processes import ProcessRuntime

        return ProcessRuntime.open(run_id)
    from harness.runtime.docker.containers import DockerRuntime

    return DockerRuntime.open(run_id)
