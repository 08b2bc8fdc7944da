"""Published figures, exactly as printed: the nouns.

They know what a page says and in which metric of ours that would be settled, and must not know any run: `judge` holds
figures against one, `consistency` against each other. `reading` reads them from figures/*.toml.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from harness.figures.printed import PrintedUnit
    from harness.model import Subject
    from harness.units import Unit


class Verdict(StrEnum):
    """What a run says of a published figure; the rules are those of `harness.figures.judge`.

    A figure whose metric depends on conditions (load, variant) and that states none can't be confirmed, only placed:
    it is `refuted` where it lies outside everything measured, and `not_comparable` where some condition gives it.
    """

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive"
    NOT_COMPARABLE = "not_comparable"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class Figure:
    """One published number.

    Attributes:
        id: Unique in its file: `key_facts.flask.startup_time`.
        label: What the source calls it: `Startup Time (milliseconds)`.
        printed: The cell or phrase exactly as printed: `~2,500 req/sec`.
        section: Where on the page: `Key Facts & Figures`, `Pros & Cons`...
        target: The target that it speaks of.
        metric: The metric that would settle it, or a family of them ending in `.*`; None where no metric of ours can.
        unit: The printed unit.
        low, high: The printed value, or the ends of the printed range, in base units; equal for a single value,
            infinite at the side that a bound (`12+`, `< 5,000`) leaves open.
        rounding: How far rounding lets the truth lie outside them, in base units.
        of: The target that a ratio is taken against; None for a figure that is not a ratio.
        quantity: What is counted; figures of one target and one quantity speak of the same thing. None if it is unique.
        conditions: The conditions that the source states, in its words; empty where it states none.
        states: What it says of an attribute, in the words of an answer: `by extension`. Such a figure has no number:
            its ends are NaN. Its metric is `attribute.<name>`. None for a figure with a number.
    """

    id: str
    label: str
    printed: str
    section: str
    target: str
    metric: str | None
    unit: PrintedUnit
    low: float
    high: float
    rounding: float
    of: str | None = None
    quantity: str | None = None
    conditions: tuple[str, ...] = ()
    states: str | None = None

    def __post_init__(self) -> None:
        if self.states is not None:
            return
        if not self.low <= self.high or self.rounding < 0 or not math.isfinite(self.nominal):
            raise ValueError(f"{self.id}: {self.low} to {self.high}, give or take {self.rounding}")

    @property
    def claim(self) -> tuple[float, float]:
        """The interval that the source claims: what is printed, widened by its rounding."""
        return self.low - self.rounding, self.high + self.rounding

    @property
    def nominal(self) -> float:
        """The number to set in proportion: a value, the middle of a range, or the bound where one side is open."""
        if math.isinf(self.low) or math.isinf(self.high):
            return self.high if math.isinf(self.low) else self.low
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class FigureSet:
    """All figures of one source.

    Attributes:
        title: The page's title.
        source: Who published it, in words; a link where there is one.
        date: As the page states it: `Jun 2026`.
    """

    title: str
    source: str
    date: str
    path: Path
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A measured number that a figure is held against: a result, or for a ratio a comparison.

    Attributes:
        reference: What a ratio is taken against; None for a result.
        may_be_lower, may_be_higher: The generator was the limit: the truth may lie beyond the interval at that side.
    """

    subject: Subject
    reference: Subject | None
    scenario: str | None
    metric: str
    unit: Unit
    estimate: float
    low: float
    high: float
    may_be_lower: bool = False
    may_be_higher: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a run says of one figure, and why.

    Attributes:
        evidence: What it was held against, nearest to the printed number first; empty where nothing measured it.
    """

    figure: Figure
    verdict: Verdict
    reason: str
    evidence: tuple[Evidence, ...] = ()

    @property
    def measured(self) -> Evidence | None:
        """The measured number nearest to the printed one; None without evidence."""
        return self.evidence[0] if self.evidence else None

    @property
    def ratio(self) -> float | None:
        """Published over measured, the figure's nominal number over the nearest estimate; None without evidence."""
        return self.figure.nominal / self.evidence[0].estimate if self.evidence and self.evidence[0].estimate else None


class Rule(StrEnum):
    """Why figures of one source can't all hold."""

    ONE_QUANTITY = "one_quantity"
    DIFFERENCE = "difference"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Figures of one source that can't all hold."""

    rule: Rule
    message: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class JudgedFigures:
    """The figures of one source, judged by a run and held against each other.

    Attributes:
        source: The figures and who published them.
        judgements: One for each figure, in the order of the source.
        contradictions: The figures of the source that can't all hold.
    """

    source: FigureSet
    judgements: tuple[Judgement, ...]
    contradictions: tuple[Contradiction, ...]
