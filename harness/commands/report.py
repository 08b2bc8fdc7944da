"""`harness report`: the comparison page of a stored run, and a page of each published comparison among its targets."""

from __future__ import annotations

import gc
import math
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands import completion
from harness.commands.options import Figures, Json  # noqa: TC001 - typer reads them at run time
from harness.errors import UsageError, refuse_doubles
from harness.project import find_project, load_run, targets_of_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from harness.errors import HarnessError
    from harness.report import Format

_NEW_OBJECTS = 100_000
_FORMATS = (  # in words here: the enum is imported when the command runs
    "Separated by commas: html, md, json, csv, parquet, svg, junit, sarif, github, gitlab, github-action-benchmark, "
    "bencher, openmetrics, badge."
)
_CoreHour = Annotated[
    float | None,
    typer.Option(metavar="PRICE", help="The price of a CPU core for an hour: adds the cost of a million requests."),
]


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the garbage collector look less often: the objects of a run, and of modules, are many and live long."""
    usual = gc.get_threshold()
    gc.set_threshold(_NEW_OBJECTS)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@seldom_collected()
def report(  # noqa: PLR0913 - the options of a command are its parameters
    run: Annotated[
        str | None,
        typer.Argument(
            autocompletion=completion.runs, metavar="RUN", help="A run's id or name; default: the newest complete run."
        ),
    ] = None,
    *,
    as_option: Annotated[
        str | None,
        typer.Option("--run", autocompletion=completion.runs, metavar="RUN", help="The same as the argument RUN."),
    ] = None,
    figures: Figures = None,
    core_hour: _CoreHour = None,
    formats: Annotated[str, typer.Option("--format", metavar="FORMATS", help=_FORMATS)] = "html,md",
    as_json: Json = False,
) -> None:
    """Regenerate the comparison page from a stored run.

    A format that this machine can't write is an error, after all others are written. With --figures mine.toml the
    files are in report-mine/ of the run, and those in report/ stay as they are.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads of numpy would forbid a fork
    from harness.manifest import find_all
    from harness.report import Format, render, unwritable
    from harness.report.beside import beside
    from harness.report.charts import prepare_to_draw
    from harness.report.exports import DRAWN

    _require_price(core_hour)
    refuse_doubles("file", ((str(path), path.resolve()) for path in figures or []))
    word = _one_of(run, as_option)
    wanted = frozenset(map(Format, find_all("format", formats, [one.value for one in Format])))
    with beside() as drawing, ThreadPoolExecutor(1) as packing:
        if wanted & DRAWN:
            drawing.submit(prepare_to_draw)
        # what is imported after the fork is imported while the other process imports matplotlib
        from harness import console
        from harness.rendering.carrying import carried_run, packed
        from harness.rendering.sources import material_of, published_of, with_signals

        project = find_project()
        folder, stored = load_run(project, word, option="harness report ")
        targets = targets_of_run(project, stored.run)
        into = folder.report_with(figures or [])
        refused = unwritable(wanted, into)
        wanted -= refused.keys()
        published = published_of(project, stored.run, targets, figures)
        carried = carried_run(folder, project, targets, published) if Format.HTML in wanted else None
        data_block = packing.submit(packed, carried)  # most of it is bzip2, which leaves the interpreter to this thread
        material = material_of(with_signals(folder, stored, console.tell), targets, published, core_hour)
        written: list[str] = []
        for path in render(material, into, wanted, drawing, data_block.result):
            written.append(str(path))
            if not as_json:
                console.say(written[-1])
    if as_json:
        _print_document(stored.run.id, into, written, refused)
    for error in refused.values():
        raise error


def _print_document(run_id: str, into: Path, written: list[str], refused: Mapping[Format, HarnessError]) -> None:
    from harness import console
    from harness.documents import ReportDocument, UnwrittenFormat
    from harness.documents import as_json as plain

    unwritten = [UnwrittenFormat(format=one.value, message=str(error)) for one, error in refused.items()]
    console.print_json(plain(ReportDocument(run=run_id, folder=str(into), files=written, unwritten=unwritten)))


def _require_price(core_hour: float | None) -> None:
    if core_hour is not None and not 0 < core_hour < math.inf:
        cause = "it is no price above 0"
        raise UsageError(
            "wrong price", where=f"--core-hour {core_hour:g}", cause=cause, remedy="Write --core-hour 0.04."
        )


def _one_of(argument: str | None, option: str | None) -> str | None:
    """Return the run that is named as the argument or as the option; None if it is not named."""
    if argument and option:
        raise UsageError(
            "two runs", where=f"{argument} --run {option}", cause="a report is of one run", remedy="Name the run once."
        )
    return argument or option
