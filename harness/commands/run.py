"""`harness run`: the measurement of targets, stored as a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer  # noqa: TC002 - typer reads its own annotation at run time

from harness import interrupts
from harness.commands import run_options as options  # noqa: TC001 - typer reads them at run time
from harness.commands.options import BuildTimeout, Json  # noqa: TC001 - typer reads it at run time
from harness.errors import FindingError, UsageError
from harness.runtime.building import LIMIT_S
from harness.runtime.choice import RuntimeName

if TYPE_CHECKING:
    from harness.analysis.thresholds import Threshold
    from harness.experiment.workforce import Workforce
    from harness.model import Plan, Run, StoredRun, Summary
    from harness.store import RunFolder
    from harness.wiring import Inputs

_PLAN_OPTIONS = (
    *("profile", "target", "pair", "scenario", "locust_args", "runtime", "target_cpus", "generator_cpus"),
    *("cold_page_cache", "against"),
)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The options that a stored plan has decided, with the cause and the remedy for one that is given."""

    options: tuple[str, ...]
    why: str
    remedy: str


_RESUMED = _Kept(
    (*_PLAN_OPTIONS, "seed", "dry_run", "like"),
    "a resumed run keeps its plan",
    "Drop this option, or start a new run without --resume.",
)
_LIKE = _Kept(
    _PLAN_OPTIONS,
    "a repetition keeps the plan; only --seed may differ",
    "Drop this option, or start a new run without --like.",
)


def run(  # noqa: PLR0913 - the options of a command are its parameters
    ctx: typer.Context,
    *,
    profile: options.ProfileName = "quick",
    target: options.Targets = None,
    pair: options.Pair = None,
    scenario: options.Scenarios = None,
    locust_args: options.LocustArgs = "",
    runtime: options.Runtime = RuntimeName.AUTO,
    seed: options.Seed = None,
    workers: options.Workers = 1,
    workers_expected: options.WorkersExpected = None,
    master_bind: options.MasterBind = "127.0.0.1:5557",
    target_host: options.TargetHost = "127.0.0.1",
    target_cpus: options.TargetCpus = 1,
    generator_cpus: options.GeneratorCpus = None,
    cold_page_cache: options.ColdPageCache = False,
    against: options.Against = None,
    build_timeout: BuildTimeout = LIMIT_S,
    fail_on: options.FailOn = "",
    dry_run: options.DryRun = False,
    resume: options.Resume = None,
    like: options.Like = None,
    wait: options.Wait = False,
    verbose: options.Verbose = False,
    as_json: Json = False,
) -> None:
    """Measure the targets, store the run and print its results."""
    from harness.wiring import plan_run, read_inputs, resume_run

    thresholds = _thresholds(fail_on, has_revision=bool(against or resume or like))
    _refuse_document(dry_run=dry_run, as_json=as_json)
    workforce = _workforce(workers, workers_expected, master_bind, target_host)
    inputs = read_inputs(build_timeout, waits=wait)
    if resume is not None:
        _refuse_options(ctx, _RESUMED)
        _require_judged(thresholds, _stored_plan(resume, inputs))
        folder: RunFolder | None = resume_run(resume, inputs, workforce)
    elif like is not None:
        _refuse_options(ctx, _LIKE)
        folder = _repeat(like, inputs, seed, workforce, thresholds, has_workers=_has_workers(ctx), dry_run=dry_run)
    else:
        plan = plan_run(
            inputs,
            profile=profile,
            targets=target or [],
            pair=pair,
            scenarios=scenario or [],
            seed=seed,
            runtime=runtime,
            cold_page_cache=cold_page_cache,
            against=against,
            target_cpus=target_cpus,
            generator_cpus=generator_cpus,
            workers=workers,
            locust_args=locust_args,
        )
        folder = _show_plan_or_measure(plan, inputs, workforce, thresholds, dry_run=dry_run)
    if folder is not None:
        _show_results(folder, thresholds, verbose=verbose, as_json=as_json)


def _workforce(workers: int, expected: int | None, bind: str, host: str) -> Workforce:
    """Return the workers of a run: as many of its own, or the expected ones, which reach the run at an address."""
    from harness import console
    from harness.experiment.workforce import Workforce

    return Workforce(expected or workers, bind if expected else None, host, console.tell)


def _refuse_document(*, dry_run: bool, as_json: bool) -> None:
    if dry_run and as_json:
        cause = "a plan has no JSON document"
        raise UsageError("--dry-run can't be combined with --json", where="run", cause=cause, remedy="Drop one.")


def _show_plan_or_measure(  # noqa: PLR0913 - a repetition has one more
    plan: Plan,
    inputs: Inputs,
    workforce: Workforce,
    thresholds: tuple[Threshold, ...],
    *,
    dry_run: bool,
    like: Run | None = None,
) -> RunFolder | None:
    """Measure a plan and return the folder of the run; only print the plan if it is a dry run."""
    from harness import console
    from harness.experiment.plan_words import about_scenarios
    from harness.runtime.choice import obstacle
    from harness.wiring import measure, setup_differences_of

    gates = _require_judged(thresholds, plan)
    differences = setup_differences_of(plan, inputs)
    if dry_run:
        console.show_plan(plan, differences, gates)
        if why := obstacle(RuntimeName(plan.runtime)):
            console.tell(f"warning: this run can't start now: {why}")
        return None
    for line in (*about_scenarios(plan), *gates):
        console.tell(line)
    for line in differences:
        console.tell(f"warning: {line}")
    return measure(plan, inputs, workforce, like)


def _repeat(  # noqa: PLR0913 - the parts of a repetition
    word: str,
    inputs: Inputs,
    seed: int | None,
    workforce: Workforce,
    thresholds: tuple[Threshold, ...],
    *,
    has_workers: bool,
    dry_run: bool,
) -> RunFolder | None:
    """Repeat a stored run, and say before what is not the same here. By default it has as many workers."""
    from harness import console
    from harness.experiment.repetition import stored_workers
    from harness.wiring import repetition

    tell = console.say if dry_run else console.tell
    with repetition(word, inputs, seed) as again:
        run = again.run
        tell(f"like {run.id} of {run.started_at[:10]}, whose seed was {run.plan.seed}")
        for line in (*again.notes, *again.differences):
            tell(line)
        if not has_workers:
            workforce = replace(workforce, workers=stored_workers(run))
        folder = _show_plan_or_measure(again.plan, again.inputs, workforce, thresholds, dry_run=dry_run, like=run)
    if folder is not None:
        tell(f"whether its conclusions hold here: harness compare {word} {folder.path.name}")
    return folder


def _thresholds(text: str, *, has_revision: bool) -> tuple[Threshold, ...]:
    """Return the thresholds of --fail-on; refuse them for a run that has no revision to judge changes from."""
    from harness.analysis.thresholds import read_thresholds

    if not text:
        return ()
    thresholds = read_thresholds(text)
    if not has_revision:
        raise _nothing_to_judge()
    return thresholds


def _stored_plan(word: str, inputs: Inputs) -> Plan:
    from harness.project import open_store

    return open_store(inputs.project).run(word).plan


def _require_judged(thresholds: tuple[Threshold, ...], plan: Plan) -> tuple[str, ...]:
    """Refuse thresholds that no number of a run of this plan can meet; return a line for each other one."""
    from harness.analysis.planned_metrics import about_thresholds, require_compared

    if not thresholds:
        return ()
    if plan.against is None:
        raise _nothing_to_judge()
    require_compared(thresholds, plan)
    return tuple(about_thresholds(thresholds, plan))


def _nothing_to_judge() -> UsageError:
    cause = "thresholds judge the changes from a revision, and the run has none"
    return UsageError(
        "--fail-on needs --against", where="run", cause=cause, remedy="Add --against REV, or use `harness compare A B`."
    )


def _refuse_options(ctx: typer.Context, kept: _Kept) -> None:
    """Refuse the options that a stored plan has decided already."""
    given = [name for name in kept.options if _is_given(ctx, name)]
    if given:
        raise UsageError(
            "the plan of a stored run can't be changed",
            where=" ".join(f"--{name.replace('_', '-')}" for name in given),
            cause=kept.why,
            remedy=kept.remedy,
        )


def _has_workers(ctx: typer.Context) -> bool:
    return _is_given(ctx, "workers") or _is_given(ctx, "workers_expected")


def _is_given(ctx: typer.Context, option: str) -> bool:
    source = ctx.get_parameter_source(option)
    return source is not None and source.name != "DEFAULT"


def _show_results(folder: RunFolder, thresholds: tuple[Threshold, ...], *, verbose: bool, as_json: bool) -> None:
    """Print the results of a run, then raise the error that makes it invalid, or that of failed thresholds."""
    from harness import console
    from harness.analysis.summary import summarise
    from harness.analysis.threshold_cases import threshold_rows
    from harness.documents import as_json as plain
    from harness.documents import run_document
    from harness.experiment.outcome import invalidity
    from harness.report.doubts import Doubt, doubts_of

    with interrupts.raising("run", f"The run is stored: `harness report {folder.path.name}` writes its page."):
        stored = _with_thresholds(folder, thresholds)
        summary = summarise(stored)
        if as_json:
            console.print_json(plain(run_document(summary, judged=threshold_rows(summary))))
        else:
            if noise := doubts_of(stored).get(Doubt.NOISY):
                console.say_wrapped(f"{noise} Don't trust its absolute numbers.")
            console.show_summary(summary, verbose=verbose, report=_nearest_path(folder.report))
    error = invalidity(stored)
    if error:
        raise error
    _judge(summary, thresholds)


def _with_thresholds(folder: RunFolder, thresholds: tuple[Threshold, ...]) -> StoredRun:
    """Return the stored run, after storing its thresholds: its reports show whether they hold."""
    stored = folder.load()
    if thresholds:
        stored = replace(stored, run=replace(stored.run, thresholds=tuple(one.text for one in thresholds)))
        folder.save(stored.run)
    return stored


def _nearest_path(path: Path) -> Path:
    """Return a path from the current folder if it is below that, else the whole path."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _judge(summary: Summary, thresholds: tuple[Threshold, ...]) -> None:
    from harness.analysis.threshold_words import in_words, what_failed
    from harness.analysis.thresholds import evidence_within, failed

    against = summary.run.plan.against
    if against is None:
        return
    failures = failed(thresholds, evidence_within(summary))
    if failures:
        where = f"{against.now} against {against.name}"
        cause = "; ".join(in_words(failures))
        raise FindingError(what_failed(failures), where=where, cause=cause, remedy="See the ratios above.")
