"""`harness check`: the verdicts of a stored run on published figures."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands.options import Figures, Json  # noqa: TC001 - typer reads them at run time
from harness.errors import FindingError, UsageError
from harness.project import comparisons_of, find_project, missing_figures, open_store, read_figure_sets, read_targets

if TYPE_CHECKING:
    from harness.model import Project, Run


def check(  # noqa: PLR0913 - the options of a command are its parameters
    published: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FIGURES]...", help="Figures files; default: those of the run's targets."),
    ] = None,
    *,
    figures: Figures = None,
    run: Annotated[str | None, typer.Option(help="A run's id or name; default: the newest complete run.")] = None,
    fail_on: Annotated[str, typer.Option(help="Verdicts that make the exit code 1, separated by commas.")] = "",
    verbose: Annotated[bool, typer.Option("--verbose", help="Print the reason of each verdict, too.")] = False,
    as_json: Json = False,
) -> None:
    """Print the verdict of a run on each published figure."""
    from harness import console
    from harness.analysis.summary import summarise
    from harness.documents import as_json as plain
    from harness.figures.document import check_document, totals
    from harness.figures.judge import judge
    from harness.figures.published import Verdict
    from harness.manifest import find_all

    fatal = find_all("verdict", fail_on, [verdict.value for verdict in Verdict]) if fail_on else []
    project = find_project()
    targets = read_targets(project)
    _, stored = open_store(project).load(run)
    paths = [*(published or []), *(figures or [])] or _figures_of(project, stored.run)
    summary = summarise(stored)
    judged = [judge(one, summary, targets) for one in read_figure_sets(paths, targets)]
    document = check_document(judged, stored.run)
    if as_json:
        console.print_json(plain(document))
    else:
        console.show_check(document, verbose=verbose)
    _raise_findings(totals(judged), fatal, ", ".join(map(str, paths)))


def _figures_of(project: Project, run: Run) -> list[Path]:
    """Return the figures files of a run's targets."""
    comparisons = comparisons_of(project, run)
    if not comparisons:
        measured = ", ".join(dict.fromkeys(subject.target for subject in run.plan.subjects))
        raise UsageError(
            "no figures",
            where=f"{project.file}: comparisons",
            cause=f"there is no comparison of this run's targets ({measured})",
            remedy="Name a figures file, or add a comparison of these targets.",
        )
    for comparison in comparisons:
        error = missing_figures(project, comparison)
        if error is not None:
            raise error
    return [project.root / comparison.figures for comparison in comparisons]


def _raise_findings(counted: dict[str, int], fatal: list[str], where: str) -> None:
    if set(counted) <= {"not_measured", "contradicted"}:
        raise FindingError(
            "the check evaluated nothing",
            where=where,
            cause="the run measured none of its figures",
            remedy="Run a profile that measures their metrics.",
        )
    failed = {verdict: counted[verdict] for verdict in fatal if verdict in counted}
    if failed:
        counts = ", ".join(f"{count} {verdict}" for verdict, count in failed.items())
        raise FindingError("published figures do not hold", where=where, cause=counts, remedy="See the reasons above.")
