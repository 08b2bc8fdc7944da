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

    Raises:
        MachineError: HARNESS_ENGINE asks for an engine on another machine, and it can't be used.
    """
    if requested is not RuntimeName.AUTO:
        return requested
    from harness.runtime.docker.endpoints import is_asked_elsewhere
    from harness.runtime.docker.engine import connect

    try:
        with closing(connect()):
            return RuntimeName.DOCKER
    except MachineError as error:
        if is_asked_elsewhere():
            raise  # the user asked for that engine, and not for targets here
        notify(f"{error.what} ({error.where}): targets run as processes of this machine")
        return RuntimeName.PROCESS


def obstacle(name: RuntimeName) -> str | None:
    """Return the error with which every run of a runtime would end now; None if its engine answers or it needs none."""
    if name is RuntimeName.PROCESS:
        return None
    from harness.runtime.docker.engine import connect

    try:
        connect().close()
    except MachineError as error:
        return str(error)
    return None


def targets_elsewhere(name: RuntimeName, host: str) -> bool:
    """Return whether the user has asked for targets on another machine, in the engine that HARNESS_ENGINE names.

    Args:
        name: The runtime.
        host: The address at which the targets are reached.

    Raises:
        UsageError: They are on another machine, and the address is one of this machine.
    """
    if name is RuntimeName.PROCESS:
        return False
    from harness.runtime.docker.endpoints import is_asked_elsewhere, require_target_host

    require_target_host(host)
    return is_asked_elsewhere()


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
