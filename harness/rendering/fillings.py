"""The content of each kind of marked block; a marker whose first word is no kind names a metric."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness import console
from harness.errors import UsageError, nearest
from harness.figures.cautions import cautions
from harness.figures.document import check_document
from harness.figures.explain import explain as explained
from harness.figures.explain_document import explain_document
from harness.figures.lookup import find_figure
from harness.metrics.catalogue import family_of, parse
from harness.rendering.asked import Asked, Filling, wrong_words
from harness.rendering.markers import Markup
from harness.rendering.numbers import find_subject, noise_floor, number, scenario_of, whole
from harness.report.answer import short_answer
from harness.report.background import machine_line
from harness.report.charts import drawn, undrawn
from harness.report.tables import result_table
from harness.report.wording import DASH, VERDICT_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.report.tables import ResultTable, Row

_COLUMNS = 80
_RUN, _SCENARIO, _CPUS, _LINES = "run", "scenario", "cpus", "lines"


def answer(asked: Asked) -> Filling:
    """Return the sentences of the short answer, each on its own line."""
    asked.no_word()
    sentences = short_answer(asked.material).sentences
    lines = [f"{asked.escaped(s.before)}{asked.strong(s.key)}{asked.escaped(s.after)}" for s in sentences]
    return Filling("\n".join(lines), is_lines=True)


def as_of(asked: Asked) -> Filling:
    """Return date, machine and id of the run: `as of 2026-11-28, on 2 × AMD EPYC, 24 GiB (run 20261128-...)`."""
    asked.no_word()
    run, machine = asked.material.summary.run, machine_line(asked.material)
    where = f", on {machine}" if machine else ""
    return Filling(asked.escaped(f"as of {run.started_at[:10]}{where} (run {run.id})"))


def table(asked: Asked) -> Filling:
    """Return the rows of some metrics, of all contestants or of `subjects=A,B`, with their ratios."""
    results = result_table(asked.material)
    rows = [_row(asked, results, metric) for metric in asked.words]
    if not rows:
        raise wrong_words(asked, "one metric or more")
    columns = list(asked.material.contestants)
    if chosen := asked.options.get("subjects"):
        columns = [find_subject(asked, word) for word in chosen.split(",")]
    shown = [asked.material.contestants.index(one) for one in columns]
    pairs = [index for index, pair in enumerate(asked.material.pairs) if set(pair) <= set(columns)]
    heads = [f"{results.columns[i].name} ({results.columns[i].setting})" for i in shown]
    head = ["Metric", *heads, *(results.pairs[i] for i in pairs)]
    body = [
        [f"{family_of(row.metric)}: {row.title}", *(whole(row.cells[i]) for i in shown)]
        + [whole(row.ratios[i]) for i in pairs]
        for row in rows
    ]
    return Filling(_table(asked, [head, *body]), is_lines=True)


def _row(asked: Asked, results: ResultTable, metric: str) -> Row:
    rows = [row for group in results.groups for row in group.rows if not row.is_floor]
    asked.require("metric", metric, {row.metric for row in rows})
    rows = [row for row in rows if row.metric == metric]
    scenario = scenario_of(asked, (row.scenario for row in rows), metric)
    return next(row for row in rows if row.scenario == scenario)


def _table(asked: Asked, rows: Sequence[Sequence[str]]) -> str:
    (head, *body) = [[asked.escaped(cell) for cell in row] for row in rows]
    if asked.markup is Markup.MARKDOWN:
        return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(f"| {' | '.join(r)} |" for r in body)])
    titles = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = [
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>' for name, *cells in body
    ]
    return "\n".join(["<table>", f"<thead><tr>{titles}</tr></thead>", "<tbody>", *lines, "</tbody>", "</table>"])


def picture(asked: Asked) -> Filling:
    """Return a link to a chart of the run's report, and the chart's file."""
    found = {chart.name: chart for chart in undrawn(asked.material)}
    chart = drawn(found[asked.one_word("chart", found)])
    path = asked.source.folder.report / "charts" / f"{chart.name}.svg"
    link = Path(os.path.relpath(path.resolve(), asked.document.resolve().parent)).as_posix()
    names = ", ".join(asked.material.name_of(subject) for subject in asked.material.contestants)
    words, link = asked.escaped(f"{chart.title}: {names}"), asked.escaped(link)
    is_html = asked.markup is Markup.HTML
    shown = f'<img src="{link}" alt="{words}">' if is_html else f"![{words}]({link})"
    return Filling(shown, is_lines=True, files=((path, chart.standalone()),))


def verdict(asked: Asked) -> Filling:
    """Return what the run says of a published figure: its verdict, its printed or measured number, or the reason."""
    if len(asked.words) not in {1, 2}:
        raise wrong_words(asked, "a figure, and verdict, printed, measured or reason, or none")
    figure, *form = asked.words
    wanted, _ = find_figure(figure, [judged.source for judged in asked.material.every_judged])
    rows = check_document(asked.material.every_judged, asked.material.summary.run).figures
    row = next(row for row in rows if row.id == wanted.id)
    forms = {
        "verdict": VERDICT_WORDS[row.verdict],
        "printed": row.printed,
        "measured": row.measured.text if row.measured else row.answer or DASH,
        "reason": row.reason,
    }
    word = form[0] if form else "verdict"
    if word not in forms:
        raise UsageError("unknown form", where=word, cause="it is no form of a verdict", remedy=nearest(word, forms))
    return Filling(asked.escaped(forms[word]))


def check(asked: Asked) -> Filling:
    """Return the output of `harness check --run RUN` in 80 columns; only its first lines with `lines=N`."""
    asked.no_word()
    material = asked.material
    document = check_document(material.every_judged, material.summary.run, cautions(material.stored))
    text = console.captured(_COLUMNS, lambda: console.show_check(document))
    return _output(asked, f"harness check --run {asked.source.name}", text)


def explain(asked: Asked) -> Filling:
    """Return the output of `harness explain FIGURE --run RUN` in 80 columns."""
    if len(asked.words) != 1:
        raise wrong_words(asked, "one figure")
    figure, source = find_figure(asked.words[0], [judged.source for judged in asked.material.every_judged])
    explanation = explained(figure, (asked.material.summary,), asked.material.targets)
    document = explain_document(explanation, source, (asked.source.name,), asked.material.targets)
    text = console.captured(_COLUMNS, lambda: console.show_explanation(document))
    return _output(asked, f"harness explain {asked.words[0]} --run {asked.source.name}", text)


def _output(asked: Asked, command: str, text: str) -> Filling:
    """Return a command with its output as preformatted text."""
    most = asked.options.get(_LINES)
    if most is not None and not most.isdigit():
        cause = "it is no number of lines"
        raise UsageError("wrong number", where=f"{_LINES}={most}", cause=cause, remedy="Write lines=10.")
    lines = text.splitlines()
    shown = lines if most is None else lines[: int(most)]
    shown = [command, "", *shown, *(["..."] if lines[len(shown) :] else [])]
    if asked.markup is Markup.HTML:
        return Filling(f"<pre>{asked.escaped(chr(10).join(shown))}</pre>", is_lines=True)
    return Filling("\n".join(f"    {line}".rstrip() for line in shown), is_lines=True)


KINDS: Mapping[str, Callable[[Asked], Filling]] = {
    "answer": answer,
    "as-of": as_of,
    "check": check,
    "explain": explain,
    "noise-floor": noise_floor,
    "picture": picture,
    "table": table,
    "verdict": verdict,
}
OPTIONS: Mapping[str, frozenset[str]] = {
    "check": frozenset({_RUN, _LINES}),
    "explain": frozenset({_RUN, _LINES}),
    "table": frozenset({_RUN, _SCENARIO, "subjects"}),
}
_OF_NUMBERS = frozenset({_RUN, _SCENARIO, _CPUS})


def fill(asked: Asked) -> Filling:
    """Return the content of a marked block; its first word is a kind or a metric.

    Raises:
        UsageError: The kind, an option or a name is unknown.
    """
    kind = asked.words[0] if asked.words else ""
    if kind not in KINDS and parse(kind) is None:
        remedy = f"{nearest(kind, KINDS)} Or name a metric: GLOSSARY.md has them."
        raise UsageError("unknown marker", where=kind, cause="it is neither a kind nor a metric", remedy=remedy)
    known = OPTIONS.get(kind, frozenset({_RUN}) if kind in KINDS else _OF_NUMBERS)
    for name in asked.options:
        if name not in known:
            raise UsageError(
                "unknown option", where=name, cause=f"{kind} has no such option", remedy=nearest(name, known)
            )
    if kind not in KINDS:
        return number(asked)
    inner = Asked(asked.source, asked.words[1:], asked.options, asked.document, asked.markup)
    return KINDS[kind](inner)
