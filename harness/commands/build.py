"""`harness build`: images, or local builds without a container engine."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from harness import interrupts
from harness.commands import completion
from harness.commands.options import BuildTimeout  # noqa: TC001 - typer reads it at run time
from harness.errors import TargetError, ToolchainError
from harness.project import chosen_subjects, find_project, read_targets
from harness.runtime.building import LIMIT_S, build_within
from harness.runtime.choice import RuntimeName


def build(
    *,
    target: Annotated[
        list[str] | None,
        typer.Option(
            autocompletion=completion.targets, help="TARGET[:VARIANT], separated by commas, or all; default: every one."
        ),
    ] = None,
    runtime: Annotated[RuntimeName, typer.Option(help="The runtime to build for.")] = RuntimeName.AUTO,
    build_timeout: BuildTimeout = LIMIT_S,
) -> None:
    """Build the targets and print the identity of each build. One that does not build leaves the others to be built."""
    from harness import console
    from harness.experiment.loop import new_id
    from harness.manifest import find_subjects
    from harness.runtime.choice import choose, open_runtime

    project = find_project()
    targets = read_targets(project)
    subjects = chosen_subjects(target, None, project, targets) if target else find_subjects(targets, targets)
    codes = []
    with interrupts.raising(), closing(open_runtime(choose(runtime, console.tell), new_id("build"))) as builder:
        for name in dict.fromkeys(subject.target for subject in subjects):
            try:
                image = build_within(build_timeout, builder, targets[name], console.tell)
                console.say(f"{name} {image.identity}")
            except (TargetError, ToolchainError) as error:
                console.tell(f"error: {error}")
                codes.append(error.exit_code)
    if codes:
        raise typer.Exit(max(codes))
