"""The null target for the self-test: in a container where an engine answers, otherwise as a process."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import MachineError
from harness.experiment.loop import new_id
from harness.manifest import load_targets
from harness.measure.running import running_target
from harness.runtime.base import Launch
from harness.runtime.choice import RuntimeName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from harness.measure.running import RunningTarget
    from harness.model import Target


@dataclass(frozen=True, slots=True)
class NullTarget:
    """A running null target.

    Attributes:
        url: Its base URL.
        source: How it was built, in words.
        cpu_s: Reads the CPU time that it has used, in seconds.
    """

    url: str
    source: str
    cpu_s: Callable[[], float]


@contextmanager
def null_target(stock: Path, cpus: frozenset[int]) -> Iterator[NullTarget]:
    """Run the null target while the context lasts.

    Raises:
        MachineError: No runtime can build it here.
        TargetError: It does not build or start.
    """
    target = next((target for target in load_targets(stock).values() if target.is_null), None)
    if target is None:
        raise _missing(stock / "targets", "no target in this folder has the null role")
    with ExitStack() as ending:
        try:
            running = ending.enter_context(_running(RuntimeName.DOCKER, target, cpus))
        except MachineError as problem:
            try:
                running = ending.enter_context(_running(RuntimeName.PROCESS, target, cpus))
            except MachineError as other:
                raise _missing(target.folder, f"{problem.cause}; and {other.cause}") from other
        source = f"image {running.image.identity[:19]}"
        yield NullTarget(running.url, source, lambda: running.instance.counters().cpu_s)


def _running(runtime: RuntimeName, target: Target, cpus: frozenset[int]) -> AbstractContextManager[RunningTarget]:
    return running_target(runtime, new_id("selftest"), target, Launch(cpus), cpus)


def _missing(where: Path, cause: str) -> MachineError:
    remedy = "Start an engine (`make engine` on Debian), or install Go."
    return MachineError("no null target", where=str(where), cause=cause, remedy=remedy)
