"""`harness run`: the measurement of targets, stored as a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.errors import UsageError
from harness.runtime.choice import RuntimeName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.measure.block import BlockPlan
    from harness.model import Plan, StoredRun

_PLAN_OPTIONS = ("profile", "target", "scenario", "runtime", "seed", "cold_page_cache", "dry_run")


def run(  # noqa: PLR0913 - the options of a command are its parameters
    ctx: typer.Context,
    *,
    profile: Annotated[str, typer.Option(help="How thoroughly to measure: smoke, quick or full.")] = "quick",
    target: Annotated[
        list[str] | None,
        typer.Option(help="TARGET[:VARIANT], separated by commas, the reference first; default: the project's."),
    ] = None,
    scenario: Annotated[
        list[str] | None, typer.Option(help="Scenarios, separated by commas; the first is the headline scenario.")
    ] = None,
    runtime: Annotated[RuntimeName, typer.Option(help="The runtime that starts the targets.")] = RuntimeName.AUTO,
    seed: Annotated[int | None, typer.Option(help="The seed of all random choices; default: a random one.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="The number of processes that drive the load.")] = 1,
    workers_expected: Annotated[
        int | None, typer.Option(min=1, help="The number of workers to wait for, started by harness worker.")
    ] = None,
    master_bind: Annotated[str, typer.Option(metavar="HOST:PORT", help="The address for workers.")] = "127.0.0.1:5557",
    target_host: Annotated[str, typer.Option(help="The address of this machine that targets listen on.")] = "127.0.0.1",
    cold_page_cache: Annotated[
        bool, typer.Option("--cold-page-cache", help="Also time starts from the disk; drops the page cache, as root.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and measure nothing.")] = False,
    resume: Annotated[str | None, typer.Option(metavar="RUN", help="Complete this interrupted run.")] = None,
    as_json: Json = False,
) -> None:
    """Measure the targets, store the run and print its results."""
    from harness import console
    from harness.experiment.workforce import Workforce
    from harness.wiring import measure, plan_run, read_inputs, resume_run, setup_differences_of

    if dry_run and as_json:
        cause = "a plan has no JSON document"
        raise UsageError("--dry-run can't be combined with --json", where="run", cause=cause, remedy="Drop one.")
    workforce = Workforce(
        workers_expected or workers, master_bind if workers_expected else None, target_host, console.tell
    )
    if resume is not None:
        _refuse_plan_options(ctx)
        folder = resume_run(resume, read_inputs(), workforce)
    else:
        inputs = read_inputs()
        plan = plan_run(
            inputs,
            profile=profile,
            targets=target or [],
            scenarios=scenario or [],
            seed=seed,
            runtime=runtime,
            cold_page_cache=cold_page_cache,
        )
        differences = setup_differences_of(plan, inputs)
        if dry_run:
            _show_plan(plan, differences)
            return
        for line in differences:
            console.tell(f"warning: {line}")
        folder = measure(plan, inputs, workforce)
    _show_results(folder.load(), as_json=as_json)


def _refuse_plan_options(ctx: typer.Context) -> None:
    sources = {name: ctx.get_parameter_source(name) for name in _PLAN_OPTIONS}
    given = [name for name, source in sources.items() if source is not None and source.name != "DEFAULT"]
    if given:
        raise UsageError(
            "the plan of a stored run can't be changed",
            where=" ".join(f"--{name.replace('_', '-')}" for name in given),
            cause="a resumed run keeps its plan",
            remedy="Drop this option, or start a new run without --resume.",
        )


def _show_results(stored: StoredRun, *, as_json: bool) -> None:
    """Print the results of a run, then raise the error that makes it invalid."""
    from harness import console
    from harness.analysis.summary import summarise
    from harness.documents import as_json as plain
    from harness.documents import run_document
    from harness.experiment.outcome import invalidity

    summary = summarise(stored)
    if as_json:
        console.print_json(plain(run_document(summary)))
    else:
        console.show_summary(summary)
    error = invalidity(stored)
    if error:
        raise error


def _show_plan(plan: Plan, differences: tuple[str, ...]) -> None:
    from harness import console
    from harness.experiment.plan import block_plan, expected_s

    profile = plan.profile
    console.say(f"{profile.name}: {profile.summary}")
    console.say(f"targets {console.subject_words(plan.subjects)}; runtime {plan.runtime}; seed {plan.seed}")
    least_s = f"{expected_s(plan, end=profile.least_blocks):.0f} to " if profile.least_blocks else ""
    console.say(f"about {least_s}{expected_s(plan):.0f} s, without builds")
    for number, order in enumerate(plan.orders):
        loads = "; ".join(_loads(block_plan(plan, number)))
        console.say(f"block {number + 1}: starts {console.subject_words(order)}; {loads}")
    for line in differences:
        console.say(f"warning: {line}")


def _loads(block: BlockPlan) -> Iterator[str]:
    yield from (f"{batch.title}: {len(batch.slices)} slices" for batch in block.batches)
    yield from (f"{own.title}: {len(own.subjects)} slices" for own in block.own_rates)
    yield from (f"{search.scenario}, a search for {search.limit.value}" for search in block.searches)
