"""The history of a machine: the headline numbers of its stored runs, and where their level changed.

Runs are joined only if they have the same conditions: machine, kernel, runtime, CPUs, profile with its settings, and
scenarios with their requests. The loads before a reading can change it: loaded memory depends on all loads. Runs with
other conditions have a series of their own.

PELT (Killick and others 2012, from `ruptures`) finds the changes of level in the logarithms of the estimates. Their
noise is von Neumann's estimate from successive differences: a change of level hardly moves it. The penalty is 5 log n.
With it, at most 5 % of the series without a change have one, and 94 % of the changes by four times the noise in the
middle of ten runs are found (simulated; a test repeats it).
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.analysis.between import conditions_of
from harness.analysis.headlines import followed_headlines
from harness.model import FEWEST_RUNS, LevelChange, MachineHistory, Point, Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.model import Result, Run, Subject, Summary
    from harness.units import Unit

_PENALTY = 5.0
_SHORTEST = 2  # runs of one level
_DIGEST = 8  # characters

SeriesKey = tuple["Subject", str | None, str]


def history(summaries: Iterable[Summary]) -> tuple[MachineHistory, ...]:
    """Return the history of each set of conditions, that of the newest run first.

    Args:
        summaries: Complete and valid runs, in any order.
    """
    groups: dict[tuple[tuple[str, Any], ...], list[Summary]] = {}
    for summary in sorted(summaries, key=lambda one: one.run.started_at):
        groups.setdefault(tuple(_conditions(summary.run).items()), []).append(summary)
    newest_first = sorted(groups.items(), key=lambda group: group[1][-1].run.started_at, reverse=True)
    return tuple(
        MachineHistory(dict(conditions), tuple(one.run.id for one in runs), tuple(_series(runs)))
        for conditions, runs in newest_first
    )


def _conditions(run: Run) -> dict[str, Any]:
    """Return what runs must have in common to be joined; of settings and requests a digest.

    The requests of the older builds of a revision are left out: they do not change what the targets are asked.
    """
    plan = run.plan
    older = {one.target for one in plan.older.values()}
    contracts = sorted((name, parts) for name, parts in plan.contracts.items() if name not in older)
    settings = {key: value for key, value in asdict(plan.profile).items() if key not in {"name", "summary"}}
    return {
        **conditions_of(run),
        "scenarios": ", ".join(plan.scenarios),
        "settings": _digest(settings),
        "requests": _digest(contracts) if contracts else "standard",
    }


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:_DIGEST]


def _series(runs: Sequence[Summary]) -> Iterator[Series]:
    points: dict[SeriesKey, list[Point]] = {}
    units: dict[SeriesKey, Unit] = {}
    headlines = frozenset(key for summary in runs for key in followed_headlines(summary))
    for summary in runs:
        for result in summary.results:
            point = _point(summary.run, result)
            if point is None or (result.metric, result.scenario) not in headlines:
                continue
            key = result.subject, result.scenario, result.metric
            points.setdefault(key, []).append(point)
            units[key] = result.unit
    for key, of_key in points.items():
        yield Series(*key, units[key], tuple(of_key), level_changes(of_key))


def _point(run: Run, result: Result) -> Point | None:
    if result.estimate is None or result.low is None or result.high is None or result.estimate <= 0:
        return None
    commit = run.environment.get("commit")
    return Point(run.id, run.started_at, str(commit) if commit else None, result.estimate, result.low, result.high)


def level_changes(points: Sequence[Point]) -> tuple[LevelChange, ...] | None:
    """Return the changes of level of positive numbers, in the order of the runs; None for too few of them."""
    if len(points) < FEWEST_RUNS:
        return None
    logs = np.log([point.estimate for point in points])
    noise = math.sqrt(float(np.mean(np.diff(logs) ** 2)) / 2)
    if noise == 0:  # all numbers are equal
        return ()
    from ruptures.detection.pelt import Pelt  # noqa: PLC0415 - it takes a second, and few machines have so many runs

    scaled = (logs / noise).reshape(-1, 1)
    search = Pelt(model="l2", min_size=_SHORTEST, jump=1).fit(scaled)
    ends = [0, *search.predict(pen=_PENALTY * math.log(len(points)))]
    levels = [float(np.mean(logs[first:end])) for first, end in pairwise(ends)]
    return tuple(
        LevelChange(points[first].run, math.exp(after - before))
        for first, (before, after) in zip(ends[1:-1], pairwise(levels), strict=True)
    )
