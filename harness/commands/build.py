"""`harness build`: images, or local builds without a container engine."""

from __future__ import annotations

import random
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from harness import interrupts
from harness.commands import completion
from harness.commands.options import BuildTimeout  # noqa: TC001 - typer reads it at run time
from harness.errors import TargetError, ToolchainError, UsageError
from harness.project import chosen_subjects, find_project, read_targets
from harness.runtime.building import LIMIT_S, build_within, stand_ins_in_words
from harness.runtime.choice import RuntimeName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.model import Subject, Target
    from harness.runtime.base import Image, Runtime


def build(
    *,
    target: Annotated[
        list[str] | None,
        typer.Option(
            autocompletion=completion.targets,
            metavar="NAMES",
            help="TARGET[:VARIANT], separated by commas, or all; default: every one.",
        ),
    ] = None,
    runtime: Annotated[
        RuntimeName, typer.Option(metavar="NAME", help="The runtime to build for: auto, docker or process.")
    ] = RuntimeName.AUTO,
    build_timeout: BuildTimeout = LIMIT_S,
    verify: Annotated[
        bool, typer.Option("--verify", help="Also start each built variant once and verify its answers.")
    ] = False,
) -> None:
    """Build the targets, and with --verify check their answers.

    Each build prints its log, then its identity. A target that is already built has no log. If a target does not
    build, the others are still built. With --verify, each variant is started once, its answers are verified as in a
    run, and it is stopped; for TARGET:VARIANT only this variant.
    """
    from harness import console
    from harness.experiment.loop import new_id
    from harness.machine_lock import machine_lock
    from harness.manifest import find_subjects, manifest_names
    from harness.runtime.choice import choose, open_runtime

    project = find_project()
    targets = read_targets(project)
    subjects = chosen_subjects(target, None, project, targets) if target else find_subjects(targets, targets)
    left_out = () if target else manifest_names(project.root) - targets.keys()  # each has its warning
    codes = [UsageError.exit_code for _ in left_out]
    images: list[Image] = []
    with (
        machine_lock() if verify else nullcontext(),
        interrupts.raising("build", "Finished builds are kept."),
        closing(open_runtime(choose(runtime, console.tell), new_id("build"))) as builder,
    ):
        for name in dict.fromkeys(subject.target for subject in subjects):
            chosen = _chosen(targets[name], subjects, target or [])
            try:
                image = _built(builder, targets[name], chosen, build_timeout)
            except (TargetError, ToolchainError, UsageError) as error:
                console.tell(f"error: {error}")
                codes.append(error.exit_code)
                continue
            if line := stand_ins_in_words([image], images):  # before the errors, which a reader must see last
                console.tell(line)
            images.append(image)
            if verify:
                codes += _failed(builder, image, chosen)
    if codes:
        raise typer.Exit(max(codes))


def _built(builder: Runtime, target: Target, chosen: Iterable[Subject], build_timeout: float) -> Image:
    from harness import console
    from harness.manifest import require_complete
    from harness.runtime.context import files_for_build

    variants = [target.variant(one.variant) for one in chosen]
    in_containers = RuntimeName(builder.name) is RuntimeName.DOCKER
    require_complete(target, variants, files_for_build(target), in_containers=in_containers)
    printed = False

    def log(line: str) -> None:
        nonlocal printed
        printed = True
        console.tell(line)

    image = build_within(build_timeout, builder, target, log)
    console.say(f"{target.name} {image.identity}")
    if not printed:
        console.tell(f"{target.name}: already built")
    return image


def _chosen(target: Target, subjects: Iterable[Subject], words: Iterable[str]) -> tuple[Subject, ...]:
    """Return the variants of a target that were named; all of them if only the target was named."""
    from harness.model import Subject

    named = {part.strip() for word in words for part in word.split(",")}
    chosen = tuple(one for one in subjects if one.target == target.name)
    if named & set(map(str, chosen)) and target.name not in named:
        return chosen
    return tuple(Subject(target.name, variant.name) for variant in target.variants)


def _failed(runtime: Runtime, image: Image, subjects: Iterable[Subject]) -> Iterator[int]:
    """Start variants of a target and verify them, print each result, and yield the exit code of each failure."""
    from harness import console
    from harness.experiment.environment import plan_cpus
    from harness.measure.first_look import look_at
    from harness.runtime.base import Launch
    from harness.units import Unit, human

    cpus, rng = plan_cpus(), random.Random()  # noqa: S311 - it draws test names, no secrets
    for subject in subjects:
        try:
            look = look_at(runtime, image, subject, Launch(cpus.target), cpus.generator, rng=rng)
        except TargetError as error:
            console.tell(f"error: {error}")
            yield error.exit_code
        else:
            notes = "".join(f"; {note}" for note in look.notes)
            console.say(f"{subject} ready in {human(look.ready_s, Unit.SECOND, 2)}, answers correctly{notes}")
