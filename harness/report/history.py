"""The page of the histories of a results folder: a chart for each headline number, and the changes of its level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from harness.foreign_text import printable
from harness.metrics.words import phrase_of
from harness.model import FEWEST_RUNS
from harness.report.history_plot import history_chart
from harness.report.page import filled
from harness.units import counted, factor_said, human_interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.model import LeftOut, MachineHistory, Point, Series, Target


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of a series: its day, its commit and its number, in words."""

    run: str
    day: str
    commit: str
    value: str


@dataclass(frozen=True, slots=True)
class Trend:
    """One headline number over the runs: its chart, empty for one run, what is said of its level, and its rows."""

    title: str
    finding: str
    svg: Markup
    rows: tuple[RunRow, ...]


@dataclass(frozen=True, slots=True)
class MachinePart:
    """The part of the page about the runs with the same conditions."""

    title: str
    conditions: str
    trends: tuple[Trend, ...]


def render_history(
    machines: Sequence[MachineHistory], targets: Mapping[str, Target], left_out: Sequence[LeftOut] = ()
) -> str:
    """Return the page of histories as HTML; the same runs give the same bytes."""
    parts = tuple(_part(machine, targets, place) for place, machine in enumerate(machines))
    return filled("history.html.j2", machines=parts, left_out=left_out)


def _part(machine: MachineHistory, targets: Mapping[str, Target], place: int) -> MachinePart:
    stated = machine.conditions
    scenarios = f" ({stated['scenarios']})" if stated.get("scenarios") else ""
    title = f"{stated['cpu']}, {counted(len(machine.runs), 'run')} of the profile {stated['profile']}{scenarios}"
    conditions = "; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in stated.items())
    return MachinePart(title, conditions, tuple(_trends(machine, targets, place)))


def _trends(machine: MachineHistory, targets: Mapping[str, Target], place: int) -> Iterator[Trend]:
    colours = {name: number for number, name in enumerate(dict.fromkeys(one.subject for one in machine.series))}
    for number, series in enumerate(machine.series):
        name = targets[series.subject.target].title if series.subject.target in targets else series.subject.target
        scenario = f", {series.scenario}" if series.scenario else ""
        title = f"{name} {series.subject.variant}: {phrase_of(series.metric)}{scenario}"
        finding = finding_of(series)
        svg = ""
        if len(series.points) > 1:
            svg = history_chart(f"history-{place}-{number}", series, colours[series.subject], f"{title}. {finding}")
        yield Trend(title, finding, Markup(printable(svg)), tuple(_row(point, series) for point in series.points))  # noqa: S704


def finding_of(series: Series) -> str:
    """Return what is known of the level of a series, as sentences."""
    if len(series.points) == 1:
        return f"One run: {_row(series.points[0], series).value}."
    if series.changes is None:
        few = f"too few to look for a change of level, which needs {FEWEST_RUNS}"
        return f"{counted(len(series.points), 'run')}: {few}."
    if not series.changes:
        return f"No change of level in {counted(len(series.points), 'run')}."
    days = {point.run: _day(point) for point in series.points}
    return " ".join(
        f"From {days[change.run]} ({change.run}) on, {factor_said(change.ratio)} than before."
        for change in series.changes
    )


def _row(point: Point, series: Series) -> RunRow:
    value = human_interval(point.estimate, point.low, point.high, series.unit)
    return RunRow(point.run, _day(point), (point.commit or "unknown")[:12], value)


def _day(point: Point) -> str:
    return point.started_at[:10]
