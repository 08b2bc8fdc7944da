"""The construction of the real parts: the plan of a run, and the dependencies that it is executed with.

Imports that only some commands need are inside the functions, for the reason in `harness.commands`.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from harness.errors import MachineError
from harness.model import STANDARD, Subject
from harness.project import chosen_subjects, find_project, open_store, read_targets
from harness.runtime.building import LIMIT_S
from harness.runtime.choice import RuntimeName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from harness.experiment.environment import CpuPlan
    from harness.experiment.loop import Dependencies
    from harness.experiment.noise import Noise
    from harness.experiment.noise_observer import RunObserver
    from harness.experiment.workforce import Workforce
    from harness.load.generator import LoadGenerator
    from harness.model import Contract, Plan, Project, Revision, Run, Scenario, ScenarioTraits, Target
    from harness.runtime.base import Runtime
    from harness.runtime.restraints import Restraints
    from harness.store import RunFolder


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a run.

    Attributes:
        project: The project.
        targets: Its targets, by name.
        scenarios: Its scenarios, by name.
        build_limit_s: The time limit of each target's build.
        waits: Whether it waits for another run that holds the machine.
    """

    project: Project
    targets: Mapping[str, Target]
    scenarios: Mapping[str, Scenario]
    build_limit_s: float = LIMIT_S
    waits: bool = False


def read_inputs(build_limit_s: float = LIMIT_S, *, waits: bool = False) -> Inputs:
    """Return the targets and scenarios of the current folder's project.

    Raises:
        UsageError: The folder is in no project, or a file of the project is wrong.
    """
    from harness.manifest import load_scenarios

    project = find_project()
    return Inputs(project, read_targets(project), load_scenarios(project.root), build_limit_s, waits)


def plan_run(  # noqa: PLR0913 - the options of the command
    inputs: Inputs,
    *,
    profile: str,
    targets: list[str],
    pair: str | None = None,
    scenarios: list[str],
    seed: int | None,
    runtime: RuntimeName,
    cold_page_cache: bool = False,
    against: str | None = None,
    target_cpus: int = 1,
    generator_cpus: int | None = None,
    workers: int = 1,
    locust_args: str = "",
) -> Plan:
    """Return the plan of a run with the user's options.

    Raises:
        UsageError: A name is unknown, or the folder of a target or a locustfile can't be used.
        MachineError: The runtime can't be used here, the page cache can't be dropped, or there are too few CPUs.
    """
    from harness import console
    from harness.experiment.contracts import require_answered
    from harness.experiment.environment import cpus_for_targets, plan_cpus
    from harness.experiment.plan import make_plan, with_conditions
    from harness.manifest import find_one, find_scenarios, load_profiles
    from harness.measure import pagecache
    from harness.runtime.choice import choose

    plan_cpus(target_cpus=target_cpus, generator_cpus=generator_cpus)
    subjects = chosen_subjects(targets, pair, inputs.project, inputs.targets)
    chosen = find_one("profile", profile, load_profiles())
    names = find_scenarios(",".join(scenarios or chosen.scenarios), inputs.scenarios)
    name = choose(runtime, console.tell)
    if cold_page_cache:
        pagecache.require()
    most = 0 if against is not None else cpus_for_targets(workers, generator_cpus)
    by_cpus = (number for number in chosen.by_cpus if number <= most and number != target_cpus)
    everyone = with_conditions(subjects, inputs.targets, all_variants=chosen.all_variants, by_cpus=by_cpus)
    revision, measured, contracts = _with_older(inputs, everyone, against)
    plan = make_plan(
        chosen,
        measured,
        names,
        secrets.randbelow(2**32) if seed is None else seed,
        name.value,
        ceiling=_ceiling(inputs.targets, subjects, names[0]),
        # a gate must know what two equal builds differ by, so with a revision every profile has a control
        control=replace(subjects[0], is_control=True) if chosen.has_control or against is not None else None,
        drops_page_cache=cold_page_cache,
        against=revision,
        target_cpus=target_cpus,
        generator_cpus=generator_cpus,
        locust_args=locust_args,
        traits=_traits(names, inputs, locust_args),
    )
    _require_complete(plan, inputs.targets)
    require_answered(plan, inputs.targets, inputs.scenarios)
    return replace(plan, contracts=contracts)


def _require_complete(plan: Plan, known: Mapping[str, Target]) -> None:
    """Refuse targets of a plan whose folders lack a file; those of another revision are not looked at."""
    from harness.manifest import require_complete
    from harness.runtime.context import files_for_build

    in_containers = RuntimeName(plan.runtime) is RuntimeName.DOCKER
    older = plan.older.values()
    here = [one for one in plan.all_subjects if one not in older and one.target in known]
    for target in (known[name] for name in dict.fromkeys(one.target for one in here)):
        variants = [target.variant(one.variant) for one in here if one.target == target.name]
        require_complete(target, variants, files_for_build(target), in_containers=in_containers)


def _traits(names: Iterable[str], inputs: Inputs, locust_args: str) -> tuple[ScenarioTraits, ...]:
    """Return the traits of scenarios; their locustfiles are imported in a process of their own."""
    from harness.load.inspection import inspect

    return tuple(inspect([inputs.scenarios[name] for name in names], locust_args).values())


@dataclass(frozen=True, slots=True)
class Repetition:
    """The plan of a stored run for this machine.

    Attributes:
        run: The stored run.
        plan: Its plan with the seed of the repetition.
        inputs: The project's, with the targets of the same versions.
        notes: Where targets come from and which of them are left out, a line each.
        differences: The differences of this machine and its versions, a line each.
    """

    run: Run
    plan: Plan
    inputs: Inputs
    notes: tuple[str, ...]
    differences: tuple[str, ...]


@contextmanager
def repetition(word: str, inputs: Inputs, seed: int | None) -> Iterator[Repetition]:
    """Return the plan of a stored run with a new seed, and its targets as long as the context lasts.

    Raises:
        UsageError: There is no such run, or the project lacks a target, scenario or revision of its plan.
        MachineError: This machine can't keep the plan's runtime or CPUs, or can't drop the page cache.
    """
    from harness.experiment.environment import cpus_for_targets
    from harness.experiment.repetition import machine_differences, plan_like, sources_of, stored_workers, targets_in
    from harness.manifest import find_scenarios, find_subjects
    from harness.measure import pagecache

    run = open_store(inputs.project).run(word)
    most = cpus_for_targets(stored_workers(run), run.plan.generator_cpus)
    plan, left_out = plan_like(run.plan, secrets.randbelow(2**32) if seed is None else seed, most)
    cpus = _cpus_like(plan)
    if plan.drops_page_cache:
        pagecache.require()
    find_scenarios(",".join(plan.scenarios), inputs.scenarios)
    with sources_of(run, inputs.project.root, inputs.targets) as sources:
        found = replace(inputs, targets={**inputs.targets, **sources.targets})
        older = plan.older.values()
        find_subjects((f"{one.target}:{one.variant}" for one in plan.all_subjects if one not in older), found.targets)
        traits = _traits(plan.scenarios, inputs, plan.locust_args)
        plan = replace(plan, against=_revision_like(plan, inputs.project, targets_in(plan)), traits=traits)
        _require_complete(plan, found.targets)
        too_few = [f"left out, because this machine has too few CPUs: {', '.join(map(str, left_out))}"]
        notes = (*sources.notes, *(too_few if left_out else ()))
        yield Repetition(run, plan, found, notes, machine_differences(run, cpus))


def _cpus_like(plan: Plan) -> CpuPlan:
    from harness.experiment.environment import plan_cpus

    try:
        return plan_cpus(target_cpus=plan.target_cpus, generator_cpus=plan.generator_cpus, most_cpus=plan.most_cpus)
    except MachineError as error:
        remedy = "A repetition keeps the CPUs of the stored plan: use a machine with more CPUs."
        raise MachineError(error.what, where=error.where, cause=error.cause, remedy=remedy) from error


def _revision_like(plan: Plan, project: Project, names: tuple[str, ...]) -> Revision | None:
    """Return the revision of a stored plan, found in this repository."""
    from harness.experiment.revision import find_revision

    if plan.against is None:
        return None
    return replace(find_revision(project.root, plan.against.commit, names), name=plan.against.name)


def _with_older(
    inputs: Inputs, subjects: tuple[Subject, ...], word: str | None
) -> tuple[Revision | None, tuple[Subject, ...], Mapping[str, Contract]]:
    """Return a revision, the subjects with their builds of it, and the own contracts of all of them."""
    from harness.experiment.contracts import contracts_in
    from harness.experiment.revision import find_revision, targets_of, with_older

    project = inputs.project
    if word is None:
        return None, subjects, contracts_in(inputs.targets, subjects)
    names = {subject.target for subject in subjects}
    revision = find_revision(project.root, word, names)
    with targets_of(revision, project.root, names) as targets:
        everyone = with_older(subjects, revision, targets)
        return revision, everyone, contracts_in({**inputs.targets, **targets}, everyone)


@contextmanager
def _targets(plan: Plan, inputs: Inputs) -> Iterator[Mapping[str, Target]]:
    """Return the targets of the project, and those of the plan's revision as long as the context lasts."""
    from harness.experiment.revision import targets_of

    if plan.against is None:
        yield inputs.targets
        return
    names = {subject.target for subject in plan.subjects} & inputs.targets.keys()
    with targets_of(plan.against, inputs.project.root, names) as older:
        yield {**inputs.targets, **older}


def _ceiling(known: Mapping[str, Target], subjects: tuple[Subject, ...], headline: str) -> Subject | None:
    """Return the null target; None if it is among the subjects, there is none, or all have their own contracts."""
    standard = STANDARD.get(headline)
    if all(known[subject.target].contract.get(headline, standard) != standard for subject in subjects):
        return None
    for target in known.values():
        subject = Subject(target.name, target.default_variant)
        if target.is_null and subject not in subjects:
            return subject
    return None


def setup_differences_of(plan: Plan, inputs: Inputs) -> tuple[str, ...]:
    """Return a sentence for each difference in how the targets of a plan are served, and on its revision."""
    from harness.experiment.comparability import in_words, lint
    from harness.experiment.revision import alone, unchanged

    with _targets(plan, inputs) as targets:
        setup = map(in_words, lint(plan, targets, plan.target_cpus))
        return (*unchanged(plan, inputs.project.root), *setup, *alone(plan))


def measure(plan: Plan, inputs: Inputs, workforce: Workforce, like: Run | None = None) -> RunFolder:
    """Execute a plan with the real dependencies, and return the folder of the run.

    Args:
        plan: The plan.
        inputs: The targets and scenarios.
        workforce: The processes that drive the load.
        like: The stored run that is repeated, if it is a repetition.

    Raises:
        HarnessError: The run failed; the finished blocks are stored.
    """
    from harness.experiment.loop import execute
    from harness.experiment.plan import expected_blocks_s

    with (
        _dependencies(plan, inputs, workforce, expected_blocks_s(plan)) as (scenarios, dependencies, observer),
        _targets(plan, inputs) as targets,
    ):
        return execute(plan, targets, scenarios, dependencies, observer, like=like)


def resume_run(word: str, inputs: Inputs, workforce: Workforce) -> RunFolder:
    """Resume an interrupted run with the real dependencies, and return its folder.

    Raises:
        UsageError: There is no such run, it is complete, or the machine or versions have changed.
        HarnessError: The run failed; the finished blocks are stored.
    """
    from harness.experiment.loop import resume
    from harness.experiment.plan import expected_blocks_s
    from harness.experiment.resume import require_interrupted, require_same_users, whole_blocks
    from harness.manifest import find_scenarios
    from harness.model import Stage

    folder, stored = open_store(inputs.project).load(word)
    plan = stored.run.plan
    require_interrupted(stored.run)
    find_scenarios(",".join(plan.scenarios), inputs.scenarios)
    require_same_users(stored.run, _traits(plan.scenarios, inputs, plan.locust_args))
    _require_complete(plan, inputs.targets)
    unbuilt = [failure for failure in stored.run.failures if failure.stage is Stage.BUILD]
    left_s = expected_blocks_s(plan, whole_blocks(plan, stored.trials, unbuilt).blocks)
    with (
        _dependencies(plan, inputs, workforce, left_s) as (scenarios, dependencies, observer),
        _targets(plan, inputs) as targets,
    ):
        resume(folder, targets, scenarios, dependencies, observer)
    return folder


@contextmanager
def _dependencies(
    plan: Plan, inputs: Inputs, workforce: Workforce, blocks_s: tuple[float, ...]
) -> Iterator[tuple[tuple[Scenario, ...], Dependencies, RunObserver]]:
    """Lock the machine, wire the dependencies of a plan, show progress."""
    from harness import console, interrupts
    from harness.analysis.precision import imprecise
    from harness.experiment.environment import plan_cpus
    from harness.experiment.loop import Dependencies
    from harness.experiment.noise import sampling_noise
    from harness.machine_lock import machine_lock
    from harness.manifest import find_one
    from harness.runtime.choice import open_runtime, targets_elsewhere

    cpus = plan_cpus(
        workers=workforce.workers,
        target_cpus=plan.target_cpus,
        generator_cpus=plan.generator_cpus,
        most_cpus=plan.most_cpus,
    )
    runtime_name = RuntimeName(plan.runtime)
    workforce.check(cpus, plan.generator_cpus, targets_elsewhere=targets_elsewhere(runtime_name, workforce.host))
    scenarios = tuple(find_one("scenario", name, inputs.scenarios) for name in plan.scenarios)
    generator = partial(workforce.assemble, spin=not cpus.shared, contracts=plan.contracts, arguments=plan.locust_args)

    def open_noise(driver: LoadGenerator, restraints: Restraints) -> AbstractContextManager[Noise]:
        return sampling_noise(driver.pid, restraints, cpus.targets, cpus.generator)

    done, least = plan.profile.blocks - len(blocks_s), plan.profile.least_blocks
    least_left = None if least is None else max(1, least - done)
    stopping = interrupts.raising("run", "Only finished blocks are stored.")
    waits = (lambda holder: console.tell(f"waiting: {holder}")) if inputs.waits else None
    progress = console.run_progress(blocks_s, least_left, plan.ceiling)
    with machine_lock(waits=waits) as hold_for, stopping, progress as observer:

        def runtime(run_id: str) -> Runtime:
            hold_for(run_id)
            return open_runtime(runtime_name, run_id)

        dependencies = Dependencies(
            runtime,
            generator,
            open_store(inputs.project),
            cpus,
            inputs.project.root,
            workforce.host,
            open_noise,
            imprecise,
            inputs.build_limit_s,
        )
        yield scenarios, dependencies, observer
