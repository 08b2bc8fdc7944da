"""`harness run`: measures the targets and stores the run."""

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

_OF_A_PLAN = ("profile", "target", "scenario", "runtime", "seed", "cold_page_cache", "dry_run")


def run(  # noqa: PLR0913 - the options of a command are its parameters
    ctx: typer.Context,
    *,
    profile: Annotated[str, typer.Option(help="How thoroughly: smoke, quick or full.")] = "quick",
    target: Annotated[
        list[str] | None,
        typer.Option(help="TARGET[:VARIANT], several with commas, the reference first; without it, the project's."),
    ] = None,
    scenario: Annotated[
        list[str] | None, typer.Option(help="A scenario, several with commas; the first is the headline.")
    ] = None,
    runtime: Annotated[RuntimeName, typer.Option(help="What starts the targets.")] = RuntimeName.AUTO,
    seed: Annotated[int | None, typer.Option(help="Fixes every random choice; drawn and stored without it.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="How many processes drive the load.")] = 1,
    workers_expected: Annotated[
        int | None, typer.Option(min=1, help="How many join instead, by harness worker.")
    ] = None,
    master_bind: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where they join.")] = "127.0.0.1:5557",
    target_host: Annotated[str, typer.Option(help="The address of this machine that targets listen on.")] = "127.0.0.1",
    cold_page_cache: Annotated[
        bool, typer.Option("--cold-page-cache", help="Also time starts from the disk; drops all caches, as root.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and measure nothing.")] = False,
    resume: Annotated[str | None, typer.Option(metavar="RUN", help="Take an interrupted run up, by its plan.")] = None,
    as_json: Json = False,
) -> None:
    """Measure the targets and store the run."""
    from harness import console
    from harness.experiment.workforce import Workforce
    from harness.wiring import measure, plan_run, read_inputs, setup_differences_of, take_up

    if dry_run and as_json:
        raise UsageError("can't print a plan", where="--dry-run --json", cause="it is no document", remedy="Drop one.")
    workforce = Workforce(
        workers_expected or workers, master_bind if workers_expected else None, target_host, console.tell
    )
    if resume is not None:
        _refuse_options_of_a_plan(ctx)
        folder = take_up(resume, read_inputs(), workforce)
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


def _refuse_options_of_a_plan(ctx: typer.Context) -> None:
    sources = {name: ctx.get_parameter_source(name) for name in _OF_A_PLAN}
    given = [name for name, source in sources.items() if source is not None and source.name != "DEFAULT"]
    if given:
        raise UsageError(
            "can't plan what is planned",
            where=" ".join(f"--{name.replace('_', '-')}" for name in given),
            cause="a run that is taken up keeps its plan",
            remedy="Drop it, or measure anew without --resume.",
        )


def _show_results(stored: StoredRun, *, as_json: bool) -> None:
    """Print what a run measured; raise what makes it invalid."""
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
    problem = invalidity(stored)
    if problem:
        raise problem


def _show_plan(plan: Plan, differences: tuple[str, ...]) -> None:
    from harness import console
    from harness.experiment.plan import block_plan, expected_s

    profile = plan.profile
    console.say(f"{profile.name}: {profile.summary}")
    console.say(f"targets {console.subject_words(plan.subjects)}; runtime {plan.runtime}; seed {plan.seed}")
    least_s = f"{expected_s(plan, end=profile.least_blocks):.0f} to " if profile.least_blocks else ""
    console.say(f"about {least_s}{expected_s(plan):.0f} s, builds not counted")
    for number, order in enumerate(plan.orders):
        loads = "; ".join(_loads(block_plan(plan, number)))
        console.say(f"block {number + 1}: starts {console.subject_words(order)}; {loads}")
    for line in differences:
        console.say(f"warning: {line}")


def _loads(block: BlockPlan) -> Iterator[str]:
    yield from (f"{batch.title}: {len(batch.slices)} slices" for batch in block.batches)
    if block.own_rate is not None:
        yield f"{block.own_rate.title}: {len(block.own_rate.draws)} slices"
    yield from (f"{search.scenario}, a search for {search.limit.value}" for search in block.searches)
