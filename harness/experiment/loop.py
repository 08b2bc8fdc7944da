"""Execution of a run: store the plan, build the targets, open the generator, measure the blocks, store the status.

The plan is on disk before the first request, every trial as soon as its block is done, and the status at the end. Every
way out removes what the run created. An interrupted run can be resumed: its whole blocks stay, and the other blocks are
measured by the stored plan.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.experiment.comparability import lint
from harness.experiment.environment import CpuPlan, changed_files, fingerprint
from harness.experiment.materials import record_materials
from harness.experiment.noise_observer import NoiseObserver
from harness.experiment.repetition import build_differences
from harness.experiment.resume import (
    block_without,
    lasted_s,
    require_interrupted,
    signals_of_whole,
    unchanged,
    whole_blocks,
)
from harness.experiment.run_writer import RunWriter
from harness.experiment.target_builds import build_all, build_target, findings_of, names_of
from harness.measure.block import run_block
from harness.measure.equipment import Equipment
from harness.model import Failure, Run, RunStatus
from harness.runtime.base import Launch
from harness.runtime.building import LIMIT_S, fetch_bases_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from harness.experiment.noise import Noise
    from harness.experiment.noise_observer import RunObserver
    from harness.load.generator import LoadGenerator
    from harness.measure.block_plan import BlockPlan
    from harness.model import Plan, Scenario, StoredRun, Subject, Target
    from harness.runtime.base import Image, Runtime
    from harness.runtime.restraints import Restraints
    from harness.store import RunFolder, Store


def _always_precise(_: StoredRun) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The real parts that a run uses; tests pass fakes.

    Attributes:
        runtime: Opens the runtime for a run id.
        generator: Opens the generator for scenarios, on CPUs.
        store: Stores the run.
        cpus: The CPUs of target and generator.
        root: The project's folder.
        host: The address of this machine that targets listen on.
        noise: Opens the sampling of noise for a generator and the restraints on targets; without it, no trial is
            flagged.
        imprecise: Returns the headlines that are not yet as precise as the profile demands. It is not called for a run
            with a fixed number of blocks.
        build_limit_s: The time limit of each target's build.
    """

    runtime: Callable[[str], Runtime]
    generator: Callable[[tuple[Scenario, ...], frozenset[int]], AbstractContextManager[LoadGenerator]]
    store: Store
    cpus: CpuPlan
    root: Path
    host: str = "127.0.0.1"
    noise: Callable[[LoadGenerator, Restraints], AbstractContextManager[Noise]] | None = None
    imprecise: Callable[[StoredRun], tuple[str, ...]] = _always_precise
    build_limit_s: float = LIMIT_S


def new_id(profile: str) -> str:
    """Return a run id that sorts by time and ends with random digits: `20260131-142501-quick-9f3a`."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{profile}-{secrets.token_hex(2)}"


def execute(  # noqa: PLR0913 - a repetition has one more
    plan: Plan,
    targets: Mapping[str, Target],
    scenarios: tuple[Scenario, ...],
    dependencies: Dependencies,
    observer: RunObserver,
    *,
    like: Run | None = None,
) -> RunFolder:
    """Execute a plan and store the run; return its folder. The run may have failed targets.

    The folder is created when a contestant has all of its base images: without them there is nothing to store.

    Args:
        plan: The plan.
        targets: The targets by name, at least those of the plan.
        scenarios: The plan's scenarios.
        dependencies: The real parts.
        observer: Observes the builds and the blocks.
        like: The stored run that this one repeats, if it is a repetition.

    Raises:
        HarnessError: The run could not go on, or was interrupted. Its measured blocks and its status are stored.
    """
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    setup_differences = lint(plan, targets, len(dependencies.cpus.target))
    run = Run(
        new_id(plan.profile.name),
        RunStatus.RUNNING,
        plan,
        started_at,
        setup_differences=setup_differences,
        like=None if like is None else like.id,
    )
    with ExitStack() as ending:
        runtime = dependencies.runtime(run.id)
        ending.enter_context(_closing(runtime, observer))
        _fetch_bases(plan, targets, runtime, dependencies.build_limit_s, observer)
        folder = dependencies.store.create(run)
        ending.enter_context(folder.locked())
        writer = ending.enter_context(RunWriter(run, folder, observer.notice))
        build_one = partial(build_target, dependencies.build_limit_s, runtime)
        built = build_all(plan, targets, build_one, observer, writer.fail)
        images = {name: one.image for name, one in built.items()}
        record_materials(folder, images, observer.notice)
        environment = fingerprint(runtime, images, dependencies.cpus, dependencies.root, plan.scenarios)
        for line in () if like is None else build_differences(like, environment):
            observer.notice(line)
        writer.describe(environment, *findings_of(built))
        _measure(_RemainingBlocks(plan), _Built(runtime, images, scenarios), dependencies, writer, observer)
    return folder


def resume(
    folder: RunFolder,
    targets: Mapping[str, Target],
    scenarios: tuple[Scenario, ...],
    dependencies: Dependencies,
    observer: RunObserver,
) -> None:
    """Resume an interrupted run after its last whole block, and store the rest.

    Its folder does not change until the targets are built and the environment is found unchanged.

    Raises:
        UsageError: The run had ended, or its environment has changed.
        HarnessError: As in `execute`.
    """
    with ExitStack() as ending:
        ending.enter_context(folder.locked())
        stored = folder.load()
        run = stored.run
        require_interrupted(run)
        dependencies.runtime(run.id).close()  # removes leftovers of the run if its process was killed
        runtime = dependencies.runtime(run.id)
        ending.enter_context(_closing(runtime, observer))
        _fetch_bases(run.plan, targets, runtime, dependencies.build_limit_s, observer)
        unbuilt: list[Failure] = []
        build_one = partial(build_target, dependencies.build_limit_s, runtime)
        built = build_all(run.plan, targets, build_one, observer, unbuilt.append)
        images = {name: one.image for name, one in built.items()}
        now = fingerprint(runtime, images, dependencies.cpus, dependencies.root, run.plan.scenarios)
        since = str(run.environment.get("commit") or "")
        environment = unchanged(run, now, changed_files(dependencies.root, since, images, run.plan.scenarios))
        record_materials(folder, images, observer.notice)
        kept = whole_blocks(run.plan, stored.trials, unbuilt)
        folder.replace_trials(kept.trials)
        folder.replace_signals(signals_of_whole(folder.signals(observer.notice), kept.blocks))
        resumed = replace(run, status=RunStatus.RUNNING, failures=kept.failures, measured_s=kept.measured_s)
        writer = ending.enter_context(RunWriter(resumed, folder, observer.notice, kept.blocks))
        writer.describe(environment, *findings_of(built))
        remaining = _RemainingBlocks(run.plan, kept.blocks)
        _measure(remaining, _Built(runtime, images, scenarios), dependencies, writer, observer)


def _fetch_bases(
    plan: Plan, targets: Mapping[str, Target], runtime: Runtime, limit_s: float, observer: RunObserver
) -> None:
    contestants = {subject.target for subject in plan.subjects}
    fetch_bases_within(limit_s, runtime, [targets[name] for name in names_of(plan)], contestants, observer.building)


@contextmanager
def _closing(runtime: Runtime, observer: RunObserver) -> Iterator[None]:
    """Close the runtime at the end. After an error, a second error from closing is said and does not replace it."""
    try:
        yield
    except BaseException:
        try:
            runtime.close()
        except HarnessError as error:
            observer.notice(f"something may be left: {error} `harness clean` removes it.")
        raise
    runtime.close()


@dataclass(frozen=True, slots=True)
class _RemainingBlocks:
    """The blocks of a plan from the first that is not yet measured."""

    plan: Plan
    first: int = 0

    def block(self, number: int, failed: frozenset[Subject]) -> BlockPlan:
        """Return a block without failed subjects. The first block discards starts, as the page cache may be cold."""
        block = block_without(self.plan, number, failed)
        return replace(block, discarded_starts=self.plan.profile.discarded_starts) if number == self.first else block


@dataclass(frozen=True, slots=True)
class _Built:
    """The built targets, their runtime and the scenarios."""

    runtime: Runtime
    images: Mapping[str, Image]
    scenarios: tuple[Scenario, ...]


def _measure(
    remaining: _RemainingBlocks, built: _Built, dependencies: Dependencies, writer: RunWriter, observer: RunObserver
) -> None:
    if not built.images:
        return
    with ExitStack() as ending:
        generator = ending.enter_context(dependencies.generator(built.scenarios, dependencies.cpus.generator))
        launch = Launch(dependencies.cpus.target, host=dependencies.host)
        equipment = Equipment(
            built.runtime,
            generator,
            built.images,
            launch,
            dependencies.cpus.generator,
            further_cpus=dependencies.cpus.further,
        )
        noise = (
            ending.enter_context(dependencies.noise(generator, equipment.restraints)) if dependencies.noise else None
        )
        with _judging_signals(writer):
            _run_blocks(remaining, equipment, writer, NoiseObserver(observer, noise), dependencies.imprecise)


def _run_blocks(
    remaining: _RemainingBlocks,
    equipment: Equipment,
    writer: RunWriter,
    observer: NoiseObserver,
    imprecise: Callable[[StoredRun], tuple[str, ...]],
) -> None:
    total = len(remaining.plan.orders)
    for number in range(remaining.first, total):
        if writer.stop(number, imprecise):
            return
        block = remaining.block(number, writer.failed)
        if not set(block.order) & set(remaining.plan.subjects):
            return  # the null target alone shows nothing
        observer.block_begins(number + 1, total)
        with _keeping_signals(number, writer, observer):
            measured = run_block(block, equipment, observer)
        trials, signals = observer.judge(number, measured)
        writer.save_block(trials, lasted_s(trials), signals)
    writer.stop(total, imprecise)


@contextmanager
def _keeping_signals(block: int, writer: RunWriter, observer: NoiseObserver) -> Iterator[None]:
    """Store the signals of a block that ends early: they may show the cause."""
    try:
        yield
    except BaseException:
        with suppress(HarnessError):  # the first error, which ended the block, must be the one that is raised
            writer.save_signals(observer.signals_of_unfinished(block))
        raise


@contextmanager
def _judging_signals(writer: RunWriter) -> Iterator[None]:
    """Judge the flags of all blocks when the run ends, also by an error: only then all readings are known."""
    try:
        yield
    except BaseException:
        with suppress(HarnessError):  # the first error, which ended the run, must be the one that is raised
            writer.judge_signals()
        raise
    writer.judge_signals()
