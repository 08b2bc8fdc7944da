"""`harness report`: the comparison page of a stored run."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.project import find_project, open_store


def report(
    run: Annotated[str | None, typer.Argument(help="A run's id or name; without it, the newest complete run.")] = None,
    *,
    formats: Annotated[str, typer.Option("--format", help="html, md, json, csv, svg: with commas.")] = "html,md",
) -> None:
    """Regenerate the comparison page from a stored run."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.documents import run_document
    from harness.manifest import find_all, load_targets
    from harness.report import Format, Material, render
    from harness.wiring import figures_of, judge_figures, summary_of

    wanted = find_all("format", formats, [one.value for one in Format])
    project = find_project()
    folder = open_store(project).find(run)
    summary = summary_of(folder)
    figures = figures_of(project, None)
    judgements, contradictions = judge_figures(figures, summary)
    material = Material(
        summary=summary,
        stored=folder.load(),
        targets=load_targets(project),
        document=plain(run_document(summary)),
        figures=figures,
        judgements=judgements,
        contradictions=contradictions,
    )
    for path in render(material, folder.report, frozenset(map(Format, wanted))):
        console.say(str(path))
