"""`harness explain`: the measured conditions under which a published figure would hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands.options import Figures, Json  # noqa: TC001 - typer reads them at run time
from harness.errors import UsageError
from harness.project import find_project, open_store, read_figure_sets, read_targets

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model import Project, Summary
    from harness.store import Store

_PROFILE = "conditions"


def explain(
    figure: Annotated[
        str, typer.Argument(help="A figure's id, the end of its id, or its target and text: 'flask_app 30,000 req/s'.")
    ],
    *,
    figures: Figures = None,
    run: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RUN",
            help="A run's id or name; may be given several times. Default: the newest complete run, and the newest of "
            "profile conditions.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print under which measured conditions a published figure would hold."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.figures.explain import explain as explained
    from harness.figures.explain_document import explain_document
    from harness.figures.lookup import find_figure

    project = find_project()
    targets = read_targets(project)
    found, source = find_figure(figure, read_figure_sets(figures or _figures_of(project), targets))
    summaries = _summaries(open_store(project), run)
    document = explain_document(explained(found, tuple(summaries.values()), targets), source, tuple(summaries), targets)
    if as_json:
        console.print_json(plain(document))
    else:
        console.show_explanation(document)


def _figures_of(project: Project) -> list[Path]:
    """Return all figures files of a project that exist."""
    paths = dict.fromkeys(project.root / comparison.figures for comparison in project.comparisons)
    existing = [path for path in paths if path.is_file()]
    if not existing:
        raise UsageError(
            "no figures",
            where=f"{project.file}: comparisons",
            cause="no comparison has a figures file",
            remedy="Name one: --figures FILE.",
        )
    return existing


def _summaries(store: Store, words: list[str] | None) -> dict[str, Summary]:
    """Return the named runs by name; without names the newest complete run, and the newest one of many conditions."""
    from harness.analysis.summary import summarise

    loaded = [store.load(word) for word in dict.fromkeys(words)] if words else store.load_newest(_PROFILE)
    return {folder.path.name: summarise(stored) for folder, stored in loaded}
