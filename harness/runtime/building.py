"""Builds within a time limit, and the steps of a build in its output.

All runtimes build through it: what has passed its limit is stopped as an interrupted build is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness import interrupts
from harness.errors import TargetError, ToolchainError
from harness.model import short_digests

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from harness.model import Target
    from harness.runtime.base import Image, Runtime

LIMIT_S = 900.0
"""Longest time of a build by default, in seconds."""

STEP = "Step: "
"""Beginning of the line that names a step of a build without an engine."""

# of the classic builder, of BuildKit, of the process runtime
_STEP = re.compile(r"Step \d+/\d+ : |#\d+ \[[^\]]*\d+/\d+\] |" + STEP)
_SHOWN = 100
_MINUTE_S = 60


def is_step(line: str) -> bool:
    """Return whether a line of a build's output names the step that begins."""
    return _STEP.match(line) is not None


def build_within(limit_s: float, runtime: Runtime, target: Target, log: Callable[[str], None]) -> Image:
    """Build a target, or find an earlier build; `log` gets each line of progress.

    Args:
        limit_s: The longest time of the build.
        runtime: The runtime that builds.
        target: The target.
        log: Gets each line.

    Raises:
        TargetError: The target does not build, or not within the limit.
        MachineError: As in `Runtime.build`.
    """
    step = "its first step"

    def keep(line: str) -> None:
        nonlocal step
        step = line[:_SHOWN] if is_step(line) else step
        log(line)

    def too_long() -> TargetError:
        return TargetError(
            "the target does not build",
            where=f"{target.name}, {target.folder}",
            cause=f"its build was stopped after {_in_words(limit_s)}, in: {step}",
            remedy="Give it more time with --build-timeout SECONDS, or make this step faster.",
        )

    with interrupts.limited(limit_s, too_long):
        return runtime.build(target, keep)


def fetch_bases_within(
    limit_s: float,
    runtime: Runtime,
    targets: Iterable[Target],
    contestants: Collection[str],
    log: Callable[[str], None],
) -> None:
    """Pull the base images that targets need and this machine lacks.

    Args:
        limit_s: The longest time of all pulls.
        runtime: The runtime that builds.
        targets: The targets.
        contestants: The names of the compared targets.
        log: Gets each line of progress.

    Raises:
        ToolchainError: No contestant has all of its own, or they were not pulled within the limit.
        MachineError: The engine does not answer.
    """
    step = "the search for them"

    def keep(line: str) -> None:
        nonlocal step
        step = line[:_SHOWN]
        log(line)

    def too_long() -> ToolchainError:
        return ToolchainError(
            "the base images were not fetched",
            where=runtime.name,
            cause=f"this was stopped after {_in_words(limit_s)}, in: {step}",
            remedy="Give it more time with --build-timeout SECONDS, or use a faster network.",
        )

    with interrupts.limited(limit_s, too_long):
        runtime.fetch_bases(targets, contestants, keep)


def stand_ins_in_words(images: Iterable[Image], told: Iterable[Image] = ()) -> str | None:
    """Return a line about the bases of images that were made on this machine; None if there is none.

    Args:
        images: The images, each with its `stand_ins`.
        told: Images whose bases were told before; the line leaves them out.
    """
    stand_ins = {local: name for image in images for local, name in image.stand_ins.items()}
    new = stand_ins.keys() - {local for image in told for local in image.stand_ins}
    if not new:
        return None
    pairs = ", ".join(f"{local} for {short_digests(stand_ins[local])}" for local in sorted(new))
    return (
        f"base images made on this machine stand in for the registry's: {pairs}. To use the registry's, run "
        "`docker pull` with their names in target.toml."
    )


def _in_words(limit_s: float) -> str:
    minutes = limit_s / _MINUTE_S
    return f"{minutes:g} min" if minutes >= 1 and minutes == int(minutes) else f"{limit_s:g} s"
