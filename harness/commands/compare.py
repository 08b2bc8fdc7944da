"""`harness compare`: the differences between two stored runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.errors import FindingError, UsageError
from harness.project import find_project, open_store

if TYPE_CHECKING:
    from harness.model import Run


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
    from harness.analysis.between import compare_runs, failed_thresholds, read_thresholds
    from harness.analysis.summary import summarise
    from harness.documents import as_json as plain
    from harness.documents import compare_document
    from harness.model import environment_differences

    thresholds = read_thresholds(fail_on) if fail_on else ()
    store = open_store(find_project())
    summaries = {word: summarise(store.load(word)[1]) for word in dict.fromkeys((run_a, run_b))}
    a, b = summaries[run_a], summaries[run_b]
    if not any_machine:
        _require_same_setup(a.run, b.run)
    comparisons, differences = compare_runs(a, b), environment_differences(a.run.environment, b.run.environment)
    failures = failed_thresholds(thresholds, a, b)
    ids = a.run.id, b.run.id
    if as_json:
        console.print_json(plain(compare_document(ids, comparisons, differences, failures)))
    else:
        console.show_compare(ids, comparisons, differences)
    _raise_changes(ids, failures, is_empty=not comparisons)


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


def _raise_changes(ids: tuple[str, str], failures: tuple[str, ...], *, is_empty: bool) -> None:
    where = " and ".join(ids)
    if failures:
        raise FindingError(
            "a threshold does not hold", where=where, cause="; ".join(failures), remedy="See the ratios above."
        )
    if is_empty:
        raise FindingError(
            "the comparison evaluated nothing",
            where=where,
            cause="no metric has numbers in both runs",
            remedy="Compare runs of the same targets and profile.",
        )
