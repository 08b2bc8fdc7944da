"""The commands that read: what there is, what a stored run says, and the shapes of documents. None of them measures.

`cli` makes commands of them. What only some need is imported inside them, for the reason that it gives.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from harness.assembly import (
    figures_of,
    find_project,
    judge_figures,
    open_store,
    require_known,
    split_words,
    summary_of,
)
from harness.errors import FindingError, UsageError

if TYPE_CHECKING:
    from harness.model import Run

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


def list_(*, as_json: Json = False) -> None:
    """Show targets and variants, scenarios, profiles and stored runs."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.documents import list_document
    from harness.manifest import load_profiles, load_scenarios, load_targets

    project = find_project()
    runs = open_store(project).runs()
    targets, scenarios = load_targets(project), load_scenarios(project)
    document = list_document(targets.values(), scenarios.values(), load_profiles().values(), runs)
    if as_json:
        console.print_json(plain(document))
        return
    variants = [(f"{t.name}:{v['name']}", v["class"], v["summary"]) for t in document.targets for v in t.variants]
    console.show_rows("targets", variants)
    console.show_rows("\nscenarios", [(s.name, s.summary) for s in document.scenarios])
    console.show_rows("\nprofiles", [(p.name, p.summary) for p in document.profiles])
    console.show_rows("\nruns", [(r.name, r.status.value, r.profile, r.started_at) for r in document.runs])


def report(
    run: Annotated[str | None, typer.Argument(help="A run's id or name; without it, the newest complete run.")] = None,
    *,
    formats: Annotated[str, typer.Option("--format", help="html, md, json, csv: several with commas.")] = "html,md",
) -> None:
    """Regenerate the comparison page from a stored run."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.documents import run_document
    from harness.manifest import load_targets
    from harness.report import Format, Material, render

    wanted = split_words("format", formats, [one.value for one in Format])
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


def check(
    figures: Annotated[Path | None, typer.Argument(help="A figures file; without it, the project's own.")] = None,
    *,
    run: Annotated[str | None, typer.Option(help="A run's id or name; without it, the newest complete run.")] = None,
    fail_on: Annotated[str, typer.Option(help="Verdicts that make the exit code 1: several with commas.")] = "",
    as_json: Json = False,
) -> None:
    """Say of each published figure whether it holds."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.figures.document import check_document, totals
    from harness.figures.published import Verdict

    fatal = split_words("verdict", fail_on, [verdict.value for verdict in Verdict]) if fail_on else []
    project = find_project()
    summary = summary_of(open_store(project).find(run))
    published = figures_of(project, figures)
    judgements, contradictions = judge_figures(published, summary)
    if as_json:
        console.print_json(plain(check_document(published, judgements, contradictions, summary.run.id)))
    else:
        console.show_check(judgements, contradictions, summary.run.id)
    _raise_findings(totals(judgements), fatal, published.path)


def compare(
    run_a: Annotated[str, typer.Argument(metavar="RUN_A", help="The run that is compared with.")],
    run_b: Annotated[str, typer.Argument(metavar="RUN_B", help="The run that is compared.")],
    *,
    fail_on: Annotated[str, typer.Option(help="Changes that make the exit code 1, as in 'throughput<-5%'.")] = "",
    any_machine: Annotated[bool, typer.Option("--any-machine", help="Compare what is not alike, too.")] = False,
    as_json: Json = False,
) -> None:
    """Set one run over another, and say what has changed."""
    from harness import console
    from harness.analysis.between import compare_runs, failed_thresholds, read_thresholds
    from harness.documents import as_json as plain
    from harness.documents import compare_document
    from harness.model import environment_differences

    thresholds = read_thresholds(fail_on) if fail_on else ()
    store = open_store(find_project())
    a, b = summary_of(store.find(run_a)), summary_of(store.find(run_b))
    if not any_machine:
        _require_alike(a.run, b.run)
    comparisons, differences = compare_runs(a, b), environment_differences(a.run.environment, b.run.environment)
    failures = failed_thresholds(thresholds, a, b)
    ids = a.run.id, b.run.id
    if as_json:
        console.print_json(plain(compare_document(ids, comparisons, differences, failures)))
    else:
        console.show_compare(ids, comparisons, differences)
    _raise_changes(ids, failures, is_empty=not comparisons)


def schema(name: Annotated[str, typer.Argument(help="run, check, compare, list, clean, doctor or selftest.")]) -> None:
    """Print the JSON Schema of a document."""
    from harness import console
    from harness.documents import DOCUMENTS, schema_of

    require_known("document", name, DOCUMENTS)
    console.print_json(schema_of(name))


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


def _require_alike(a: Run, b: Run) -> None:
    from harness.analysis.between import unlike

    found = unlike(a, b)
    if found:
        raise UsageError(
            "the runs are not alike",
            where=f"{a.id}, {b.id}",
            cause="; ".join(f"{one.key}: {one.a} and {one.b}" for one in found),
            remedy="--any-machine compares them all the same.",
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
