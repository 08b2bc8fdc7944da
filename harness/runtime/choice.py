"""Which runtime a command gets: the one that it asks for, or the best that this machine has.

Each brings packages of its own along, so none is loaded before it is chosen.
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
    """The runtimes that can be asked for; `AUTO` leaves the choice to the machine."""

    AUTO = "auto"
    DOCKER = "docker"
    PROCESS = "process"


def choose(asked: RuntimeName, tell: Callable[[str], None]) -> RuntimeName:
    """Return the runtime to use: containers wherever an engine can be used, unless something else is asked for.

    Args:
        asked: What the user wants.
        tell: Is told why the targets don't run in containers, where they might have.
    """
    if asked is not RuntimeName.AUTO:
        return asked
    from harness.runtime.docker.engine import connect

    try:
        with closing(connect()):
            return RuntimeName.DOCKER
    except MachineError as error:
        tell(f"{error.what} ({error.where}): targets run as processes of this machine")
        return RuntimeName.PROCESS


def open_runtime(name: RuntimeName, run_id: str) -> Runtime:
    """Open a runtime for a run.

    Raises:
        MachineError: It can't be used here.
    """
    if name is RuntimeName.PROCESS:
        from harness.runtime.process.processes import ProcessRuntime

        return ProcessRuntime.open(run_id)
    from harness.runtime.docker.containers import DockerRuntime

    return DockerRuntime.open(run_id)
