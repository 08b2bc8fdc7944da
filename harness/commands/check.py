"""`harness check`: published figures against a stored run."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import Annotated

import typer

from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.errors import FindingError
from harness.project import find_project, open_store


def check(
    figures: Annotated[Path | None, typer.Argument(help="A figures file; without it, the project's own.")] = None,
    *,
    run: Annotated[str | None, typer.Option(help="A run's id or name; without it, the newest complete run.")] = None,
    fail_on: Annotated[str, typer.Option(help="Verdicts that make the exit code 1: several with commas.")] = "",
    as_json: Json = False,
) -> None:
    """Say of each published figure whether it holds."""
    from harness import console
    from harness.analysis.summary import summarise
    from harness.documents import as_json as plain
    from harness.figures.document import check_document, totals
    from harness.figures.judge import judge
    from harness.figures.published import Verdict
    from harness.manifest import find_all, load_targets
    from harness.wiring import figures_of

    fatal = find_all("verdict", fail_on, [verdict.value for verdict in Verdict]) if fail_on else []
    project = find_project()
    _, stored = open_store(project).load(run)
    published = figures_of(project, figures, load_targets(project))
    judged = [judge(published, summarise(stored))]
    if as_json:
        console.print_json(plain(check_document(judged, stored.run.id)))
    else:
        console.show_check(judged, stored.run.id)
    _raise_findings(totals(judged), fatal, published.path)


def _raise_findings(counted: dict[str, int], fatal: list[str], path: Path) -> None:
    if set(counted) <= {"not_measured", "contradicted"}:
        raise FindingError(
            "the check evaluated nothing",
            where=str(path),
            cause="the run measured none of its figures",
            remedy="Run a profile that measures their metrics.",
        )
    found = {verdict: counted[verdict] for verdict in fatal if verdict in counted}
    if found:
        counts = ", ".join(f"{count} {verdict}" for verdict, count in found.items())
        raise FindingError(
            "published figures do not hold", where=str(path), cause=counts, remedy="See the reasons above."
        )
