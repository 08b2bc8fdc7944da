"""The histories of machines on the terminal: the numbers of each headline, and where its level changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.console.terminal import add_row, new_table, say, show_table
from harness.metrics.words import short_of
from harness.model import FEWEST_RUNS
from harness.units import factor_said, scale_of, significant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import MachineHistory, Series

_MOST_NUMBERS = 4


def show_history(machine: MachineHistory) -> None:
    """Print the numbers of each headline of a machine's runs, the newest last, then what is known of their levels."""
    stated, runs = machine.conditions, len(machine.runs)
    table = new_table("target", "headline", "newest last" if runs > 1 else "number", "")
    table.columns[2].justify = "right"
    for series in machine.series:
        add_row(table, str(series.subject), _headline(series), *_numbers(series))
    counted = f"{runs} run{'s' if runs > 1 else ''}"
    show_table(f"\n{stated['cpu']}, {stated['runtime']}, profile {stated['profile']}: {counted}", table)
    for line in _levels(machine):
        say(line)


def _headline(series: Series) -> str:
    return short_of(series.metric) + (f", {series.scenario}" if series.scenario else "")


def _numbers(series: Series) -> tuple[str, str]:
    """Return the newest numbers in one unit, and the unit."""
    newest = [point.estimate for point in series.points[-_MOST_NUMBERS:]]
    divisor, unit = scale_of(newest[-1], series.unit)
    return "  ".join(significant(number / divisor) for number in newest), unit


def _levels(machine: MachineHistory) -> Iterator[str]:
    """Yield a line for each change of level, one for the headlines without a change, and one for those of few runs."""
    for series in machine.series:
        for change in series.changes or ():
            day = next(point.started_at[:10] for point in series.points if point.run == change.run)
            level = f"{factor_said(change.ratio)} than before"
            yield f"from {day} ({change.run}) on: {series.subject} {_headline(series)}: {level}"
    steady = sum(series.changes == () for series in machine.series)
    if steady:
        yield f"no change of level in {steady} of {len(machine.series)} headlines"
    few = [len(series.points) for series in machine.series if series.changes is None]
    if few:
        yield f"a change of level is looked for in {FEWEST_RUNS} runs or more; there {_are(max(few))}"


def _are(runs: int) -> str:
    return "is 1" if runs == 1 else f"are {runs}"
