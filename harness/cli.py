"""The commands: each reads like its own table of contents, and prints through `console`.

Exit codes: 0 fine, 1 a finding, 2 wrong use, 3 this machine can't, 4 a target failed, 5 not valid, 130/143 interrupted.
What only some commands need (the engine's client, scipy, pandas, matplotlib) is imported inside them, so that
`harness --help` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from harness import __version__, interrupts, reading
from harness.assembly import find_project, measure, plan_run, results_folder, setup_differences_of, summary_of, take_up
from harness.errors import FindingError, HarnessError, UsageError
from harness.reading import Json  # noqa: TC001 - typer reads it at run time
from harness.runtime.choice import RuntimeName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.measure.block import BlockPlan
    from harness.model import Plan


class Commands(TyperGroup):
    """All commands; when whoever reads their output has gone, they end with the exit code of SIGPIPE."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # noqa: ANN401 - as it is declared there
        """Run the command; typer would take a closed pipe for a finding."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(128 + signal.SIGPIPE) from error
        return result


app = typer.Typer(
    name="harness",
    cls=Commands,
    help="Live benchmarks of web frameworks: measured figures with error bars, and a verdict on the published ones.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def root(*, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Live benchmarks of web frameworks."""
    if version:
        typer.echo(f"harness {__version__}")
        raise typer.Exit


app.command("list")(reading.list_)


@app.command()
def doctor(*, as_json: Json = False) -> None:
    """Say what this machine can do, and what to do about what it can't."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.experiment.doctor import document_of, examine, incapacity

    project = find_project()
    with interrupts.raising():
        findings = examine(project, results_folder(project))
    if as_json:
        console.print_json(plain(document_of(findings)))
    else:
        console.show_doctor(document_of(findings))
    problem = incapacity(findings)
    if problem:
        raise problem


@app.command()
def build(
    *,
    target: Annotated[list[str] | None, typer.Option(help="A target; may be given several times.")] = None,
    runtime: Annotated[RuntimeName, typer.Option(help="What will start the targets.")] = RuntimeName.AUTO,
) -> None:
    """Build the targets."""
    from harness import console
    from harness.experiment.loop import new_id
    from harness.manifest import find_subjects, load_targets
    from harness.runtime.choice import choose, open_runtime

    targets = load_targets(find_project())
    subjects = find_subjects(target or targets, targets)
    with interrupts.raising(), closing(open_runtime(choose(runtime, console.tell), new_id("build"))) as builder:
        for name in dict.fromkeys(subject.target for subject in subjects):
            image = builder.build(targets[name], console.tell)
            console.say(f"{name} {image.identity}")


@app.command()
def run(  # noqa: PLR0913 - the options of a command are its parameters
    ctx: typer.Context,
    *,
    profile: Annotated[str, typer.Option(help="How thoroughly: smoke, quick or full.")] = "quick",
    target: Annotated[
        list[str] | None, typer.Option(help="TARGET[:VARIANT], several with commas; the first is the reference.")
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
    from harness.documents import as_json as plain
    from harness.documents import run_document
    from harness.experiment.outcome import invalidity
    from harness.experiment.workforce import Workforce

    if dry_run and as_json:
        raise UsageError("can't print a plan", where="--dry-run --json", cause="it is no document", remedy="Drop one.")
    workforce = Workforce(
        workers_expected or workers, master_bind if workers_expected else None, target_host, console.tell
    )
    if resume is not None:
        _refuse_options_of_a_plan(ctx)
        folder = take_up(resume, workforce)
    else:
        plan = plan_run(profile, target or [], scenario or [], seed, runtime, cold_page_cache=cold_page_cache)
        if dry_run:
            _show_plan(plan)
            return
        for line in setup_differences_of(plan):
            console.tell(f"warning: {line}")
        folder = measure(plan, workforce)
    summary = summary_of(folder)
    if as_json:
        console.print_json(plain(run_document(summary)))
    else:
        console.show_summary(summary)
    problem = invalidity(folder.load())
    if problem:
        raise problem


@app.command()
def worker(
    *,
    master: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where a run waits for workers.")],
    cpus: Annotated[str | None, typer.Option(metavar="0,2", help="Its own CPUs; without it, the last.")] = None,
) -> None:
    """Drive load for a run on another machine, until that ends."""
    from harness.experiment.environment import parse_cpus
    from harness.load.joining import join

    with interrupts.raising():
        join(master, parse_cpus(cpus), spin=True)


for command in (reading.report, reading.check, reading.compare):
    app.command()(command)


@app.command()
def clean(
    *,
    images: Annotated[bool, typer.Option("--images", help="Remove the targets' images as well.")] = False,
    as_json: Json = False,
) -> None:
    """End and remove what dead runs left behind; never anything that the harness did not start."""
    from harness import console
    from harness.documents import CleanDocument
    from harness.documents import as_json as plain
    from harness.runtime import cleaning

    done = cleaning.clean(console.tell, images=images)
    if as_json:
        containers, processes, built = map(list, (done.containers, done.processes, done.images))
        console.print_json(plain(CleanDocument(containers=containers, processes=processes, images=built)))
        return
    removed = done.containers + done.processes + done.images
    for name in removed:
        console.say(f"removed {name}")
    if not removed:
        console.say("nothing was left behind")


@app.command()
def selftest(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Rows; without one, all.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Hold the harness against servers whose true behaviour is known."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.experiment.environment import plan_cpus
    from harness.selftest.registry import document_of, find_rows, run_rows
    from harness.selftest.rig import Lab
    from harness.store import machine_lock

    rows = find_rows(names or [])
    lab = Lab(plan_cpus(), find_project())
    with machine_lock() if any(row.live for row in rows) else nullcontext(), interrupts.raising():
        document = document_of(list(run_rows(rows, lab, console.tell)))
    if as_json:
        console.print_json(plain(document))
    else:
        console.show_selftest(document)
    if document.failed:
        failed = ", ".join(row.name for row in document.rows if not row.passed)
        remedy = "Let the machine come to rest and run them again; docs/selftest.md says what each row proves."
        raise FindingError("the self-test failed", where="selftest", cause=failed, remedy=remedy)


app.command()(reading.schema)


_OF_A_PLAN = ("profile", "target", "scenario", "runtime", "seed", "cold_page_cache", "dry_run")


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


def _show_plan(plan: Plan) -> None:
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
    for line in setup_differences_of(plan):
        console.say(f"warning: {line}")


def _loads(block: BlockPlan) -> Iterator[str]:
    yield from (f"{batch.title}: {len(batch.slices)} slices" for batch in block.batches)
    if block.own_rate is not None:
        yield f"{block.own_rate.title}: {len(block.own_rate.draws)} slices"
    yield from (f"{search.scenario}, a search for {search.limit.value}" for search in block.searches)


def main() -> None:
    """Run a command and leave with its exit code; an expected failure is one line, never a traceback."""
    try:
        with interrupts.raising():
            app(prog_name="harness")
    except HarnessError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)
