"""`harness compare`: the differences between two stored runs, and whether the conclusions of the first hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands import completion
from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.errors import FindingError, UsageError
from harness.project import existing_figures, find_project, known_targets, measured_in, open_store, read_figure_sets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.analysis.threshold_cases import ThresholdCase
    from harness.analysis.threshold_words import Breach
    from harness.analysis.thresholds import FailOn
    from harness.model import Conclusion, Project, Run, RunsCompared, Summary, Target
    from harness.store import Store

_MOST_NAMED = 3  # targets of one run only
_FailOn = Annotated[
    str,
    typer.Option(
        metavar="CHANGES",
        help="Findings that make the exit code 1, separated by commas: changes ('throughput<-5%'), 'reversed' for "
        "conclusions, 'gone' for targets of RUN_A only, 'new' for targets of RUN_B only. A change also fails "
        "for a target that is gone, because it can't be judged there.",
    ),
]
_AcceptGone = Annotated[
    bool, typer.Option("--accept-gone", help="Judge changes of the other targets if a target of RUN_A is gone.")
]
_AnyMachine = Annotated[bool, typer.Option("--any-machine", help="Also compare runs of different machines.")]
_Verbose = Annotated[bool, typer.Option("--verbose", help="Print each change, conclusion and difference.")]
_Output = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Also write the findings of --fail-on as junit.xml, harness.sarif, github/annotations.txt and "
        "gitlab/code-quality.json: a case for each change and target.",
    ),
]


def compare(  # noqa: PLR0913 - the options of a command are its parameters
    run_a: Annotated[str, typer.Argument(autocompletion=completion.runs, metavar="RUN_A", help="The base run.")],
    run_b: Annotated[
        str, typer.Argument(autocompletion=completion.runs, metavar="RUN_B", help="The run that is compared with it.")
    ],
    *,
    fail_on: _FailOn = "",
    accept_gone: _AcceptGone = False,
    output: _Output = None,
    any_machine: _AnyMachine = False,
    verbose: _Verbose = False,
    as_json: Json = False,
) -> None:
    """Print the differences between two stored runs.

    It also prints whether each conclusion of the first run holds in the second.
    """
    from harness import console
    from harness.analysis.between import condition_differences
    from harness.analysis.conclusion_words import reversals
    from harness.analysis.headlines import followed_headlines
    from harness.analysis.planned_metrics import require_named
    from harness.analysis.threshold_cases import cases_between
    from harness.analysis.thresholds import evidence_between, failed, held, of_one_run_only, read_fail_on
    from harness.documents import as_json as plain
    from harness.documents import compare_document
    from harness.model import environment_differences

    wanted = read_fail_on(fail_on, accepts_gone=accept_gone)
    project = find_project()
    a, b, compared = _compared(open_store(project), (run_a, run_b), any_machine=any_machine)
    require_named(wanted.thresholds, {one.metric for summary in (a, b) for one in summary.results})
    differences = environment_differences(a.run.environment, b.run.environment)
    unlike = condition_differences(a.run, b.run)
    found = _conclusions(project, a, b)
    evidence = evidence_between(a, b, compared)
    failures = (*of_one_run_only(wanted, compared), *failed(wanted.thresholds, evidence))
    reversed_ones = reversals(found) if wanted.reversed else ()
    if output is not None:
        targets = known_targets(project, measured_in(b.run))
        _write_cases(
            output, f"{a.run.id} and {b.run.id}", cases_between(wanted, compared, evidence, reversed_ones), targets
        )
    if as_json:
        reasons = (*(one.text for one in failures), *reversed_ones)
        console.print_json(plain(compare_document(compared, differences, reasons, found, unlike)))
    else:
        shown = console.Found(
            compared=compared,
            headlines=followed_headlines(a) | followed_headlines(b),
            differences=differences,
            conclusions=found,
            unlike=unlike,
            failed=frozenset(str(one.subject) for one in b.run.failures),
            held=tuple(held(wanted.thresholds, failures, evidence)),
            failures=failures,
        )
        console.show_compare(shown, verbose=verbose)
    _raise_findings(wanted, compared, found, failures, reversed_ones)


def _write_cases(folder: Path, group: str, cases: Iterable[ThresholdCase], targets: Mapping[str, Target]) -> None:
    from harness import console
    from harness.durable_files import write_atomically
    from harness.report.exchange.files import gate_files
    from harness.report.exchange.findings import of_cases

    for name, content in gate_files(of_cases(cases, group, targets)):
        write_atomically(folder / name, content, elsewhere="Name another folder with --output.")
        console.tell(str(folder / name))


def _compared(store: Store, words: tuple[str, str], *, any_machine: bool) -> tuple[Summary, Summary, RunsCompared]:
    from harness.analysis.between import compare_runs, condition_differences, is_repetition
    from harness.analysis.run_spread import MachineSpread, machine_spread
    from harness.analysis.summary import summarise

    summaries = {word: summarise(store.load(word)[1]) for word in dict.fromkeys(words)}
    a, b = (summaries[word] for word in words)
    runs = a.run, b.run
    if not is_repetition(*runs):
        _require_same_setup(*runs, any_machine=any_machine)
    has_absolutes = any_machine or not condition_differences(*runs)
    spread = machine_spread(runs, _runs_like(store, runs)) if a.run.id != b.run.id else MachineSpread()
    return a, b, compare_runs(a, b, spread, has_absolutes=has_absolutes)


def _conclusions(project: Project, a: Summary, b: Summary) -> tuple[Conclusion, ...]:
    """Return the conclusions of a run: comparisons, ranks, and verdicts on the figures of its targets."""
    from harness.analysis.conclusions import conclusions
    from harness.figures.judge import judge
    from harness.figures.repeated import verdict_conclusions

    published = read_figure_sets(existing_figures(project, a.run), known_targets(project, measured_in(a.run)))
    there, here = ([judge(one, summary) for one in published] for summary in (a, b))
    return (*conclusions(a, b), *verdict_conclusions(there, here))


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


def _require_same_setup(a: Run, b: Run, *, any_machine: bool) -> None:
    """Refuse runs of unlike machines unless the user allows them, and runs of unlike plans always."""
    from harness.analysis.between import OF_THE_MACHINE, condition_differences

    differences = condition_differences(a, b)
    of_the_plan = [one for one in differences if one.key not in OF_THE_MACHINE]
    refused = of_the_plan if any_machine else differences
    if refused:
        plan = f"`harness run --like {a.id}` measures the plan of the first run again."
        machine = "Use --any-machine to compare them in spite of this."
        raise UsageError(
            "the runs can't be compared",
            where=f"{a.id}, {b.id}",
            cause="; ".join(f"they differ in {one.key}: {one.a} and {one.b}" for one in refused),
            remedy=plan if of_the_plan else machine,
        )


def _raise_findings(
    wanted: FailOn,
    compared: RunsCompared,
    conclusions: Sequence[Conclusion],
    failures: Sequence[Breach],
    reversed_ones: Sequence[str],
) -> None:
    from harness.analysis.threshold_words import what_failed

    where = f"{compared.a} and {compared.b}"
    if causes := "; ".join((*_causes(failures), *_few(reversed_ones))):
        what = what_failed(failures) if failures else "a conclusion does not hold"
        raise FindingError(what, where=where, cause=causes, remedy=_remedy(wanted, compared))
    if not compared.comparisons and all(one.here is None for one in conclusions):
        raise FindingError(
            "the comparison evaluated nothing",
            where=where,
            cause="no metric has numbers in both runs",
            remedy="Compare runs of the same targets and profile.",
        )


def _causes(failures: Sequence[Breach]) -> Iterator[str]:
    """Yield what fails: the first targets of one run only, and each threshold with its largest change."""
    from harness.analysis.threshold_words import in_words

    one_sided = [one.text for one in failures if not one.threshold]
    yield from one_sided[:_MOST_NAMED]
    if (more := len(one_sided) - _MOST_NAMED) > 0:
        yield f"and {more} more such target{'s' if more > 1 else ''}"
    yield from in_words(failures)


def _remedy(wanted: FailOn, compared: RunsCompared) -> str:
    """Return what to do: for targets of one run only, how to accept them."""
    from harness.analysis.thresholds import ACCEPT_GONE, GONE, NEW

    ways = []
    if wanted.gone and compared.gone:
        ways.append(f"accept that a target is gone with {ACCEPT_GONE}" if wanted.thresholds else f"leave out {GONE}")
    if wanted.new and compared.new:
        ways.append(f"leave out {NEW}")
    return f"Measure the same targets again, or {' and '.join(ways)}." if ways else "See the results above."


def _few(reversed_ones: Sequence[str]) -> Iterator[str]:
    """Yield the first reversed conclusion, with the number of others."""
    if reversed_ones:
        more = len(reversed_ones) - 1
        yield reversed_ones[0] + (f"; and {more} more" if more else "")
