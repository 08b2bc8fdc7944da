"""`harness build`: images, or local builds without a container engine."""

from __future__ import annotations

import random
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from harness import interrupts
from harness.commands import completion
from harness.commands.options import BuildTimeout, Json  # noqa: TC001 - typer reads them at run time
from harness.errors import TargetError, ToolchainError, UsageError
from harness.project import chosen_subjects, find_project, read_targets
from harness.runtime.building import LIMIT_S, build_within, stand_ins_in_words
from harness.runtime.choice import RuntimeName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.documents import BuildRow, VerifiedRow
    from harness.errors import HarnessError
    from harness.model import Subject, Target
    from harness.runtime.base import Image, Runtime


@dataclass(frozen=True, slots=True)
class _Outcomes:
    """The outcomes of builds and first starts: a line each at once, or one document at the end.

    Attributes:
        as_json: Whether there is a document and no lines.
        codes: The exit codes of what failed.
    """

    as_json: bool
    builds: list[BuildRow] = field(default_factory=list)
    verified: list[VerifiedRow] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    def say(self, line: str) -> None:
        """Print a line of the result."""
        from harness import console

        if not self.as_json:
            console.say(line)

    def failed(self, error: HarnessError) -> str:
        """Print an error, keep its exit code, and return it in words."""
        from harness import console

        console.tell(f"error: {error}")
        self.codes.append(error.exit_code)
        return str(error)

    def end(self, runtime: str) -> None:
        """Print the document, if there is one, and exit with the highest code of what failed."""
        from harness import console
        from harness.documents import BuildDocument
        from harness.documents import as_json as plain

        if self.as_json:
            console.print_json(plain(BuildDocument(runtime=runtime, builds=self.builds, verified=self.verified)))
        if self.codes:
            raise typer.Exit(max(self.codes))


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
    as_json: Json = False,
) -> None:
    """Build the targets, and with --verify check their answers.

    Each build prints its log, then its identity. A target that is already built has no log. If a target does not
    build, the others are still built. With --verify, each variant is started once, its answers are verified as in a
    run, and it is stopped; for TARGET:VARIANT only this variant.
    """
    from harness import console
    from harness.documents import BuildRow
    from harness.experiment.loop import new_id
    from harness.machine_lock import machine_lock
    from harness.manifest import find_subjects, manifest_names
    from harness.runtime.choice import choose, open_runtime

    project = find_project()
    targets = read_targets(project)
    subjects = chosen_subjects(target, None, project, targets) if target else find_subjects(targets, targets)
    left_out = () if target else manifest_names(project.root) - targets.keys()  # each has its warning
    outcomes = _Outcomes(as_json, codes=[UsageError.exit_code for _ in left_out])
    images: list[Image] = []
    with (
        machine_lock() if verify else nullcontext(),
        interrupts.raising("build", "Finished builds are kept."),
        closing(open_runtime(choose(runtime, console.tell), new_id("build"))) as builder,
    ):
        for name in dict.fromkeys(subject.target for subject in subjects):
            chosen = _chosen(targets[name], subjects, target or [])
            try:
                image = _built(builder, targets[name], chosen, build_timeout, outcomes)
            except (TargetError, ToolchainError, UsageError) as error:
                outcomes.builds.append(BuildRow(target=name, stand_ins={}, error=outcomes.failed(error)))
                continue
            if line := stand_ins_in_words([image], images):  # before the errors, which a reader must see last
                console.tell(line)
            images.append(image)
            if verify:
                _look(builder, image, chosen, outcomes)
    outcomes.end(builder.name)


def _built(
    builder: Runtime, target: Target, chosen: Iterable[Subject], build_timeout: float, outcomes: _Outcomes
) -> Image:
    from harness import console
    from harness.documents import BuildRow
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
    outcomes.say(f"{target.name} {image.identity}")
    if not printed:
        console.tell(f"{target.name}: already built")
    row = BuildRow(
        target=target.name, identity=image.identity, already_built=not printed, stand_ins=dict(image.stand_ins)
    )
    outcomes.builds.append(row)
    return image


def _chosen(target: Target, subjects: Iterable[Subject], words: Iterable[str]) -> tuple[Subject, ...]:
    """Return the variants of a target that were named; all of them if only the target was named."""
    from harness.model import Subject

    named = {part.strip() for word in words for part in word.split(",")}
    chosen = tuple(one for one in subjects if one.target == target.name)
    if named & set(map(str, chosen)) and target.name not in named:
        return chosen
    return tuple(Subject(target.name, variant.name) for variant in target.variants)


def _look(runtime: Runtime, image: Image, subjects: Iterable[Subject], outcomes: _Outcomes) -> None:
    """Start variants of a target, verify each, and keep its outcome."""
    from harness.documents import VerifiedRow
    from harness.experiment.environment import plan_cpus
    from harness.measure.first_look import look_at
    from harness.runtime.base import Launch
    from harness.units import Unit, human

    cpus, rng = plan_cpus(), random.Random()  # noqa: S311 - it draws test names, no secrets
    for one in subjects:
        try:
            look = look_at(runtime, image, one, Launch(cpus.target), cpus.generator, rng=rng)
        except TargetError as error:
            row = VerifiedRow(target=one.target, variant=one.variant, notes=[], error=outcomes.failed(error))
        else:
            notes = "".join(f"; {note}" for note in look.notes)
            outcomes.say(f"{one} ready in {human(look.ready_s, Unit.SECOND, 2)}, answers correctly{notes}")
            row = VerifiedRow(target=one.target, variant=one.variant, ready_s=look.ready_s, notes=list(look.notes))
        outcomes.verified.append(row)
