"""`harness.import/1`: the figures of a saved page, and the numbers that could not be placed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFigure:
    """Figure of a page.

    Attributes:
        id: Its name in the figures file, with that of its group.
        printed: Its text on the page.
        target: The target that it is of; of a ratio the numerator.
        of: The framework that a ratio compares with; null for another figure.
        metric: The metric that can decide it; null where none can.
        unit: The printed unit; `words` for a claim in words.
        low, high: The number in its unit, or both ends of a range; null on the open side of a bound, and for a claim in
            words.
        conditions: What the page states for it.
        line, column: Where its text begins on the page, both from 1.
    """

    id: str
    printed: str
    target: str
    of: str | None
    metric: str | None
    unit: str
    low: float | None
    high: float | None
    conditions: list[str]
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnplacedNumber:
    """Number of a page that could not be placed.

    Attributes:
        printed: Its text on the page; empty where a part of the page was not read.
        line, column: Where its text begins on the page, both from 1.
        reason: What it lacks.
        context: The text around it.
    """

    printed: str
    line: int
    column: int
    reason: str
    context: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDocument:
    """`harness.import/1`: output of `import --json`.

    Attributes:
        page: The saved page.
        output: The figures file that was written; null without one.
        figures: All figures.
        unplaced: All numbers that could not be placed.
        totals: How many figures, and how many numbers that could not be placed.
    """

    schema: Literal["harness.import/1"] = "harness.import/1"
    page: str
    output: str | None
    figures: list[ImportedFigure]
    unplaced: list[UnplacedNumber]
    totals: Mapping[str, int]
