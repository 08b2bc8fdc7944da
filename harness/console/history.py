"""The histories of machines on the terminal: the numbers of each headline, and where its level changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.console.layout import Column, Form, fit
from harness.console.results import short_name
from harness.console.terminal import DASH, columns, folded, say
from harness.metrics.words import short_of
from harness.model import FEWEST_RUNS, times_of
from harness.units import counted, factor_said, part_of, scale_of, significant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.model import MachineHistory, Series

_MOST_NUMBERS = 4
_LEAST_NAME = 12
_CUT = _MOST_NUMBERS + 1  # the variants of targets go before the runs


def show_history(machine: MachineHistory, others: Iterable[MachineHistory] = ()) -> None:
    """Print the numbers of the newest runs, a column each, the newest last, then what is known of their levels.

    Args:
        machine: The history.
        others: All histories that are printed; those with the same heading have their differences in it.
    """
    stated, heading = machine.conditions, _heading(machine)
    alike = [one.conditions for one in others if _heading(one) == heading]
    apart = [
        f", {key.replace('_', ' ')} {stated[key]}" for key in stated if any(one[key] != stated[key] for one in alike)
    ]
    say(f"{heading}{''.join(apart)}: {counted(len(machine.runs), 'run')}")
    for line in fit(_table(machine), columns()):
        say(line)
    for line in _levels(machine):
        say(line)


def _heading(machine: MachineHistory) -> str:
    stated = machine.conditions
    scenarios = f" ({stated['scenarios']})" if stated.get("scenarios") else ""
    return f"{stated['cpu']}, {stated['runtime']}, profile {stated['profile']}{scenarios}"


def _table(machine: MachineHistory) -> list[Column]:
    """Return a column for each of the newest runs, headed by its start; where the table is too wide, for fewer."""
    starts = {point.run: point.started_at for series in machine.series for point in series.points}
    runs = [run for run in machine.runs if run in starts]
    times = dict(zip(runs, times_of([starts[run] for run in runs]), strict=True))
    subjects = [one.subject for one in machine.series]
    shorter = [short_name(one, list(dict.fromkeys(subjects))) for one in subjects]
    folds = tuple("\n".join(folded(name, _LEAST_NAME)) for name in shorter)
    names, headlines = tuple(map(str, subjects)), tuple(map(_headline, machine.series))
    table = [
        Column((Form("target", names), Form("target", tuple(shorter), _CUT), Form("target", folds)), is_text=True),
        Column((Form("headline", headlines),), is_text=True),
    ]
    newest = runs[-_MOST_NUMBERS:]
    for place, run in enumerate(newest):
        cells = tuple(_number(series, run) for series in machine.series)
        is_last = place == len(newest) - 1
        table.append(Column((Form(times[run], cells), *(() if is_last else (Form(rank=_MOST_NUMBERS - place),)))))
    return [*table, Column((Form("", tuple(_scale(series)[1] for series in machine.series)),), is_text=True)]


def _headline(series: Series) -> str:
    return short_of(series.metric) + (f", {series.scenario}" if series.scenario else "")


def _scale(series: Series) -> tuple[float, str]:
    """Return divisor and name of the unit of all numbers of a series."""
    return scale_of(series.points[-1].estimate, series.unit)


def _number(series: Series, run: str) -> str:
    """Return the number of a run, or a dash."""
    found = next((point for point in series.points if point.run == run), None)
    return DASH if found is None else significant(found.estimate / _scale(series)[0])


def _levels(machine: MachineHistory) -> Iterator[str]:
    """Yield a line for each change of level, one for the headlines without a change, and one for those of few runs."""
    for series in machine.series:
        for change in series.changes or ():
            day = next(point.started_at[:10] for point in series.points if point.run == change.run)
            level = f"{factor_said(change.ratio)} than before"
            yield f"from {day} ({change.run}) on: {series.subject} {_headline(series)}: {level}"
    steady = sum(series.changes == () for series in machine.series)
    if steady:
        yield f"no change of level in {part_of(steady, len(machine.series), 'headline')}"
    few = [len(series.points) for series in machine.series if series.changes is None]
    if few:
        yield f"a change of level is looked for in {FEWEST_RUNS} runs or more; there {_are(max(few))}"


def _are(runs: int) -> str:
    return "is 1" if runs == 1 else f"are {runs}"
