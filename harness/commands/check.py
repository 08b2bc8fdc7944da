"""`harness check`: the verdicts of a stored run on published figures, and the contradictions within result files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands import completion
from harness.commands.options import Figures, Json, Language  # noqa: TC001 - typer reads them at run time
from harness.errors import FindingError, UsageError, refuse_doubles
from harness.project import (
    comparisons_of,
    find_project,
    load_run,
    missing_figures,
    open_store,
    pairs_for,
    read_figure_sets,
    targets_of_run,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.documents import CheckDocument, FigureRow
    from harness.figures.published import JudgedFigures
    from harness.model import Project, Run, Target

    _Key = tuple[str, str]
    """Source and id of a figure."""

_MOST_NAMES = 5
_FAIL_ON = (  # in words here: the enum is imported when the command runs
    "Verdicts that make the exit code 1, separated by commas, of: confirmed, refuted, not_reproduced, contradicted, "
    "inconclusive, not_comparable, not_measured."
)


def check(  # noqa: PLR0913 - the options of a command are its parameters
    published: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE",
            help="Figures files, saved pages, or result files of a benchmark; default: the figures files of the run's "
            "targets.",
        ),
    ] = None,
    *,
    figures: Figures = None,
    run: Annotated[
        str | None,
        typer.Option(
            autocompletion=completion.runs, metavar="RUN", help="A run's id or name; default: the newest complete run."
        ),
    ] = None,
    fail_on: Annotated[str, typer.Option(metavar="VERDICTS", help=_FAIL_ON)] = "",
    baseline: Annotated[
        str | None,
        typer.Option(
            autocompletion=completion.runs,
            metavar="RUN",
            help="With --fail-on: ignore the figures that also fail in this stored run.",
        ),
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Ask public services for stars and downloads; keep answers for a day.")
    ] = False,
    language: Language = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Also print the reason of each verdict.")] = False,
    as_json: Json = False,
) -> None:
    """Print the verdict of a run on each published figure.

    It also prints the contradictions within a page.

    A result file in JSON (TechEmpower, HttpArena, the-benchmarker, k6, oha, our own run.json and others) is checked
    for contradictions, such as rows that break Little's law: `harness check results.json`. It needs no run.
    """
    from harness import console
    from harness.documents import as_json as plain
    from harness.figures.audit import audit_file, with_audits
    from harness.manifest import find_all
    from harness.model import Verdict

    fatal = find_all("verdict", fail_on, [verdict.value for verdict in Verdict]) if fail_on else []
    _require_verdicts(baseline, fatal)
    results, pages = _results_and_pages(published or [], figures or [])
    document = _without_figures(run) if results and not pages else _judged(pages, run, language, online=online)
    document = with_audits(document, list(map(audit_file, results)))
    known = _failing(_judged(pages, baseline, language, online=False), fatal) if baseline is not None else frozenset()
    if as_json:
        console.print_json(plain(document))
    else:
        console.show_check(document, verbose=verbose)
    where = ", ".join(map(str, [*pages, *results])) or "the figures of the run's targets"
    _raise_findings(document, fatal, where, known, verbose=verbose or as_json)


def _results_and_pages(published: list[Path], figures: list[Path]) -> tuple[list[Path], list[Path]]:
    """Return the result files among the named ones, and the files of figures.

    Raises:
        UsageError: One is the address of a page, or is named twice.
    """
    from harness.figures.addresses import refuse_address
    from harness.figures.audit import looks_like_results

    for path in published:
        refuse_address(path)
    refuse_doubles("file", ((str(path), path.resolve()) for path in [*published, *figures]))
    results = [path for path in published if looks_like_results(path)]
    return results, [*(path for path in published if path not in results), *figures]


def _require_verdicts(baseline: str | None, fatal: list[str]) -> None:
    if baseline is not None and not fatal:
        raise UsageError(
            "--baseline needs --fail-on",
            where=f"--baseline {baseline}",
            cause="no verdict fails this check",
            remedy="Add --fail-on refuted,contradicted.",
        )


def _without_figures(run: str | None) -> CheckDocument:
    """Return the document of a check without figures; of a run only if one is named."""
    from harness.documents import CheckDocument
    from harness.figures.document import check_document

    if run is None:
        return CheckDocument(run=None, here=None, figures=[], contradictions=[], totals={})
    _, stored = open_store(find_project()).load(run)
    return check_document([], stored.run)


def _judged(paths: list[Path], run: str | None, language: str | None, *, online: bool) -> CheckDocument:
    """Return the document of a run's verdicts on figures files; by default on those of its targets.

    Args:
        paths: The figures files.
        run: The run's id or name.
        language: The code of the language of saved pages; None for the one that each declares.
        online: Whether public services are asked for the facts that no run can measure.
    """
    from harness.analysis.summary import summarise_each
    from harness.figures.cautions import cautions
    from harness.figures.document import check_document
    from harness.figures.judge import judge

    project = find_project()
    _, stored = load_run(project, run)
    targets = targets_of_run(project, stored.run)
    published = read_figure_sets(paths or _figures_of(project, stored.run), targets, language)
    [summary] = summarise_each(stored, [pairs_for(stored.run.plan, published)])
    judged = [judge(one, summary, targets) for one in published]
    return check_document(_answered_online(judged, targets) if online else judged, stored.run, cautions(stored))


def _answered_online(judged: Sequence[JudgedFigures], targets: Mapping[str, Target]) -> Sequence[JudgedFigures]:
    from harness.figures.online.asking import Asker, online_client
    from harness.figures.online.verdicts import with_answers
    from harness.runtime.cache import cache_folder

    with online_client(cache_folder()) as (client, storage):
        asker = Asker(client, storage)
        answered = with_answers(judged, targets, asker.ask)
    _tell_of_services(judged, asker.unreached)
    return answered


def _tell_of_services(judged: Sequence[JudgedFigures], unreached: Sequence[str]) -> None:
    """Print what --online could not do: services that were not reached, or no figure to ask about."""
    from harness import console
    from harness.metrics.words import enumeration

    if unreached:
        console.tell(f"could not reach {enumeration(unreached)}: their figures are not measured.")
    elif not any(figure.online for one in judged for figure in one.source.figures):
        console.tell("--online asked nothing: no figure here is an online fact, such as stars or downloads.")


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


def _failing(document: CheckDocument, fatal: list[str]) -> frozenset[_Key]:
    """Return the keys of the figures with a verdict that fails."""
    return frozenset(_key(row) for row in document.figures if row.verdict in fatal)


def _key(row: FigureRow) -> _Key:
    return row.source, row.id


def _raise_findings(
    document: CheckDocument, fatal: list[str], where: str, known: frozenset[_Key], *, verbose: bool
) -> None:
    """Raise the finding that fails a check: nothing was evaluated, or a verdict that the user named occurs.

    The contradictions of result files count as contradicted.

    Args:
        document: The verdicts.
        fatal: The verdicts that fail.
        where: What was checked, in words.
        known: The figures that may have such a verdict.
        verbose: Whether all figures were printed, each with its reason.
    """
    if not document.files and set(document.totals) <= {"not_measured", "contradicted"}:
        raise FindingError(
            "the check evaluated nothing",
            where=where,
            cause="the run measured none of its figures",
            remedy="Run a profile that measures their metrics.",
        )
    failing = [row for row in document.figures if row.verdict in fatal and _key(row) not in known]
    counted = Counter(row.verdict.value for row in failing)
    if document.files and document.contradictions:
        counted["contradicted"] += len(document.contradictions)
    failed = [f"{counted[verdict]} {verdict}" for verdict in fatal if counted[verdict]]
    if failed:
        names = f": {', '.join(row.id for row in failing[:_MOST_NAMES])}" if known else ""
        cause = f"{', '.join(failed)}{names}{', ...' if names and len(failing) > _MOST_NAMES else ''}"
        raise FindingError(
            "published figures do not hold", where=where, cause=cause, remedy=_remedy(failing, verbose=verbose)
        )


def _remedy(failing: Sequence[FigureRow], *, verbose: bool) -> str:
    """Return where the figures that fail a check stand: in the output, as far as it has them."""
    if verbose or not failing:
        return f"The output lists them{', each with its reason' if failing else ''}."
    if any(row.verdict == "not_measured" for row in failing):
        return "--verbose prints all of them, and why."
    return "They are listed above; --verbose prints why."
