"""`harness.history/1`: the headline numbers of the stored runs of each machine, and where their level changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from harness.model import LeftOut, MachineHistory, Series
from harness.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow:
    """Number of one run, in base units.

    Attributes:
        run: The id of the run.
        started_at: ISO 8601 in UTC.
        commit: That of the project; null if it is not known.
        estimate, low, high: The estimate, and the ends of its interval.
    """

    run: str
    started_at: str
    commit: str | None
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChangeRow:
    """Change of level.

    Attributes:
        run: The first run of the new level.
        ratio: The new level over the one before.
    """

    run: str
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRow:
    """Headline number over the runs.

    Attributes:
        target: Its name.
        variant: The variant that serves it.
        scenario: Null for a number that is of no scenario.
        metric: Its name; GLOSSARY.md has the definition.
        unit: The base unit of its numbers.
        points: The number of each run, the oldest first.
        changes: The changes of its level; null if there are too few runs to look for one.
    """

    target: str
    variant: str
    scenario: str | None
    metric: str
    unit: Unit
    points: list[PointRow]
    changes: list[LevelChangeRow] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRow:
    """Runs with the same conditions.

    Attributes:
        conditions: Those that `compare` asks for, and the scenarios; `settings` and `requests` are digests.
        runs: The ids of the runs.
        series: The numbers over these runs.
    """

    conditions: dict[str, str | int | None]
    runs: list[str]
    series: list[SeriesRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutRow:
    """Complete run that is not valid.

    Attributes:
        run: Its id.
        reason: What failed.
    """

    run: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryDocument:
    """`harness.history/1`: output of `history --json`.

    Attributes:
        machines: The runs by machine; that of the newest run is first.
        left_out: The complete runs that are not valid: they are in no series.
    """

    schema: Literal["harness.history/1"] = "harness.history/1"
    machines: list[MachineRow]
    left_out: list[LeftOutRow]


def history_document(machines: Iterable[MachineHistory], left_out: Iterable[LeftOut] = ()) -> HistoryDocument:
    """Return the document of histories."""
    return HistoryDocument(
        machines=[_machine(one) for one in machines],
        left_out=[LeftOutRow(run=one.run, reason=one.reason) for one in left_out],
    )


def _machine(machine: MachineHistory) -> MachineRow:
    series = [_row(one) for one in machine.series]
    return MachineRow(conditions=dict(machine.conditions), runs=list(machine.runs), series=series)


def _row(series: Series) -> SeriesRow:
    return SeriesRow(
        target=series.subject.target,
        variant=series.subject.variant,
        scenario=series.scenario,
        metric=series.metric,
        unit=series.unit,
        points=[
            PointRow(
                run=one.run,
                started_at=one.started_at,
                commit=one.commit,
                estimate=one.estimate,
                low=one.low,
                high=one.high,
            )
            for one in series.points
        ],
        changes=None
        if series.changes is None
        else [LevelChangeRow(run=one.run, ratio=one.ratio) for one in series.changes],
    )
