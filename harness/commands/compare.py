"""`harness compare`: the differences between two stored runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.errors import FindingError, UsageError
from harness.project import find_project, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Run, RunsCompared, Summary
    from harness.store import Store


def compare(
    run_a: Annotated[str, typer.Argument(metavar="RUN_A", help="The base run.")],
    run_b: Annotated[str, typer.Argument(metavar="RUN_B", help="The run that is compared with it.")],
    *,
    fail_on: Annotated[str, typer.Option(help="Changes that make the exit code 1: 'throughput<-5%'.")] = "",
    any_machine: Annotated[
        bool, typer.Option("--any-machine", help="Also compare runs of different machines.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the differences between two stored runs."""
    from harness import console
    from harness.analysis.thresholds import failed_between, read_thresholds
    from harness.documents import as_json as plain
    from harness.documents import compare_document
    from harness.model import environment_differences

    thresholds = read_thresholds(fail_on) if fail_on else ()
    a, b, compared = _compared(open_store(find_project()), (run_a, run_b), any_machine=any_machine)
    differences = environment_differences(a.run.environment, b.run.environment)
    failures = failed_between(thresholds, a, b, compared)
    if as_json:
        console.print_json(plain(compare_document(compared, differences, failures)))
    else:
        console.show_compare(compared, differences)
    _raise_changes(compared, failures)


def _compared(store: Store, words: tuple[str, str], *, any_machine: bool) -> tuple[Summary, Summary, RunsCompared]:
    from harness.analysis.between import compare_runs
    from harness.analysis.run_spread import MachineSpread, machine_spread
    from harness.analysis.summary import summarise

    summaries = {word: summarise(store.load(word)[1]) for word in dict.fromkeys(words)}
    a, b = (summaries[word] for word in words)
    if not any_machine:
        _require_same_setup(a.run, b.run)
    runs = a.run, b.run
    spread = machine_spread(runs, _runs_like(store, runs)) if a.run.id != b.run.id else MachineSpread()
    return a, b, compare_runs(a, b, spread)


def _runs_like(store: Store, compared: tuple[Run, Run]) -> Iterator[Summary]:
    """Yield the newest complete runs with the same conditions as the compared runs."""
    from harness.analysis.between import condition_differences
    from harness.analysis.run_spread import MOST_RUNS
    from harness.analysis.summary import summarise
    from harness.model import RunStatus

    alike = [
        (folder, run)
        for folder, run in store.others(compared)
        if run.status is RunStatus.COMPLETE and not any(condition_differences(one, run) for one in compared)
    ]
    for folder, run in sorted(alike, key=lambda one: one[1].started_at)[-MOST_RUNS:]:
        yield summarise(folder.load(run))


def _require_same_setup(a: Run, b: Run) -> None:
    from harness.analysis.between import condition_differences

    differences = condition_differences(a, b)
    if differences:
        raise UsageError(
            "the runs can't be compared",
            where=f"{a.id}, {b.id}",
            cause="; ".join(f"they differ in {one.key}: {one.a} and {one.b}" for one in differences),
            remedy="Use --any-machine to compare them in spite of this.",
        )


def _raise_changes(compared: RunsCompared, failures: tuple[str, ...]) -> None:
    where = f"{compared.a} and {compared.b}"
    if failures:
        raise FindingError(
            "a threshold does not hold", where=where, cause="; ".join(failures), remedy="See the ratios above."
        )
    if not compared.comparisons:
        raise FindingError(
            "the comparison evaluated nothing",
            where=where,
            cause="no metric has numbers in both runs",
            remedy="Compare runs of the same targets and profile.",
        )
