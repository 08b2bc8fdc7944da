"""`harness explain`: the measured conditions under which a published figure would hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands import completion
from harness.commands.options import Figures, Json  # noqa: TC001 - typer reads them at run time
from harness.errors import UsageError, refuse_doubles
from harness.project import find_project, open_store, pairs_for, read_figure_sets, read_targets, tell_of_thorough

if TYPE_CHECKING:
    from pathlib import Path

    from harness.figures.published import FigureSet
    from harness.model import Project, StoredRun, Summary
    from harness.store import RunFolder, Store

_PROFILE = "conditions"


def explain(
    figure: Annotated[
        str,
        typer.Argument(
            metavar="FIGURE",
            help="A figure of a figures file: its id or a part of it, its text, or target and text: "
            "'flask_app 30,000 req/s'.",
        ),
    ],
    *,
    figures: Figures = None,
    run: Annotated[
        list[str] | None,
        typer.Option(
            autocompletion=completion.runs,
            metavar="RUN",
            help="A run's id or name; may be given several times. Default: the newest complete run, and the newest of "
            "profile conditions on the same machine.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the measured conditions under which a figure would hold."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.figures.explain import explain as explained
    from harness.figures.explain_document import explain_document
    from harness.figures.lookup import find_figure
    from harness.manifest import require_manifests

    refuse_doubles("file", ((str(path), path.resolve()) for path in figures or []))
    project = find_project()
    targets = read_targets(project)
    found, source = find_figure(figure, read_figure_sets(figures or _figures_of(project), targets))
    require_manifests([found.target], project.root, targets)
    summaries = _summaries(open_store(project), run, source)
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


def _summaries(store: Store, words: list[str] | None, source: FigureSet) -> dict[str, Summary]:
    """Return the named runs by name; without names the newest complete run, and the newest sweep of its machine."""
    from harness.analysis.summary import summarise_each

    loaded = [store.load(word) for word in words] if words else _newest(store)
    refuse_doubles("run", ((word, folder.path) for word, (folder, _) in zip(words or [], loaded, strict=False)))
    pairs = [(folder.path.name, stored, pairs_for(stored.run.plan, [source])) for folder, stored in loaded]
    return {name: summarise_each(stored, [needed])[0] for name, stored, needed in pairs}


def _newest(store: Store) -> list[tuple[RunFolder, StoredRun]]:
    """Return the newest complete run, and the newest one of profile conditions if it is of the same machine."""
    from harness import console
    from harness.analysis.between import is_same_machine
    from harness.figures.reasons import known_cpu_of
    from harness.newest import newest_run

    runs = store.runs()
    newest, stored = newest_run(store, runs)
    tell_of_thorough(runs, newest.path.name)
    swept = store.newest_of(_PROFILE, runs)
    of_here = [(folder, run) for folder, run in swept if is_same_machine(run, stored.run)]
    if swept and not of_here:
        (folder, run), *_ = swept
        console.tell(
            f"left out: {folder.path.name}, of another machine ({known_cpu_of(run)}) than {newest.path.name}; "
            f"--run {newest.path.name} --run {folder.path.name} adds it"
        )
    beside = [(folder, folder.load(run)) for folder, run in of_here[:1] if folder.path != newest.path]
    return [(newest, stored), *beside]
