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
    from harness.analysis.summary import summarise
    from harness.documents import as_json as plain
    from harness.documents import run_document
    from harness.figures.judge import judge
    from harness.manifest import find_all, load_targets
    from harness.report import Format, Material, render
    from harness.wiring import figures_of

    wanted = find_all("format", formats, [one.value for one in Format])
    project = find_project()
    targets = load_targets(project)
    folder, stored = open_store(project).load(run)
    summary = summarise(stored)
    judged = judge(figures_of(project, None, targets), summary)
    material = Material(summary, stored, targets, plain(run_document(summary)), (judged,))
    for path in render(material, folder.report, frozenset(map(Format, wanted))):
        console.say(str(path))
