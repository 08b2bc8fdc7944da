"""`harness.check/1`: published figures held against a run, and against each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredValue:
    """The measurement nearest to what a figure speaks of, in base units."""

    estimate: float
    low: float
    high: float
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One published figure and what the run says of it."""

    id: str
    printed: str
    target: str
    metric: str | None
    verdict: str
    measured: MeasuredValue | None
    reason: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page says something; `line` is null for figures that were not read from a page."""

    line: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictionRow:
    """Figures of one page that can't all hold."""

    rule: str
    message: str
    places: list[Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDocument:
    """`harness.check/1`: what `check --json` gives."""

    schema: Literal["harness.check/1"] = "harness.check/1"
    run: str
    figures: list[FigureRow]
    contradictions: list[ContradictionRow]
    totals: Mapping[str, int]
